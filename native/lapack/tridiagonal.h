// What is read off the factor that `sytrd` leaves: A = Q T Q^T.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "lapack.h"
#include "matrix.h"

namespace adjoint {

// T, scaled by a power of two so that its largest element is near 1.
template <class T>
class Tridiagonal {
 public:
  explicit Tridiagonal(int n) : n_(n), bands_(std::int64_t{2} * n) {}

  // False if the factor stands for a matrix that was not finite.
  bool read(const T* factor) {
    const std::int64_t n = n_;
    T* d = diagonal();
    T* e = below();
    for (std::int64_t i = 0; i < n; ++i) {
      d[i] = factor[i + i * n];
      e[i] = i + 1 < n ? factor[i + 1 + i * n] : T(0);
    }
    if (!allFinite(2 * n, d)) return false;
    T largest = 0;
    for (std::int64_t i = 0; i < 2 * n; ++i) largest = std::max(largest, std::fabs(d[i]));
    exponent_ = largest > 0 ? std::ilogb(largest) : 0;
    for (std::int64_t i = 0; i < 2 * n; ++i) d[i] = scaled(d[i]);
    return true;
  }

  // The largest sum of absolute values of a row, of what is scaled: no eigenvalue is larger.
  T norm() {
    T largest = 0;
    for (std::int64_t i = 0; i < n_; ++i) {
      const T before = i > 0 ? std::fabs(bands_[n_ + i - 1]) : T(0);
      largest = std::max(largest, before + std::fabs(bands_[i]) + std::fabs(bands_[n_ + i]));
    }
    return largest;
  }

  T* diagonal() { return bands_.data(); }
  T* below() { return bands_.data() + n_; }
  T scaled(T x) const { return std::ldexp(x, -exponent_); }
  T unscaled(T x) const { return std::ldexp(x, exponent_); }

 private:
  int n_;
  int exponent_ = 0;
  Buffer<T> bands_;
};

// Products with the Q of a factor.
template <class T>
class Reflectors {
 public:
  Reflectors(int n, int columns)
      : n_(n),
        columns_(columns),
        blocked_(columns > kFewColumns),
        packed_(blocked_ ? std::int64_t{n} * n : 0),
        tau_(n),
        workCount_(blocked_ ? query() : 0),
        work_(workCount_) {}

  void read(const T* factor) {
    const std::int64_t n = n_;
    factor_ = factor;
    for (std::int64_t i = 1; i < n; ++i) tau_[i - 1] = factor[i * n];
    // LAPACK writes into the reflectors while it applies them, and puts them back: not into those
    // of a factor that others may read.
    if (blocked_) std::copy_n(factor, n * n, packed_.data());
  }

  // x becomes Q x, or Q^T x; n x columns, column-major.
  void apply(bool transposed, T* x) {
    if (blocked_) {
      ormtr('L', 'L', transposed ? 'T' : 'N', n_, columns_, packed_.data(), n_, tau_.data(), x, n_,
            work_.data(), workCount_);
      return;
    }
    for (int step = 0; step + 1 < n_; ++step) reflect(transposed ? step : n_ - 2 - step, x);
  }

 private:
  // Up to here the blocked routine spends more on its blocks than it saves.
  static constexpr int kFewColumns = 8;

  // x -= tau v v^T x, where v is 0 up to element i, 1 next, then what the factor has in column i.
  void reflect(int i, T* x) {
    const T* v = factor_ + std::int64_t{i} * n_ + i + 2;
    const int length = n_ - i - 2;
    for (int j = 0; j < columns_; ++j) {
      T* y = x + std::int64_t{j} * n_ + i + 1;
      const T scale = tau_[i] * (*y + dot(length, v, 1, y + 1, 1));
      *y++ -= scale;
      for (int k = 0; k < length; ++k) y[k] -= scale * v[k];
    }
  }

  int query() {
    T* const none = nullptr;
    T count = 0;
    ormtr('L', 'L', 'N', n_, columns_, none, n_, none, none, n_, &count, -1);
    return workSize(count);
  }

  int n_;
  int columns_;
  bool blocked_;
  const T* factor_ = nullptr;
  Buffer<T> packed_;
  Buffer<T> tau_;
  int workCount_;
  Buffer<T> work_;
};

}  // namespace adjoint
