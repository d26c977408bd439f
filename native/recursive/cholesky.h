// Cholesky factorisation by halves, and its derivative.
#pragma once

#include "view.h"

namespace adjoint {

// A = L L^T in place, n x n, column-major: the lower triangle is read and becomes L; the upper one
// may be overwritten. Returns the order (from one) of the first minor that is not positive, or 0.
template <class T>
int factorCholesky(int n, T* a, int lda);

// The derivative of a function of L by A. `s` holds the derivative by L in its lower triangle, and
// gets the symmetric S for which the function changes by the sum of S dA over all elements.
template <class T>
void pullBackCholesky(int n, const View<const T>& l, const View<T>& s);

}  // namespace adjoint
