// T = Z W Zᵀ for tridiagonal T.
#pragma once

#include <cstdint>

namespace adjoint {

// How many elements the rotations take that are applied at once.
constexpr std::int64_t rotationSpace(std::int64_t n) { return 64 * n; }

// `diagonal` becomes W, in no order, and the n columns of q, in the layout of tridiagonalise.h,
// become those of q Z. Returns how many elements below the diagonal did not vanish.
int implicitQl(std::int64_t n, double* diagonal, double* below, double* q, double* rotations);
int implicitQl(std::int64_t n, float* diagonal, float* below, float* q, float* rotations);

// Up to this order QL is faster than LAPACK's divide and conquer: the wider the vectors, the
// larger.
int largestOrderForQl();

}  // namespace adjoint
