// Triangular solves: dims [...batch, n, n', k]; T, B and X with any strides.
#include "../recursive/triangular.h"
#include "../families.h"
#include "condition.h"
#include "matrix.h"

namespace adjoint {
namespace {

using std::int64_t;

// Whose condition is estimated: nobody's, that of the triangle T, or that of T T^T.
enum Measure { kNothing = 0, kTriangle = 1, kProduct = 2 };

// Whether what is read of a column-major matrix is finite.
template <class T>
bool triangleFinite(int64_t n, bool lower, bool unit, const T* t) {
  bool finite = true;
  for (int64_t j = 0; j < n; ++j) {
    const int64_t start = lower ? j + (unit ? 1 : 0) : 0;
    const int64_t end = lower ? n : j + (unit ? 0 : 1);
    finite = finite && allFinite(end - start, t + start + j * n);
  }
  return finite;
}

template <class T>
void solve(const Call& call, Status& status) {
  const int r = call.rank;
  const int n = trailing(call, 3, 0);
  const int k = trailing(call, 3, 2);
  if (n == 0 || k == 0) return;
  const bool nan = failsWithNaN(call);
  const bool lower = call.params[1] != 0;
  const bool trans = call.params[2] != 0;
  const bool unit = call.params[3] != 0;
  const auto measure = static_cast<Measure>(static_cast<int>(call.params[4]));
  const int64_t* st = call.operands[0].strides;
  const int64_t* sb = call.operands[1].strides;
  const int64_t* sx = call.operands[2].strides;
  const bool columnMajor = (sx[r - 3] == 1 || n == 1) && (sx[r - 1] == n || k == 1);
  const bool rowMajor = (sx[r - 1] == 1 || k == 1) && (sx[r - 3] == k || n == 1);
  // A row-major triangle is the transpose of a column-major one of the other kind.
  const bool flipped = (st[r - 2] == 1 || n == 1) && st[r - 3] == n;
  const bool inPlace = flipped || (st[r - 3] == 1 && st[r - 2] == n);
  const bool storedLower = lower != flipped;
  Buffer<T> copy(inPlace ? 0 : static_cast<int64_t>(n) * n);
  Buffer<T> work(measure == kNothing ? 0 : 2 * static_cast<int64_t>(n));
  Buffer<T> packed(columnMajor || rowMajor ? 0 : static_cast<int64_t>(n) * k);
  const T* looked = nullptr;  // at one triangle that serves a whole batch, once
  const T* triangle = nullptr;
  bool finite = true;
  const BlasSlot slot;
  forEachBatch<3>(call, r - 3, [&](int64_t flat, const int64_t* offsets) {
    const T* t = call.operands[0].as<const T>() + offsets[0];
    const T* b = call.operands[1].as<const T>() + offsets[1];
    T* x = call.operands[2].as<T>() + offsets[2];
    if (triangle == nullptr || t != looked) {
      looked = t;
      triangle = inPlace ? t : copy.data();
      if (!inPlace) copyMatrix<T>(n, n, t, st[r - 3], st[r - 2], copy.data(), 1, n);
      finite = triangleFinite(n, storedLower, unit, triangle);
      if (finite && measure != kNothing) {
        const char uplo = storedLower ? 'L' : 'U';
        const T rcond = measure == kProduct
                            ? rcondProduct(uplo, n, triangle, work.data())
                            : rcondTriangle(uplo, flipped, unit, n, triangle, work.data());
        status.measure(static_cast<double>(rcond), flat);
      }
    }
    bool good = finite;
    if (!good && !nan) {
      const auto reads = [lower, unit](int64_t i, int64_t j) {
        return i == j ? !unit : (i > j) == lower;
      };
      status.fail(Code::nonFinite, flat, firstNonFinite(n, n, t, st[r - 3], st[r - 2], reads));
    }
    for (int64_t i = 0; good && !unit && i < n; ++i) {
      if (triangle[i + i * n] == 0) {
        good = false;
        if (!nan) status.fail(Code::singular, flat, i + 1);
      }
    }
    // B is solved in a layout of X's own where that is possible.
    T* target = columnMajor || rowMajor ? x : packed.data();
    const bool byRows = rowMajor && !columnMajor;
    const int64_t targetRow = byRows ? k : 1;
    const int64_t targetCol = byRows ? 1 : n;
    if (good) {
      copyMatrix<T>(n, k, b, sb[r - 3], sb[r - 1], target, targetRow, targetCol);
      if (!allFinite(static_cast<int64_t>(n) * k, target)) {
        good = false;
        if (!nan) {
          status.fail(
              Code::nonFinite, flat,
              firstNonFinite(n, k, target, targetRow, targetCol, [](auto, auto) { return true; }));
        }
      }
    }
    if (!good) {
      fillNaN(static_cast<int64_t>(n) * k, target);
    } else {
      // Row-major X is column-major X^T, and X^T op(T)^T = B^T.
      solveTriangle(byRows ? CblasRight : CblasLeft, storedLower ? CblasLower : CblasUpper,
                    (trans != byRows) != flipped ? CblasTrans : CblasNoTrans,
                    unit ? CblasUnit : CblasNonUnit, byRows ? k : n, byRows ? n : k, triangle, n,
                    target, byRows ? k : n);
    }
    if (target != x) copyMatrix<T>(n, k, target, 1, n, x, sx[r - 3], sx[r - 1]);
    return good || nan;
  });
}

int layout(const Call& call) {
  if (!isSquare(call, 3)) return kRefusedDims;
  for (int i = 0; i < 4; ++i) {
    if (!isChoice(call.params[i], 2)) return kRefusedParams;
  }
  if (!isChoice(call.params[4], 3)) return kRefusedParams;
  if (call.operands[0].strides[call.rank - 1] != 0) return 0;
  for (int i = 1; i < 3; ++i) {
    if (call.operands[i].strides[call.rank - 2] != 0) return i;
  }
  return kAccepted;
}

template <class T>
void addFor(KernelTable& table) {
  constexpr DType kType = dtypeOf<T>();
  table.add(suffixed<T>("trsm"), solve<T>, {kType, kType}, {kType},
            {.params = 5, .minRank = 3, .layout = layout});
}

}  // namespace

void registerTriangular(KernelTable& table) {
  addFor<float>(table);
  addFor<double>(table);
}

}  // namespace adjoint
