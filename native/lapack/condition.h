// Estimates of the reciprocal condition number in the 1-norm from a factorisation.
#pragma once

#include <cstdint>

#include "matrix.h"

namespace adjoint {

// The largest sum of absolute values of a column; n x n, column-major, contiguous.
template <class T>
T norm1(int n, const T* a);

// The same of the symmetric matrix of which `triangle` names what is read; `sums` holds n.
template <class T>
T norm1Symmetric(int n, Triangle triangle, const T* a, std::int64_t row, std::int64_t col, T* sums);

// `work` holds 4 n, `integers` n. norm is that of the matrix before it was factored.
// P A = L U, column-major.
template <class T>
T rcondLU(int n, const T* lu, T norm, T* work, int* integers);

// A = L L^T, or U^T U where uplo is 'U', column-major.
template <class T>
T rcondCholesky(char uplo, int n, const T* factor, T norm, T* work, int* integers);

// The triangle of a column-major matrix that uplo names, or its transpose. `work` holds 2 n.
template <class T>
T rcondTriangle(char uplo, bool transposed, bool unit, int n, const T* a, T* work);

// L L^T for the lower triangle L, or U^T U where uplo is 'U': its own norm is an estimate too.
// `work` holds 2 n.
template <class T>
T rcondProduct(char uplo, int n, const T* triangle, T* work);

}  // namespace adjoint
