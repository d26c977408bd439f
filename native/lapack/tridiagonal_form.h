// The tridiagonal form of a symmetric matrix, with the memory that it takes.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>

#include "tridiagonalise.h"

namespace adjoint {

// Memory that begins at a cache line. Of small matrices it is here itself: the allocator would take
// as long as the rotations.
template <class T>
class AlignedMemory {
 public:
  explicit AlignedMemory(std::int64_t count)
      : allocated_(count <= kOwn ? nullptr
                                 : new (std::align_val_t(64)) T[static_cast<std::size_t>(count)]) {}
  T* get() { return allocated_ == nullptr ? own_ : allocated_.get(); }

 private:
  static constexpr std::int64_t kOwn = 4096 / sizeof(T);
  struct Free {
    void operator()(T* memory) const { ::operator delete[](memory, std::align_val_t(64)); }
  };

  alignas(64) T own_[kOwn];
  std::unique_ptr<T[], Free> allocated_;
};

template <class T>
class TridiagonalForm {
 public:
  explicit TridiagonalForm(std::int64_t n)
      : n_(n), ld_(paddedStride<T>(n)), memory_(ld_ * (ld_ + 7)) {
    std::fill_n(matrix(), ld_ * ld_, T(0));
  }

  // Its lower triangle is what reduce() reads, and then the reflectors.
  T* matrix() { return memory_.get(); }
  std::int64_t ld() const { return ld_; }
  T* diagonal() { return matrix() + ld_ * ld_; }
  T* below() { return diagonal() + ld_; }
  T* tau() { return below() + ld_; }
  T* work() { return tau() + ld_; }  // four padded columns

  // Returns the exponent of the power of two by which the form is larger than the matrix: squares
  // of what is reduced must neither overflow nor vanish.
  int reduce() {
    const int exponent = exponentOfScale();
    if (exponent != 0) scaleLower(exponent);
    completeBlocks();
    tridiagonalise(n_, matrix(), diagonal(), below(), tau(), work());
    return exponent;
  }

  void accumulate(T* q) { accumulateReflectors(n_, matrix(), tau(), q, work()); }

 private:
  int exponentOfScale() {
    constexpr int kSafe = std::numeric_limits<T>::max_exponent / 3;
    T largest = 0;
    for (std::int64_t j = 0; j < n_; ++j) {
      const T* column = matrix() + j * ld_;
      for (std::int64_t i = j; i < n_; ++i) largest = std::max(largest, std::fabs(column[i]));
    }
    if (largest == 0) return 0;
    const int exponent = std::ilogb(largest);
    return std::abs(exponent) < kSafe ? 0 : -exponent;
  }

  void scaleLower(int exponent) {
    for (std::int64_t j = 0; j < n_; ++j) {
      T* column = matrix() + j * ld_;
      for (std::int64_t i = j; i < n_; ++i) column[i] = std::ldexp(column[i], exponent);
    }
  }

  // The blocks on the diagonal have their upper halves as well.
  void completeBlocks() {
    T* a = matrix();
    for (std::int64_t block = 0; block < n_; block += kPadding<T>) {
      const std::int64_t end = std::min(block + kPadding<T>, n_);
      for (std::int64_t j = block; j < end; ++j) {
        for (std::int64_t i = j + 1; i < end; ++i) a[j + i * ld_] = a[i + j * ld_];
      }
    }
  }

  std::int64_t n_, ld_;
  AlignedMemory<T> memory_;
};

}  // namespace adjoint
