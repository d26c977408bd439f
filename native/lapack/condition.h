// Estimates of the reciprocal condition number in the 1-norm from a factorisation.
#pragma once

#include <cstdint>

namespace adjoint {

// The largest sum of absolute values of a column; n x n, column-major, contiguous.
template <class T>
T norm1(int n, const T* a);

// The same of the symmetric matrix whose lower triangle is in `a`; `sums` holds n.
template <class T>
T norm1Symmetric(int n, const T* a, T* sums);

// `work` holds 4 n, `integers` n. norm is that of the matrix before it was factored.
// P A = L U, column-major.
template <class T>
T rcondLU(int n, const T* lu, T norm, T* work, int* integers);

// A = L L^T, or U^T U where uplo is 'U', column-major.
template <class T>
T rcondCholesky(char uplo, int n, const T* factor, T norm, T* work, int* integers);

}  // namespace adjoint
