#include "triangular.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>

#include "../vector_target.h"
#include "view.h"

namespace adjoint {
namespace {

using std::int64_t;

// Fewer right-hand sides than this are left to BLAS.
constexpr int kFewSides = 4;

// T X = B for T of up to kLeaf rows, by substitution. Element (i, j) of X is x[i along + j across].
template <class T>
struct Substitution {
  bool forward, unit;
  int n, count;
  const T* t;
  int64_t row, column;
  T* x;
  int64_t along, across;
};

// A vector of right-hand sides at once, one in each lane, all N unknowns of them in registers.
// `factors` has the columns of T below the diagonal, in the order of elimination.
template <int kBytes, int N, class T>
ADJOINT_ALWAYS_INLINE void substituteOrder(const Substitution<T>& s) {
  using Vector = typename Vectors<kBytes, T>::Vector;
  constexpr int kLanes = Vectors<kBytes, T>::kLanes;
  const int64_t turn = s.forward ? 1 : -1;
  const int64_t first = s.forward ? 0 : s.n - 1;
  T factors[N][N] = {};
  T inverse[N];
  bool invertible = true;
  for (int64_t k = 0; k < N; ++k) {
    inverse[k] = T(1);
    if (k >= s.n) continue;
    const T* column = s.t + (first + turn * k) * s.column + first * s.row;
    if (!s.unit) {
      const T pivot = column[turn * k * s.row];
      invertible = invertible && std::fabs(pivot) >= std::numeric_limits<T>::min();
      inverse[k] = T(1) / pivot;
    }
    for (int64_t i = k + 1; i < s.n; ++i) factors[k][i] = column[turn * i * s.row];
  }
  T gathered[N * kLanes] = {};
  const int64_t along = turn * s.along;
  for (int64_t from = 0; from < s.count; from += kLanes) {
    const int64_t lanes = std::min<int64_t>(kLanes, s.count - from);
    T* x = s.x + first * s.along + from * s.across;
    const bool whole = s.across == 1 && lanes == kLanes && s.n == N;
    if (!whole) {
      for (int64_t l = 0; l < lanes; ++l) {
        for (int64_t i = 0; i < s.n; ++i) gathered[i * kLanes + l] = x[i * along + l * s.across];
      }
    }
    Vector v[N];
    ADJOINT_UNROLL
    for (int64_t i = 0; i < N; ++i) {
      std::memcpy(&v[i], whole ? x + i * along : gathered + i * kLanes, sizeof(Vector));
    }
    ADJOINT_UNROLL
    for (int k = 0; k < N; ++k) {
      if (!s.unit) {
        if (invertible) {
          v[k] *= inverse[k];
        } else if (k < s.n) {
          v[k] /= s.t[(first + turn * k) * (s.row + s.column)];
        }
      }
      ADJOINT_UNROLL
      for (int i = k + 1; i < N; ++i) v[i] -= v[k] * factors[k][i];
    }
    ADJOINT_UNROLL
    for (int64_t i = 0; i < N; ++i) {
      std::memcpy(whole ? x + i * along : gathered + i * kLanes, &v[i], sizeof(Vector));
    }
    if (!whole) {
      for (int64_t l = 0; l < lanes; ++l) {
        for (int64_t i = 0; i < s.n; ++i) x[i * along + l * s.across] = gathered[i * kLanes + l];
      }
    }
  }
}

template <int kBytes, class T>
ADJOINT_ALWAYS_INLINE int substituteBody(const Substitution<T>& s) {
  if (s.n <= 4) {
    substituteOrder<kBytes, 4>(s);
  } else if (s.n <= 8) {
    substituteOrder<kBytes, 8>(s);
  } else {
    substituteOrder<kBytes, kLeaf>(s);
  }
  return 0;
}
ADJOINT_FOR_TARGETS(substitute, Substitution)

// B = B T for lower triangular T; `copy` holds kLeaf columns of B.
template <class T>
void multiplyByLower(const View<T>& b, int m, const View<const T>& t, bool unit, int n, T* copy) {
  if (n > kLeaf) {
    const int half = halfOf(n);
    multiplyByLower(b, m, t, unit, half, copy);
    multiplyViews(m, half, n - half, T(1), b.at(0, half), t.at(half, 0), T(1), b);
    multiplyByLower(b.at(0, half), m, t.at(half, half), unit, n - half, copy);
    return;
  }
  T filled[kLeaf * kLeaf] = {};
  for (int j = 0; j < n; ++j) {
    for (int i = j; i < n; ++i) filled[i + j * n] = unit && i == j ? T(1) : t(i, j);
    for (int64_t i = 0; i < m; ++i) copy[i + j * static_cast<int64_t>(m)] = b(i, j);
  }
  multiplyViews(m, n, n, T(1), View<const T>{copy, m, false}, View<const T>{filled, n, false}, T(0),
                b);
}

// X_21 = -L_22^-1 (L_21 X_11), so that L X - I is small row by row (Higham, Accuracy and Stability
// of Numerical Algorithms, section 14.2).
template <class T>
void invertLower(const View<T>& t, bool unit, int n, T* copy) {
  if (n <= kLeaf) {
    T inverse[kLeaf * kLeaf] = {};
    for (int i = 0; i < n; ++i) inverse[i * n + i] = T(1);
    substitute<T>({true, unit, n, n, t.data, t.row(), t.column(), inverse, n, 1});
    for (int i = 0; i < n; ++i) {
      for (int j = 0; j < (unit ? i : i + 1); ++j) t(i, j) = inverse[i * n + j];
    }
    return;
  }
  const int half = halfOf(n);
  const int rest = n - half;
  const View<T> below = t.at(half, 0);
  invertLower(t, unit, half, copy);
  multiplyByLower(below, rest, t.fixed(), unit, half, copy);
  for (int j = 0; j < half; ++j) {
    for (int i = 0; i < rest; ++i) below(i, j) = -below(i, j);
  }
  solveByHalves(t.at(half, half).fixed(), true, unit, rest, half, below);
  invertLower(t.at(half, half), unit, rest, copy);
}

}  // namespace

template <class T>
void solveByHalves(const View<const T>& t, bool forward, bool unit, int n, int count,
                   const View<T>& x) {
  if (n <= kLeaf) {
    substitute<T>(
        {forward, unit, n, count, t.data, t.row(), t.column(), x.data, x.row(), x.column()});
    return;
  }
  const int half = halfOf(n);
  const int rest = n - half;
  if (forward) {
    solveByHalves(t, true, unit, half, count, x);
    multiplyViews(rest, count, half, T(-1), t.at(half, 0), x, T(1), x.at(half, 0));
    solveByHalves(t.at(half, half), true, unit, rest, count, x.at(half, 0));
  } else {
    solveByHalves(t.at(half, half), false, unit, rest, count, x.at(half, 0));
    multiplyViews(half, count, rest, T(-1), t.at(0, half), x.at(half, 0), T(1), x);
    solveByHalves(t, false, unit, half, count, x);
  }
}

template <class T>
void solveTriangle(CBLAS_SIDE side, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_DIAG diag, int m,
                   int n, const T* t, int ldt, T* b, int ldb) {
  const bool left = side == CblasLeft;
  const int order = left ? m : n;
  const int count = left ? n : m;
  if (order > kLeaf && count < kFewSides) {
    trsm(side, uplo, trans, diag, m, n, t, ldt, b, ldb);
    return;
  }
  // X op(T) = B is op(T)^T X^T = B^T.
  const bool transposed = (trans == CblasTrans) == left;
  solveByHalves<T>({t, ldt, transposed}, (uplo == CblasLower) != transposed, diag == CblasUnit,
                   order, count, {b, ldb, !left});
}

template <class T>
void invertTriangle(CBLAS_UPLO uplo, CBLAS_DIAG diag, int n, T* t, int ldt) {
  const auto copy =
      std::make_unique_for_overwrite<T[]>(n > kLeaf ? static_cast<std::size_t>(n) * kLeaf : 0);
  invertLower<T>({t, ldt, uplo == CblasUpper}, diag == CblasUnit, n, copy.get());
}

#define ADJOINT_TRIANGULAR(T)                                                                   \
  template void solveByHalves<T>(const View<const T>&, bool, bool, int, int, const View<T>&);   \
  template void solveTriangle<T>(CBLAS_SIDE, CBLAS_UPLO, CBLAS_TRANSPOSE, CBLAS_DIAG, int, int, \
                                 const T*, int, T*, int);                                       \
  template void invertTriangle<T>(CBLAS_UPLO, CBLAS_DIAG, int, T*, int);
ADJOINT_TRIANGULAR(float)
ADJOINT_TRIANGULAR(double)
#undef ADJOINT_TRIANGULAR

}  // namespace adjoint
