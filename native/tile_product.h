// Products of small matrices by tiles of C that stay in registers, without packing what BLAS packs.
#pragma once

#include <cstdint>

namespace adjoint {

// C = alpha A B + beta C, column-major; where beta is 0 C is not read. Columns of A, if it is not
// transposed, and of C are contiguous: A's element (i, l) is a[i + l * lda], or a[l + i * lda].
template <class T>
struct TileProduct {
  int m, n, k;
  T alpha, beta;
  const T* a;
  std::int64_t lda;
  bool transposedA;
  const T* b;
  std::int64_t bRow, bCol;
  T* c;
  std::int64_t ldc;
};

// The largest extent that it is made for.
inline constexpr int kMostOfTileKernel = 64;

// The processor's way to do it; null if it has none that is worth while.
template <class T>
using TileKernel = void (*)(const TileProduct<T>&);
template <class T>
TileKernel<T> tileKernel();
template <>
TileKernel<float> tileKernel<float>();
template <>
TileKernel<double> tileKernel<double>();

}  // namespace adjoint
