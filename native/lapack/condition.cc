#include "condition.h"

#include <algorithm>
#include <cmath>

#include "lapack.h"
#include "matrix.h"
#include "norm_estimate.h"

namespace adjoint {
namespace {

template <class T>
void solveTriangle(char uplo, bool transposed, bool unit, int n, const T* a, T* x) {
  if (n > kSmallSolve) {
    trsv(uplo == 'U' ? CblasUpper : CblasLower, transposed ? CblasTrans : CblasNoTrans,
         unit ? CblasUnit : CblasNonUnit, n, a, n, x);
    return;
  }
  const bool forward = (uplo == 'L') != transposed;
  for (int step = 0; step < n; ++step) {
    const int j = forward ? step : n - 1 - step;
    const T* column = a + j * n;
    const int from = uplo == 'L' ? j + 1 : 0;
    const int to = uplo == 'L' ? n : j;
    if (transposed) {
      T sum = x[j];
      for (int i = from; i < to; ++i) sum -= column[i] * x[i];
      x[j] = unit ? sum : sum / column[j];
    } else {
      if (!unit) x[j] /= column[j];
      const T value = x[j];
      for (int i = from; i < to; ++i) x[i] -= value * column[i];
    }
  }
}

template <class T>
bool usable(T norm, T inverse) {
  return inverse <= std::numeric_limits<T>::max() && norm <= std::numeric_limits<T>::max() &&
         inverse > 0 && norm > 0;
}

}  // namespace

template <class T>
T norm1(int n, const T* a) {
  T norm = 0;
  for (std::int64_t j = 0; j < n; ++j) norm = std::max(norm, sumOfMagnitudes(n, a + j * n));
  return norm;
}

template <class T>
T norm1Symmetric(int n, Triangle triangle, const T* a, std::int64_t row, std::int64_t col,
                 T* sums) {
  std::fill_n(sums, n, T(0));
  forEachOfLower(n, triangle, a, row, col, [=](std::int64_t i, std::int64_t j, T x) {
    const T magnitude = std::fabs(x);
    sums[i] += magnitude;
    if (i != j) sums[j] += magnitude;
  });
  return *std::max_element(sums, sums + n);
}

template <class T>
T rcondLU(int n, const T* lu, T norm, T* work, int* integers) {
  for (std::int64_t i = 0; i < n; ++i) {
    if (lu[i + i * n] == 0) return 0;
  }
  // Permuting the columns of the inverse changes neither its 1-norm nor the estimate of it, so
  // the pivots are left aside.
  const T inverse = inverseNorm<T>(n, work, work + n, [&](T* x, bool transposed) {
    solveTriangle(transposed ? 'U' : 'L', transposed, !transposed, n, lu, x);
    solveTriangle(transposed ? 'L' : 'U', transposed, transposed, n, lu, x);
  });
  // The careful routine takes over where something overflowed.
  if (!usable(norm, inverse)) return gecon(n, lu, n, norm, work, integers);
  return T(1) / inverse / norm;
}

template <class T>
T rcondCholesky(char uplo, int n, const T* factor, T norm, T* work, int* integers) {
  const T inverse = inverseNorm<T>(n, work, work + n, [&](T* x, bool) {
    solveTriangle(uplo, uplo == 'U', false, n, factor, x);
    solveTriangle(uplo, uplo != 'U', false, n, factor, x);
  });
  if (!usable(norm, inverse)) return pocon(uplo, n, factor, n, norm, work, integers);
  return T(1) / inverse / norm;
}

namespace {

// 0 for what is not a condition number, like that of zeros; tiny where a solve overflowed.
template <class T>
T rcondOf(T norm, T inverse) {
  if (!(norm > 0 && norm <= std::numeric_limits<T>::max()) || std::isnan(inverse)) return 0;
  return std::max(T(1) / inverse / norm, std::numeric_limits<T>::min());
}

// The largest sum of a column, or of a row where transposed; `sums` holds n.
template <class T>
T normTriangle(char uplo, bool transposed, bool unit, int n, const T* a, T* sums) {
  std::fill_n(sums, n, unit ? T(1) : T(0));
  for (std::int64_t j = 0; j < n; ++j) {
    const std::int64_t from = uplo == 'L' ? j + (unit ? 1 : 0) : 0;
    const std::int64_t to = uplo == 'L' ? n : j + (unit ? 0 : 1);
    const T* column = a + j * n;
    if (transposed) {
      for (std::int64_t i = from; i < to; ++i) sums[i] += std::fabs(column[i]);
    } else {
      for (std::int64_t i = from; i < to; ++i) sums[j] += std::fabs(column[i]);
    }
  }
  return *std::max_element(sums, sums + n);
}

// x = L L^T x.
template <class T>
void multiplyByLower(int n, const T* l, T* x) {
  for (std::int64_t j = 0; j < n; ++j) {
    T sum = 0;
    for (std::int64_t i = j; i < n; ++i) sum += l[i + j * n] * x[i];
    x[j] = sum;
  }
  for (std::int64_t j = n - 1; j >= 0; --j) {
    const T value = x[j];
    for (std::int64_t i = j + 1; i < n; ++i) x[i] += l[i + j * n] * value;
    x[j] = l[j + j * n] * value;
  }
}

// x = U^T U x.
template <class T>
void multiplyByUpper(int n, const T* u, T* x) {
  for (std::int64_t j = 0; j < n; ++j) {
    const T value = x[j];
    for (std::int64_t i = 0; i < j; ++i) x[i] += u[i + j * n] * value;
    x[j] = u[j + j * n] * value;
  }
  for (std::int64_t j = n - 1; j >= 0; --j) {
    T sum = 0;
    for (std::int64_t i = 0; i <= j; ++i) sum += u[i + j * n] * x[i];
    x[j] = sum;
  }
}

}  // namespace

template <class T>
T rcondTriangle(char uplo, bool transposed, bool unit, int n, const T* a, T* work) {
  const T norm = normTriangle(uplo, transposed, unit, n, a, work);
  const T inverse = inverseNorm<T>(n, work, work + n, [&](T* x, bool other) {
    solveTriangle(uplo, other != transposed, unit, n, a, x);
  });
  return rcondOf(norm, inverse);
}

template <class T>
T rcondProduct(char uplo, int n, const T* triangle, T* work) {
  const bool upper = uplo == 'U';
  const T norm = inverseNorm<T>(n, work, work + n, [&](T* x, bool) {
    upper ? multiplyByUpper(n, triangle, x) : multiplyByLower(n, triangle, x);
  });
  const T inverse = inverseNorm<T>(n, work, work + n, [&](T* x, bool) {
    solveTriangle(uplo, upper, false, n, triangle, x);
    solveTriangle(uplo, !upper, false, n, triangle, x);
  });
  return rcondOf(norm, inverse);
}

#define ADJOINT_CONDITION(T)                                                             \
  template T norm1<T>(int, const T*);                                                    \
  template T norm1Symmetric<T>(int, Triangle, const T*, std::int64_t, std::int64_t, T*); \
  template T rcondLU<T>(int, const T*, T, T*, int*);                                     \
  template T rcondCholesky<T>(char, int, const T*, T, T*, int*);                         \
  template T rcondTriangle<T>(char, bool, bool, int, const T*, T*);                      \
  template T rcondProduct<T>(char, int, const T*, T*);
ADJOINT_CONDITION(float)
ADJOINT_CONDITION(double)
#undef ADJOINT_CONDITION

}  // namespace adjoint
