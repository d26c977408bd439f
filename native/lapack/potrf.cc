// Cholesky: potrf over dims [...batch, n, n] (A, then the row-major factor) and potrs over
// [...batch, n, n', k] (row-major L, B, then the column-major X).
#include <vector>

#include "../families.h"
#include "../recursive/cholesky.h"
#include "../recursive/triangular.h"
#include "matrix.h"
#include "right_hand_sides.h"

namespace adjoint {
namespace {

using std::int64_t;

template <class T>
void factor(const Call& call, Status& status) {
  const int r = call.rank;
  const int n = trailing(call, 2, 0);
  if (n == 0) return;
  const bool nan = failsWithNaN(call);
  const auto triangle = static_cast<Triangle>(static_cast<int>(call.params[1]));
  const bool upper = call.params[2] != 0;
  const int64_t size = static_cast<int64_t>(n) * n;
  const BlasSlot slot;
  forEachBatch<2>(call, r - 2, [&](int64_t flat, const int64_t* offsets) {
    const T* a = call.operands[0].as<const T>() + offsets[0];
    T* out = call.operands[1].as<T>() + offsets[1];
    // Column-major lower is row-major upper: U^T U is factored where it belongs, L L^T is
    // transposed in the end.
    bool good = copyLowerFinite(n, triangle, a, call.operands[0].strides[r - 2],
                                call.operands[0].strides[r - 1], out, flat, nan, status);
    if (good) {
      const int info = factorCholesky(n, out, n);
      good = info == 0;
      if (!good && !nan) status.fail(Code::notPositiveDefinite, flat, info);
    }
    if (!good) {
      fillNaN(size, out);
      return nan;
    }
    for (int64_t j = 1; j < n; ++j) std::fill_n(out + j * n, j, T(0));
    if (!upper) transposeSquare(n, out);
    return true;
  });
}

int factorLayout(const Call& call) {
  if (!isSquare(call, 2)) return kRefusedDims;
  if (!isChoice(call.params[0], 2) || !isChoice(call.params[1], 3) ||
      !isChoice(call.params[2], 2)) {
    return kRefusedParams;
  }
  return hasStrides(call, 1, {leadingDimension(trailing(call, 2, 0)), 1}) ? kAccepted : 1;
}

template <class T>
void solve(const Call& call, Status& status) {
  const int r = call.rank;
  const int n = trailing(call, 3, 0);
  const RightHandSides sides(call, 1);
  if (n == 0 || sides.columns() == 0) return;
  const bool nan = failsWithNaN(call);
  const int64_t size = static_cast<int64_t>(n) * trailing(call, 3, 2);
  const int64_t row = call.operands[0].strides[r - 3];
  const int64_t col = call.operands[0].strides[r - 2];
  const bool rowMajor = (col == 1 || n == 1) && row == n;
  Buffer<T> packed(rowMajor ? 0 : static_cast<int64_t>(n) * n);
  std::vector<int64_t> bad;
  const BlasSlot slot;
  forEachBatch<3>(call, sides.batchAxes(), [&](int64_t flat, const int64_t* offsets) {
    const T* factors = call.operands[0].as<const T>() + offsets[0];
    const T* b = call.operands[1].as<const T>() + offsets[1];
    T* x = call.operands[2].as<T>() + offsets[2];
    const int64_t first = flat * sides.repeats();
    if (!rowMajor) {
      copyMatrix<T>(n, n, factors, row, col, packed.data(), n, 1);
      factors = packed.data();
    }
    for (int64_t i = 0; i < n; ++i) {
      if (factors[i + i * n] == 0) {
        if (!nan) status.fail(Code::singular, first, i + 1);
        fillNaN(size * sides.repeats(), x);
        return nan;
      }
    }
    bad.clear();
    const bool finite = sides.copy(b, x, [&](int64_t index, int64_t where) {
      if (!nan) status.fail(Code::nonFinite, first + index, where);
      bad.push_back(index);
      return nan;
    });
    if (!finite) return false;
    // Row-major L is column-major L^T.
    for (const CBLAS_TRANSPOSE trans : {CblasTrans, CblasNoTrans}) {
      solveTriangle(CblasLeft, CblasUpper, trans, CblasNonUnit, n, sides.columns(), factors, n, x,
                    n);
    }
    for (const int64_t index : bad) fillNaN(size, x + index * size);
    return true;
  });
}

int solveLayout(const Call& call) {
  if (!isSquare(call, 3)) return kRefusedDims;
  if (!isChoice(call.params[0], 2)) return kRefusedParams;
  if (call.operands[0].strides[call.rank - 1] != 0) return 0;
  if (call.operands[1].strides[call.rank - 2] != 0) return 1;
  return hasStrides(call, 2, {1, 0, leadingDimension(trailing(call, 3, 0))}) ? kAccepted : 2;
}

template <class T>
void addFor(KernelTable& table) {
  constexpr DType kType = dtypeOf<T>();
  table.add(suffixed<T>("potrf"), factor<T>, {kType}, {kType},
            {.params = 3, .minRank = 2, .layout = factorLayout});
  table.add(suffixed<T>("potrs"), solve<T>, {kType, kType}, {kType},
            {.params = 1, .minRank = 3, .layout = solveLayout});
}

}  // namespace

void registerPotrf(KernelTable& table) {
  addFor<float>(table);
  addFor<double>(table);
}

}  // namespace adjoint
