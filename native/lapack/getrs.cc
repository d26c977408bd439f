// Solves with an LU factorisation: dims [...batch, n, n', k]; LU, pivots, B, X (column-major).
#include <vector>

#include "../families.h"
#include "../recursive/lu.h"
#include "matrix.h"
#include "right_hand_sides.h"

namespace adjoint {
namespace {

using std::int32_t;
using std::int64_t;

// Zero-based row of the first pivot that is zero, or -1.
template <class T>
int64_t zeroPivot(int64_t n, const T* lu) {
  for (int64_t i = 0; i < n; ++i) {
    if (lu[i + i * n] == 0) return i;
  }
  return -1;
}

template <class T>
void solve(const Call& call, Status& status) {
  const int n = trailing(call, 3, 0);
  const RightHandSides sides(call, 2);
  if (n == 0 || sides.columns() == 0) return;
  const bool nan = failsWithNaN(call);
  const bool transposed = call.params[1] != 0;
  const int64_t size = static_cast<int64_t>(n) * trailing(call, 3, 2);
  std::vector<int64_t> bad;
  const BlasSlot slot;
  forEachBatch<4>(call, sides.batchAxes(), [&](int64_t flat, const int64_t* offsets) {
    const T* lu = call.operands[0].as<const T>() + offsets[0];
    const int32_t* pivots = call.operands[1].as<const int32_t>() + offsets[1];
    const T* b = call.operands[2].as<const T>() + offsets[2];
    T* x = call.operands[3].as<T>() + offsets[3];
    const int64_t first = flat * sides.repeats();
    for (int i = 0; i < n; ++i) {
      if (pivots[i] < 0 || pivots[i] >= n) {
        status.fail(Code::indexRange, first, i);
        return false;
      }
    }
    const int64_t zero = zeroPivot(n, lu);
    if (zero >= 0) {
      if (!nan) status.fail(Code::singular, first, zero + 1);
      fillNaN(size * sides.repeats(), x);
      return nan;
    }
    bad.clear();
    const bool finite = sides.copy(b, x, [&](int64_t index, int64_t where) {
      if (!nan) status.fail(Code::nonFinite, first + index, where);
      bad.push_back(index);
      return nan;
    });
    if (!finite) return false;
    solveLu(transposed, n, sides.columns(), lu, n, pivots, x, n);
    for (const int64_t index : bad) fillNaN(size, x + index * size);
    return true;
  });
}

int layout(const Call& call) {
  if (!isSquare(call, 3)) return kRefusedDims;
  if (!isChoice(call.params[0], 2) || !isChoice(call.params[1], 2)) return kRefusedParams;
  const int n = trailing(call, 3, 0);
  if (!hasStrides(call, 0, {1, leadingDimension(n), 0})) return 0;
  if (!hasStrides(call, 1, {1, 0, 0})) return 1;
  if (call.operands[2].strides[call.rank - 2] != 0) return 2;
  return hasStrides(call, 3, {1, 0, leadingDimension(n)}) ? kAccepted : 3;
}

template <class T>
void addFor(KernelTable& table) {
  constexpr DType kType = dtypeOf<T>();
  table.add(suffixed<T>("getrs"), solve<T>, {kType, DType::i32, kType}, {kType},
            {.params = 2, .minRank = 3, .layout = layout});
}

}  // namespace

void registerGetrs(KernelTable& table) {
  addFor<float>(table);
  addFor<double>(table);
}

}  // namespace adjoint
