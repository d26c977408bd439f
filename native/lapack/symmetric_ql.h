// Eigenvalues and eigenvectors of small and middling symmetric matrices: tridiagonal form, then QL.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

#include "implicit_ql.h"
#include "lapack.h"
#include "matrix.h"
#include "tridiagonal_form.h"

namespace adjoint {

template <class T>
class SymmetricQl {
 public:
  SymmetricQl(int n, bool vectors)
      : form_(n),
        q_(vectors ? form_.ld() * form_.ld() + rotationSpace(n) : 0),
        order_(vectors ? n : 0),
        n_(n) {}

  // Where the lower triangle goes, in columns that lie ld() apart.
  T* target(T*) { return form_.matrix(); }
  std::int64_t ld() const { return form_.ld(); }

  // Values in ascending order and, unless null, the vectors: the columns of a row-major matrix.
  // Returns how many did not converge.
  int solve(T* values, T* vectors) {
    const int exponent = form_.reduce();
    const int info = vectors == nullptr ? findValues(values) : findPairs(values, vectors);
    if (exponent != 0) {
      for (int i = 0; i < n_; ++i) values[i] = std::ldexp(values[i], -exponent);
    }
    return info;
  }

 private:
  int findValues(T* values) {
    const int info = sterf(n_, form_.diagonal(), form_.below());
    std::copy_n(form_.diagonal(), n_, values);
    return info;
  }

  int findPairs(T* values, T* vectors) {
    const T* diagonal = form_.diagonal();
    form_.accumulate(q_.get());
    T* rotations = q_.get() + ld() * ld();
    const int info = implicitQl(n_, form_.diagonal(), form_.below(), q_.get(), rotations);
    std::iota(order_.data(), order_.data() + n_, 0);
    std::sort(order_.data(), order_.data() + n_,
              [diagonal](int i, int j) { return diagonal[i] < diagonal[j]; });
    for (int i = 0; i < n_; ++i) values[i] = diagonal[order_[i]];
    gather(vectors);
    return info;
  }

  // The columns of q in the order of their values, as rows are written.
  void gather(T* vectors) {
    constexpr int kBlock = 16;
    for (int ib = 0; ib < n_; ib += kBlock) {
      const int iEnd = std::min(ib + kBlock, n_);
      for (int jb = 0; jb < n_; jb += kBlock) {
        const int jEnd = std::min(jb + kBlock, n_);
        for (int j = jb; j < jEnd; ++j) {
          const T* column = q_.get() + order_[j] * ld();
          for (int i = ib; i < iEnd; ++i) vectors[std::int64_t{i} * n_ + j] = column[i];
        }
      }
    }
  }

  TridiagonalForm<T> form_;
  AlignedMemory<T> q_;
  Buffer<int> order_;
  int n_;
};

}  // namespace adjoint
