// The principal square root of a matrix by its real Schur form, dims [...batch, n, n]; Q, T, the
// root of A and that of T (all column-major).
#include "../families.h"
#include "matrix.h"
#include "quasi_triangular.h"

namespace adjoint {
namespace {

using std::int64_t;

// Zero eigenvalues of a singular matrix come out of the Schur form as noise of either sign: what
// is no larger than the error of an eigenvalue is taken for zero. Returns the first eigenvalue that
// is negative, or 0.
template <class T>
T flushNoise(int n, T* t, T error) {
  for (int64_t i = 0; i < n;) {
    const int order = blockOrder(n, t, n, static_cast<int>(i));
    T& diagonal = t[i + i * n];
    if (order == 1 && diagonal < -error) return diagonal;
    if (order == 1 && diagonal <= error) diagonal = 0;
    i += order;
  }
  return 0;
}

template <class T>
void root(const Call& call, Status& status) {
  const int r = call.rank;
  const int n = trailing(call, 2, 0);
  if (n == 0) return;
  const bool nan = failsWithNaN(call);
  const int64_t size = static_cast<int64_t>(n) * n;
  const BlasSlot slot;
  Buffer<T> scratch(size);
  forEachBatch<4>(call, r - 2, [&](int64_t flat, const int64_t* offsets) {
    const T* q = call.operands[0].as<const T>() + offsets[0];
    const T* t = call.operands[1].as<const T>() + offsets[1];
    T* x = call.operands[2].as<T>() + offsets[2];
    T* s = call.operands[3].as<T>() + offsets[3];
    bool good = isFinite(t[0]);
    if (good) {
      std::copy_n(t, size, s);
      const T error = eigenvalueError(n, q, t);
      const T negative = flushNoise(n, s, error);
      good = negative == 0;
      if (!good && !nan) {
        status.failAt(Code::negativeEigenvalue, flat, static_cast<double>(negative));
      }
      if (good) {
        good = squareRoot(n, s, n, error);
        if (!good && !nan) status.fail(Code::noValue, flat, 0);
      }
    }
    if (good) {
      leaveSchurBasis(n, q, s, x, scratch.data());
    } else {
      fillNaN(size, x);
      fillNaN(size, s);
    }
    return good || nan;
  });
}

int layout(const Call& call) { return layoutOfSquareColumns(call, {0, 1, 2, 3}); }

template <class T>
void addFor(KernelTable& table) {
  constexpr DType kType = dtypeOf<T>();
  table.add(suffixed<T>("sqrtm"), root<T>, {kType, kType}, {kType, kType},
            {.params = 1, .minRank = 2, .layout = layout});
}

}  // namespace

void registerSqrtm(KernelTable& table) {
  addFor<float>(table);
  addFor<double>(table);
}

}  // namespace adjoint
