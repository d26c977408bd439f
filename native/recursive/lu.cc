#include "lu.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "../blas.h"
#include "../lapack/lapack.h"
#include "../vector_target.h"
#include "triangular.h"

namespace adjoint {
namespace {

using std::int64_t;

constexpr int kPanel = 8;
// Up to this order halves are faster with any BLAS.
constexpr int kHalvesOfLu = 256;

template <class T>
struct Panel {
  int m, n;
  T* a;
  int64_t ld;
  int* pivots;
};

// Where column j has its pivot, once the columns to its left have been eliminated from it, all from
// row j on: the first of the largest magnitudes. A NaN is passed over.
template <int kBytes, class T>
ADJOINT_ALWAYS_INLINE int eliminate(const Panel<T>& p, int j, const T* factors) {
  using Vector = typename Vectors<kBytes, T>::Vector;
  using Integers = typename Vectors<kBytes, T>::Integers;
  using Index = typename Vectors<kBytes, T>::Index;
  constexpr int kLanes = Vectors<kBytes, T>::kLanes;
  T* column = p.a + j * p.ld;
  Vector best = Vector{} - T(1);
  Integers where{};
  int64_t i = j;
  for (; i + kLanes <= p.m; i += kLanes) {
    Vector v;
    std::memcpy(&v, column + i, sizeof(v));
    for (int k = 0; k < j; ++k) {
      Vector left;
      std::memcpy(&left, p.a + k * p.ld + i, sizeof(left));
      v -= left * factors[k];
    }
    std::memcpy(column + i, &v, sizeof(v));
    const Vector size = v < 0 ? -v : v;
    const auto larger = size > best;
    where = larger ? Integers{} + static_cast<Index>(i) : where;
    best = larger ? size : best;
  }
  Index rows[kLanes];
  std::memcpy(&rows, &where, sizeof(where));
  T sizes[kLanes];
  std::memcpy(&sizes, &best, sizeof(best));
  T most = -1;
  int64_t pivot = j;
  for (int l = 0; l < kLanes; ++l) {
    const int64_t row = rows[l] + l;
    if (sizes[l] > most || (sizes[l] == most && sizes[l] >= 0 && row < pivot)) {
      most = sizes[l];
      pivot = row;
    }
  }
  for (; i < p.m; ++i) {
    for (int k = 0; k < j; ++k) column[i] -= p.a[k * p.ld + i] * factors[k];
    if (std::fabs(column[i]) > most) {
      most = std::fabs(column[i]);
      pivot = i;
    }
  }
  return static_cast<int>(pivot);
}

// Column by column, each looking to its left.
template <int kBytes, class T>
ADJOINT_ALWAYS_INLINE int factorPanelBody(const Panel<T>& p) {
  int info = 0;
  const int steps = std::min(p.m, p.n);
  for (int j = 0; j < steps; ++j) {
    T* column = p.a + j * p.ld;
    T factors[kPanel];
    for (int k = 0; k < j; ++k) {
      factors[k] = column[k];
      for (int i = k + 1; i < j; ++i) column[i] -= p.a[k * p.ld + i] * factors[k];
    }
    const int pivot = eliminate<kBytes>(p, j, factors);
    p.pivots[j] = pivot;
    const T value = column[pivot];
    if (value == 0) {
      if (info == 0) info = j + 1;
      continue;
    }
    if (pivot != j) {
      for (int c = 0; c < p.n; ++c) std::swap(p.a[j + c * p.ld], p.a[pivot + c * p.ld]);
    }
    if (std::fabs(value) >= std::numeric_limits<T>::min()) {
      const T factor = T(1) / value;
      for (int i = j + 1; i < p.m; ++i) column[i] *= factor;
    } else {
      for (int i = j + 1; i < p.m; ++i) column[i] /= value;
    }
  }
  return info;
}
ADJOINT_FOR_TARGETS(factorPanel, Panel)

template <class T>
void exchangeRows(int columns, T* a, int64_t ld, int from, int to, const int* pivots) {
  for (int64_t j = 0; j < columns; ++j) {
    T* column = a + j * ld;
    for (int i = from; i < to; ++i) std::swap(column[i], column[pivots[i]]);
  }
}

// m >= n.
template <class T>
int factor(int m, int n, T* a, int lda, int* pivots) {
  if (n <= kPanel) return factorPanel<T>({m, n, a, lda, pivots});
  const int half = (n / 2 + kPanel - 1) / kPanel * kPanel;
  const int rest = n - half;
  int info = factor(m, half, a, lda, pivots);
  T* right = a + static_cast<int64_t>(half) * lda;
  exchangeRows(rest, right, lda, 0, half, pivots);
  solveTriangle(CblasLeft, CblasLower, CblasNoTrans, CblasUnit, half, rest, a, lda, right, lda);
  addProduct(CblasNoTrans, CblasNoTrans, m - half, rest, half, T(-1), a + half, lda, right, lda,
             right + half, lda);
  const int later = factor(m - half, rest, right + half, lda, pivots + half);
  if (info == 0 && later != 0) info = later + half;
  for (int i = half; i < n; ++i) pivots[i] += half;
  exchangeRows(half, a, lda, half, n, pivots);
  return info;
}

}  // namespace

template <class T>
int factorLu(int n, T* a, int lda, int* pivots) {
  if (n <= kHalvesOfLu || hasFastSmallProducts()) return factor(n, n, a, lda, pivots);
  const int info = getrf(n, a, lda, pivots);
  for (int i = 0; i < n; ++i) --pivots[i];
  return info;
}

template <class T>
void solveLu(bool transposed, int n, int columns, const T* lu, int ld, const int* pivots, T* b,
             int ldb) {
  if (!transposed) {
    exchangeRows(columns, b, ldb, 0, n, pivots);
    solveTriangle(CblasLeft, CblasLower, CblasNoTrans, CblasUnit, n, columns, lu, ld, b, ldb);
    solveTriangle(CblasLeft, CblasUpper, CblasNoTrans, CblasNonUnit, n, columns, lu, ld, b, ldb);
    return;
  }
  solveTriangle(CblasLeft, CblasUpper, CblasTrans, CblasNonUnit, n, columns, lu, ld, b, ldb);
  solveTriangle(CblasLeft, CblasLower, CblasTrans, CblasUnit, n, columns, lu, ld, b, ldb);
  for (int64_t j = 0; j < columns; ++j) {
    T* column = b + j * ldb;
    for (int i = n - 1; i >= 0; --i) std::swap(column[i], column[pivots[i]]);
  }
}

// X = U^-1 is found first, then X L^-1 and its columns in their places, as LAPACK's getri: X A - I
// is small (Higham, Accuracy and Stability of Numerical Algorithms, section 14.3).
template <class T>
void inverseOfLu(int n, T* lu, int ld, const int* pivots, T* work) {
  invertTriangle(CblasUpper, CblasNonUnit, n, lu, ld);
  for (int64_t j = 0; j < n; ++j) {
    std::copy(lu + j * ld + j, lu + j * ld + n, work + j * n + j);
    std::fill(lu + j * ld + j + 1, lu + j * ld + n, T(0));
  }
  solveTriangle(CblasRight, CblasLower, CblasNoTrans, CblasUnit, n, n, work, n, lu, ld);
  for (int64_t j = n - 1; j >= 0; --j) {
    if (pivots[j] != j) {
      std::swap_ranges(lu + j * ld, lu + j * ld + n, lu + static_cast<int64_t>(pivots[j]) * ld);
    }
  }
}

#define ADJOINT_LU(T)                                                           \
  template void solveLu<T>(bool, int, int, const T*, int, const int*, T*, int); \
  template int factorLu<T>(int, T*, int, int*);                                 \
  template void inverseOfLu<T>(int, T*, int, const int*, T*);
ADJOINT_LU(float)
ADJOINT_LU(double)
#undef ADJOINT_LU

}  // namespace adjoint
