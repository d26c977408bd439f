// Triangular matrices by halves: all work beyond the leaves is matrix products.
#pragma once

#include "../blas.h"
#include "view.h"

namespace adjoint {

// X = T^-1 X for lower triangular T of order n (forward) or an upper one; X has `count` columns.
template <class T>
void solveByHalves(const View<const T>& t, bool forward, bool unit, int n, int count,
                   const View<T>& x);

// B = op(T)^-1 B, or B op(T)^-1 from the right; B is m x n, all column-major. As BLAS's trsm.
template <class T>
void solveTriangle(CBLAS_SIDE side, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_DIAG diag, int m,
                   int n, const T* t, int ldt, T* b, int ldb);

// T = T^-1 in place; the other triangle is not touched.
template <class T>
void invertTriangle(CBLAS_UPLO uplo, CBLAS_DIAG diag, int n, T* t, int ldt);

}  // namespace adjoint
