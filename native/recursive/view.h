// A column-major matrix or the transpose of one: what the recursions are written in, so that one
// of them serves both triangles and both sides.
#pragma once

#include <cstdint>

#include "../blas.h"

namespace adjoint {

// The order up to which matrices are treated in registers instead of halves.
inline constexpr int kLeaf = 16;

// Where a matrix of more than kLeaf is halved: in whole leaves.
constexpr int halfOf(int n) { return (n / 2 + kLeaf - 1) / kLeaf * kLeaf; }

template <class T>
struct View {
  T* data;
  int ld;
  bool transposed;

  std::int64_t row() const { return transposed ? ld : 1; }
  std::int64_t column() const { return transposed ? 1 : ld; }
  View at(std::int64_t i, std::int64_t j) const {
    return {data + i * row() + j * column(), ld, transposed};
  }
  T& operator()(std::int64_t i, std::int64_t j) const { return data[i * row() + j * column()]; }
  View turned() const { return {data, ld, !transposed}; }
  View<const T> fixed() const { return {data, ld, transposed}; }
  CBLAS_TRANSPOSE trans() const { return transposed ? CblasTrans : CblasNoTrans; }
  CBLAS_TRANSPOSE flipped() const { return transposed ? CblasNoTrans : CblasTrans; }
};

// C = alpha A B + beta C; C is m x n.
template <class T, class A, class B>
void multiplyViews(int m, int n, int k, T alpha, const View<A>& a, const View<B>& b, T beta,
                   const View<T>& c) {
  if (c.transposed) {
    multiply(b.flipped(), a.flipped(), n, m, k, alpha, b.data, b.ld, a.data, a.ld, beta, c.data,
             c.ld);
  } else {
    multiply(a.trans(), b.trans(), m, n, k, alpha, a.data, a.ld, b.data, b.ld, beta, c.data, c.ld);
  }
}

}  // namespace adjoint
