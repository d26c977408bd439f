// What stands in the buffers of fuzzed calls: from well conditioned to no number at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

#include "kernel_table.h"

namespace adjoint::fuzz {

class Contents {
 public:
  explicit Contents(std::uint8_t choice) : kind_(choice % kKinds), state_(choice + 1U) {}

  // Elements that are `diagonal` apart dominate, so that square matrices may be positive definite.
  void fill(char* data, std::size_t bytes, DType dtype, std::int64_t diagonal) {
    switch (dtype) {
      case DType::f32:
      case DType::c64:
        return fillAs<float>(data, bytes, dtype == DType::c64 ? 2 : 1, diagonal);
      case DType::f64:
      case DType::c128:
        return fillAs<double>(data, bytes, dtype == DType::c128 ? 2 : 1, diagonal);
      case DType::i32:
        return fillAs<std::int32_t>(data, bytes, 1, diagonal);
      case DType::boolean:
        for (std::size_t i = 0; i < bytes; ++i) data[i] = static_cast<char>(next() & 1U);
    }
  }

 private:
  static constexpr int kKinds = 8;

  std::uint32_t next() {
    state_ = state_ * 1664525U + 1013904223U;
    return state_ >> 8U;
  }

  template <class T>
  T value(bool dominant) {
    if constexpr (std::numeric_limits<T>::is_integer) {
      if (kind_ >= 6) return static_cast<T>(next() << 8U);
      return static_cast<T>(next() % 8) - 2;
    } else {
      using Limits = std::numeric_limits<T>;
      const T uniform = static_cast<T>(next()) / static_cast<T>(1U << 23U) - T(1);
      switch (kind_) {
        case 0:
          return uniform;
        case 1:
        case 2:
          return dominant ? T(64) : uniform;
        case 3:
          return static_cast<T>(next() % 3);
        case 4:
          return T(0);
        case 5:
          return uniform * (next() % 2 == 0 ? Limits::max() : Limits::min());
        case 6:
          return next() % 4 == 0 ? Limits::quiet_NaN() : uniform;
        default:
          return next() % 4 == 0 ? -Limits::infinity() : uniform * T(1e9);
      }
    }
  }

  template <class T>
  void fillAs(char* data, std::size_t bytes, std::size_t parts, std::int64_t diagonal) {
    const std::size_t step = parts * static_cast<std::size_t>(diagonal > 0 ? diagonal : 1);
    for (std::size_t i = 0; i < bytes / sizeof(T); ++i) {
      const T element = value<T>(i % step == 0);
      std::memcpy(data + i * sizeof(T), &element, sizeof(T));
    }
  }

  int kind_;
  std::uint32_t state_;
};

}  // namespace adjoint::fuzz
