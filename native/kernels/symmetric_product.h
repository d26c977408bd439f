// Products of matrices that are known to be symmetric: half of one is computed.
#pragma once

#include <algorithm>
#include <cstdint>

#include "../blas.h"
#include "small_matmul.h"

namespace adjoint {

// The lower triangle, and a little more, of C = A B^T for row-major A, B [n, k].
template <class T>
void lowerProduct(std::int64_t n, std::int64_t k, const T* a, const T* b, T* c, std::int64_t ldc) {
  constexpr std::int64_t kWhole = 96;
  if (n <= kWhole) {
    const auto order = static_cast<int>(n);
    const auto inner = static_cast<int>(k);
    gemm(CblasNoTrans, CblasTrans, order, order, inner, a, inner, b, inner, c,
         static_cast<int>(ldc));
    return;
  }
  const std::int64_t half = n / 2 / 16 * 16;
  const std::int64_t rest = n - half;
  lowerProduct(half, k, a, b, c, ldc);
  const auto inner = static_cast<int>(k);
  gemm(CblasNoTrans, CblasTrans, static_cast<int>(rest), static_cast<int>(half), inner,
       a + half * k, inner, b, inner, c + half * ldc, static_cast<int>(ldc));
  lowerProduct(rest, k, a + half * k, b + half * k, c + half * ldc + half, ldc);
}

// Calls each(lower, upper) on the pairs of entries off the diagonal that face each other.
template <class T, class Each>
void forEachPair(std::int64_t n, T* c, Each each) {
  constexpr std::int64_t kBlock = 16;
  for (std::int64_t ib = 0; ib < n; ib += kBlock) {
    const std::int64_t iEnd = std::min(ib + kBlock, n);
    for (std::int64_t jb = 0; jb <= ib; jb += kBlock) {
      for (std::int64_t i = ib; i < iEnd; ++i) {
        const std::int64_t jEnd = std::min(jb + kBlock, i);
        for (std::int64_t j = jb; j < jEnd; ++j) each(c[i * n + j], c[j * n + i]);
      }
    }
  }
}

template <class T>
void mirrorLower(std::int64_t n, T* c) {
  forEachPair(n, c, [](const T& lower, T& upper) { upper = lower; });
}

// The symmetric C = A B^T of row-major A, B [n, k].
template <class T>
void symmetricProduct(std::int64_t n, std::int64_t k, const T* a, const T* b, T* c) {
  if (std::max(n, k) <= kSmall) {
    multiplySmall<T>(n, n, k, a, k, 1, b, 1, k, c, n, 1);
  } else {
    lowerProduct(n, k, a, b, c, n);
  }
  mirrorLower(n, c);
}

}  // namespace adjoint
