// A = Q T Qᵀ with tridiagonal T, by Householder's reflectors.
#pragma once

#include <cstdint>

namespace adjoint {

// A matrix here is column-major, with its order padded to whole vectors of any width; the first
// element and the columns lie on cache lines. What is beyond the order is 0.
template <class T>
constexpr std::int64_t kPadding = 64 / sizeof(T);
template <class T>
constexpr std::int64_t paddedOrder(std::int64_t n) {
  return (n + kPadding<T> - 1) / kPadding<T> * kPadding<T>;
}
// From column to column: not by powers of two, where neighbours would contend for the cache.
template <class T>
constexpr std::int64_t paddedStride(std::int64_t n) {
  const std::int64_t order = paddedOrder<T>(n);
  return order % (16 * kPadding<T>) == 0 ? order + kPadding<T> : order;
}

// Of `a` the lower triangle is read, and all of the blocks of kPadding rows and columns on the
// diagonal. Diagonal and subdiagonal of T are returned; `a` keeps the reflectors below that, as
// LAPACK's sytrd leaves them, with their factors in tau. `work` has room for four padded columns.
// Squares of the elements must not overflow.
void tridiagonalise(std::int64_t n, double* a, double* diagonal, double* below, double* tau,
                    double* work);
void tridiagonalise(std::int64_t n, float* a, float* diagonal, float* below, float* tau,
                    float* work);

// Q itself; `work` has room for two padded columns.
void accumulateReflectors(std::int64_t n, const double* a, const double* tau, double* q,
                          double* work);
void accumulateReflectors(std::int64_t n, const float* a, const float* tau, float* q, float* work);

}  // namespace adjoint
