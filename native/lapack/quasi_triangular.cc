#include "quasi_triangular.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "../blas.h"
#include "lapack.h"

namespace adjoint {
namespace {

using std::int64_t;

// Up to this order an equation is solved block by block, beyond it by halves and products.
constexpr int kLeaf = 24;

template <class T>
struct Equation {
  const QuasiTriangular<T>& a;
  const QuasiTriangular<T>& b;
  T* c;
  int64_t ldc;
  T negligible;
};

template <class T>
const T* entry(const QuasiTriangular<T>& x, int i, int j) {
  return x.data + i + static_cast<int64_t>(j) * x.ld;
}

template <class T>
QuasiTriangular<T> part(const QuasiTriangular<T>& x, int from, int to) {
  return {to - from, entry(x, from, from), x.ld, x.transposed};
}

// The middle, moved where it would cut a block.
template <class T>
int halfOf(const QuasiTriangular<T>& x) {
  const int half = x.order / 2;
  return blockOrder(x.order, x.data, x.ld, half - 1) == 2 ? half + 1 : half;
}

// op(x)_ij, for rows and columns counted in op(x).
template <class T>
T entryOf(const QuasiTriangular<T>& x, int i, int j) {
  return x.transposed ? *entry(x, j, i) : *entry(x, i, j);
}

// The equation of one diagonal block of A and one of B, at (i, j) of C.
template <class T>
bool solveBlock(const Equation<T>& equation, int i, int j, int rows, int columns) {
  const auto& [a, b, c, ldc, negligible] = equation;
  T* at = c + i + j * ldc;
  if (rows == 1 && columns == 1) {
    const T sum = *entry(a, i, i) + *entry(b, j, j);
    if (!std::isfinite(sum)) {
      *at = *at / 2 / (*entry(a, i, i) / 2 + *entry(b, j, j) / 2);
      return true;
    }
    if (sum != 0) {
      *at /= sum;
      return true;
    }
    const bool zero = std::fabs(*at) <= negligible;
    *at = 0;
    return zero;
  }
  T scale = 1;
  T x[4];
  const int info = lasy2(a.transposed, b.transposed, rows, columns, entry(a, i, i), a.ld,
                         entry(b, j, j), b.ld, at, static_cast<int>(ldc), &scale, x, 2);
  bool small = true;
  for (int col = 0; col < columns; ++col) {
    for (int row = 0; row < rows; ++row) {
      small = small && std::fabs(at[row + col * ldc]) <= negligible;
      at[row + col * ldc] = info == 0 ? x[row + 2 * col] / scale : T(0);
    }
  }
  return info == 0 || small;
}

// Visits the blocks of op(x) so that each comes after those that its equation contains.
template <class T, class Visit>
bool eachBlock(const QuasiTriangular<T>& x, bool ascending, Visit visit) {
  for (int i = ascending ? 0 : x.order - 1; ascending ? i < x.order : i >= 0;) {
    const int first = !ascending && i > 0 && *entry(x, i, i - 1) != 0 ? i - 1 : i;
    const int order = blockOrder(x.order, x.data, x.ld, first);
    if (!visit(first, order)) return false;
    i = ascending ? first + order : first - 1;
  }
  return true;
}

// Bartels and Stewart 1972, "Solution of the matrix equation AX + XB = C".
template <class T>
bool solveByBlocks(const Equation<T>& equation) {
  const QuasiTriangular<T>& a = equation.a;
  const QuasiTriangular<T>& b = equation.b;
  T* const c = equation.c;
  const int64_t ldc = equation.ldc;
  return eachBlock(b, !b.transposed, [&](int j, int columns) {
    const bool solved = eachBlock(a, a.transposed, [&](int i, int rows) {
      if (!solveBlock(equation, i, j, rows, columns)) return false;
      const int from = a.transposed ? i + rows : 0;
      const int to = a.transposed ? a.order : i;
      for (int col = j; col < j + columns; ++col) {
        T* column = c + col * ldc;
        for (int k = i; k < i + rows; ++k) {
          const T x = column[k];
          for (int row = from; row < to; ++row) column[row] -= entryOf(a, row, k) * x;
        }
      }
      return true;
    });
    if (!solved) return false;
    const int from = b.transposed ? 0 : j + columns;
    const int to = b.transposed ? j : b.order;
    for (int col = from; col < to; ++col) {
      for (int k = j; k < j + columns; ++k) {
        const T factor = entryOf(b, k, col);
        for (int row = 0; row < a.order; ++row) c[row + col * ldc] -= c[row + k * ldc] * factor;
      }
    }
    return true;
  });
}

// Jonsson and Kagstrom 2002, "Recursive blocked algorithms for solving triangular systems I": the
// larger operand is halved, and a product leads from the half that is solved to the other.
template <class T>
bool solveByHalves(const Equation<T>& equation) {
  const auto& [a, b, c, ldc, negligible] = equation;
  if (a.order <= kLeaf && b.order <= kLeaf) return solveByBlocks(equation);
  const int ld = static_cast<int>(ldc);
  if (a.order >= b.order) {
    const int h = halfOf(a);
    const QuasiTriangular<T> halves[] = {part(a, 0, h), part(a, h, a.order)};
    T* sides[] = {c, c + h};
    const int first = a.transposed ? 0 : 1;
    const int second = 1 - first;
    if (!solveByHalves<T>({halves[first], b, sides[first], ldc, negligible})) return false;
    addProduct(a.transposed ? CblasTrans : CblasNoTrans, CblasNoTrans, halves[second].order,
               b.order, halves[first].order, T(-1), entry(a, 0, h), a.ld, sides[first], ld,
               sides[second], ld);
    return solveByHalves<T>({halves[second], b, sides[second], ldc, negligible});
  }
  const int h = halfOf(b);
  const QuasiTriangular<T> halves[] = {part(b, 0, h), part(b, h, b.order)};
  T* sides[] = {c, c + h * ldc};
  const int first = b.transposed ? 1 : 0;
  const int second = 1 - first;
  if (!solveByHalves<T>({a, halves[first], sides[first], ldc, negligible})) return false;
  addProduct(CblasNoTrans, b.transposed ? CblasTrans : CblasNoTrans, a.order, halves[second].order,
             halves[first].order, T(-1), sides[first], ld, entry(b, 0, h), b.ld, sides[second], ld);
  return solveByHalves<T>({a, halves[second], sides[second], ldc, negligible});
}

}  // namespace

template <class T>
std::complex<T> blockEigenvalue(int order, const T* block, int ld) {
  if (order == 1) return block[0];
  return {block[0], std::sqrt(std::fabs(block[1])) * std::sqrt(std::fabs(block[ld]))};
}

template <class T>
T eigenvalueError(int n, const T* q, const T* t) {
  bool rotated = false;
  for (int64_t j = 0; j < n && !rotated; ++j) {
    rotated = std::count_if(q + j * n, q + (j + 1) * n, [](T x) { return x != 0; }) > 1;
  }
  if (!rotated) return 0;
  // The Frobenius norm, scaled by the largest entry: squares overflow.
  const int64_t size = static_cast<int64_t>(n) * n;
  T largest = 0;
  for (int64_t i = 0; i < size; ++i) largest = std::max(largest, std::fabs(t[i]));
  if (largest == 0) return 0;
  T sum = 0;
  for (int64_t i = 0; i < size; ++i) sum += (t[i] / largest) * (t[i] / largest);
  return std::numeric_limits<T>::epsilon() * largest * std::sqrt(sum * static_cast<T>(n));
}

template <class T>
bool solveSylvester(const QuasiTriangular<T>& a, const QuasiTriangular<T>& b, T* c, int ldc,
                    T negligible) {
  if (a.order == 0 || b.order == 0) return true;
  return solveByHalves<T>({a, b, c, ldc, negligible});
}

template <class T>
bool squareRoot(int n, T* t, int ld, T negligible) {
  if (n == 1) {
    t[0] = std::sqrt(t[0]);
    return true;
  }
  if (n == 2 && t[1] != 0) {
    // Higham 1987, "Computing real square roots of a real matrix", lemma 2: with the eigenvalue
    // (alpha + i beta)^2, the root is alpha I + (T - re I) / (2 alpha).
    const std::complex<T> root = std::sqrt(blockEigenvalue(2, t, ld));
    if (root.real() == 0) return false;
    const T half = T(0.5) / root.real();
    t[0] = t[ld + 1] = root.real();
    t[1] *= half;
    t[ld] *= half;
    return true;
  }
  // Deadman, Higham and Ralha 2013, "Blocked Schur algorithms for computing the matrix square
  // root": the corner X of the root solves R1 X + X R2 = T12.
  const QuasiTriangular<T> whole{n, t, ld, false};
  const int h = halfOf(whole);
  const int64_t step = ld;
  if (!squareRoot(h, t, ld, negligible) || !squareRoot(n - h, t + h + h * step, ld, negligible)) {
    return false;
  }
  return solveSylvester<T>(part(whole, 0, h), part(whole, h, n), t + h * step, ld, negligible);
}

template <class T>
void leaveSchurBasis(int n, const T* q, const T* t, T* x, T* scratch) {
  gemmColumns(CblasNoTrans, CblasNoTrans, n, n, n, q, n, t, n, scratch, n);
  gemmColumns(CblasNoTrans, CblasTrans, n, n, n, scratch, n, q, n, x, n);
}

#define ADJOINT_QUASI_TRIANGULAR(T)                                                              \
  template std::complex<T> blockEigenvalue<T>(int, const T*, int);                               \
  template T eigenvalueError<T>(int, const T*, const T*);                                        \
  template bool solveSylvester<T>(const QuasiTriangular<T>&, const QuasiTriangular<T>&, T*, int, \
                                  T);                                                            \
  template bool squareRoot<T>(int, T*, int, T);                                                  \
  template void leaveSchurBasis<T>(int, const T*, const T*, T*, T*);
ADJOINT_QUASI_TRIANGULAR(float)
ADJOINT_QUASI_TRIANGULAR(double)
#undef ADJOINT_QUASI_TRIANGULAR

}  // namespace adjoint
