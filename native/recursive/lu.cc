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

// The first row from `from` on with the largest magnitude; a NaN is passed over.
template <class T>
ADJOINT_ALWAYS_INLINE int pivotOf(const T* x, int from, int m) {
  constexpr int kLanes = 64 / sizeof(T);
  T best[kLanes] = {};
  int i = from;
  for (; i + kLanes <= m; i += kLanes) {
    for (int l = 0; l < kLanes; ++l) {
      const T size = std::fabs(x[i + l]);
      best[l] = size > best[l] ? size : best[l];
    }
  }
  T most = 0;
  for (int l = 0; l < kLanes; ++l) most = best[l] > most ? best[l] : most;
  for (; i < m; ++i) most = std::fabs(x[i]) > most ? std::fabs(x[i]) : most;
  for (i = from; i < m - 1 && !(std::fabs(x[i]) == most); ++i) {
  }
  return std::fabs(x[i]) == most ? i : from;
}

// Column by column, as LAPACK's getf2.
template <int kBytes, class T>
ADJOINT_ALWAYS_INLINE int factorPanelBody(const Panel<T>& p) {
  int info = 0;
  const int steps = std::min(p.m, p.n);
  for (int j = 0; j < steps; ++j) {
    T* column = p.a + j * p.ld;
    const int pivot = pivotOf(column, j, p.m);
    p.pivots[j] = pivot;
    const T value = column[pivot];
    if (value == 0) {
      if (info == 0) info = j + 1;
    } else {
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
    for (int c = j + 1; c < p.n; ++c) {
      T* other = p.a + c * p.ld;
      const T factor = other[j];
      for (int i = j + 1; i < p.m; ++i) other[i] -= column[i] * factor;
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
