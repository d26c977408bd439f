// Upper quasi-triangular matrices: the T of a real Schur form A = Q T Q^T. Column-major, with
// blocks of order two, as LAPACK standardises them, where eigenvalues are complex.
#pragma once

#include <complex>
#include <cstdint>

namespace adjoint {

// The order of the block that begins at i, or that i is the first row of.
template <class T>
int blockOrder(int n, const T* t, int ld, int i) {
  return i + 1 < n && t[i + 1 + static_cast<std::int64_t>(i) * ld] != 0 ? 2 : 1;
}

// Of a block of order two the eigenvalue above the real axis.
template <class T>
std::complex<T> blockEigenvalue(int order, const T* block, int ld);

// How far computed eigenvalues may be from those of A: zero where no rotation was needed to bring
// A into this form, so that Q has one entry in each column.
template <class T>
T eigenvalueError(int n, const T* q, const T* t);

// An operand of a Sylvester equation, as it is or transposed.
template <class T>
struct QuasiTriangular {
  int order;
  const T* data;
  int ld;
  bool transposed;
};

// X of op(A) X + X op(B) = C in place of C. False where eigenvalues of A and -B are equal; where
// C is at most `negligible` there, X is zero.
template <class T>
bool solveSylvester(const QuasiTriangular<T>& a, const QuasiTriangular<T>& b, T* c, int ldc,
                    T negligible = 0);

// The principal square root in place, for a matrix without negative eigenvalues. False where a
// zero eigenvalue leaves it without one; what is at most `negligible` counts as zero there.
template <class T>
bool squareRoot(int n, T* t, int ld, T negligible);

// X = Q T Q^T, column-major; `scratch` holds n^2.
template <class T>
void leaveSchurBasis(int n, const T* q, const T* t, T* x, T* scratch);

}  // namespace adjoint
