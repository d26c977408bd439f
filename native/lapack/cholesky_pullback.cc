// The derivative of a Cholesky factor in reverse: dims [...batch, n, n]; row-major L, the
// derivative by L, of which the lower triangle is read, and the symmetric one by the matrix.
#include <cmath>

#include "../families.h"
#include "../recursive/cholesky.h"
#include "matrix.h"

namespace adjoint {
namespace {

using std::int64_t;

template <class T>
void pullBack(const Call& call, Status& status) {
  const int r = call.rank;
  const int n = trailing(call, 2, 0);
  if (n == 0) return;
  const bool nan = failsWithNaN(call);
  const int64_t* sl = call.operands[0].strides;
  const int64_t* sg = call.operands[1].strides;
  const int64_t size = static_cast<int64_t>(n) * n;
  const bool rowMajor = (sl[r - 1] == 1 && sl[r - 2] == n) || n == 1;
  Buffer<T> packed(rowMajor ? 0 : size);
  const BlasSlot slot;
  forEachBatch<3>(call, r - 2, [&](int64_t flat, const int64_t* offsets) {
    const T* l = call.operands[0].as<const T>() + offsets[0];
    const T* g = call.operands[1].as<const T>() + offsets[1];
    T* s = call.operands[2].as<T>() + offsets[2];
    // A matrix without a factor has NaN in its place, from the first element on.
    if (nan && std::isnan(*l)) {
      fillNaN(size, s);
      return true;
    }
    if (!rowMajor) {
      copyMatrix<T>(n, n, l, sl[r - 2], sl[r - 1], packed.data(), n, 1);
      l = packed.data();
    }
    copyMatrix<T>(n, n, g, sg[r - 2], sg[r - 1], s, n, 1);
    for (int64_t i = 0; i < n; ++i) {
      if (!allFinite(i + 1, s + i * n)) {
        const auto read = [](int64_t row, int64_t col) { return col <= row; };
        status.fail(Code::nonFinite, flat, firstNonFinite(n, n, s, n, 1, read));
        return false;
      }
    }
    pullBackCholesky<T>(n, {l, n, true}, {s, n, true});
    return true;
  });
}

int layout(const Call& call) {
  if (!isSquare(call, 2)) return kRefusedDims;
  if (!isChoice(call.params[0], 2)) return kRefusedParams;
  return hasStrides(call, 2, {leadingDimension(trailing(call, 2, 0)), 1}) ? kAccepted : 2;
}

template <class T>
void addFor(KernelTable& table) {
  constexpr DType kType = dtypeOf<T>();
  table.add(suffixed<T>("choleskyPullback"), pullBack<T>, {kType, kType}, {kType},
            {.params = 1, .minRank = 2, .layout = layout});
}

}  // namespace

void registerCholeskyPullback(KernelTable& table) {
  addFor<float>(table);
  addFor<double>(table);
}

}  // namespace adjoint
