// LU factorisation with partial pivoting by halves, and the inverse that follows from it.
#pragma once

namespace adjoint {

// P A = L U in place, n x n, column-major; row i was exchanged with pivots[i] >= i, from zero.
// Returns the number (from one) of the first pivot that is zero, or 0.
template <class T>
int factorLu(int n, T* a, int lda, int* pivots);

// X = A^-1 B in place of B with `columns` columns, or A^-T B.
template <class T>
void solveLu(bool transposed, int n, int columns, const T* lu, int ld, const int* pivots, T* b,
             int ldb);

// A^-1 in place of regular factors. `work` holds n n.
template <class T>
void inverseOfLu(int n, T* lu, int ld, const int* pivots, T* work);

}  // namespace adjoint
