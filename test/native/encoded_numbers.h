// How a fuzzer's bytes stand for float64 slots: small integers take one byte, so that mutations
// meet valid instructions; any other number can be written too. record_seeds.cjs writes the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

namespace adjoint::fuzz {

class EncodedNumbers {
 public:
  EncodedNumbers(const std::uint8_t* data, std::size_t size) : at_(data), left_(size) {}

  bool empty() const { return left_ == 0; }

  std::uint8_t byte() {
    if (left_ == 0) return 0;
    --left_;
    return *at_++;
  }

  double number() {
    const auto first = static_cast<std::int8_t>(byte());
    if (first < kSmallest) return kSpan * (kSmallest - first);
    if (first <= kLargest) return first;
    const int tag = first - kLargest - 1;
    if (tag < kOddCount) return kOdd[tag];
    if (tag < kDoubleTag) return raw<std::uint16_t>();
    return raw<double>();
  }

 private:
  static constexpr int kSmallest = -95;
  static constexpr int kLargest = 95;
  static constexpr int kOddCount = 20;
  static constexpr int kDoubleTag = 26;
  static constexpr double kSpan = 274877906944.0;  // 2^38: a buffer's address while it is checked
  static constexpr double kOdd[kOddCount] = {0.5,
                                             -0.0,
                                             std::numeric_limits<double>::quiet_NaN(),
                                             std::numeric_limits<double>::infinity(),
                                             -std::numeric_limits<double>::infinity(),
                                             std::numeric_limits<double>::denorm_min(),
                                             std::numeric_limits<double>::max(),
                                             2147483647.0,
                                             2147483648.0,
                                             -2147483649.0,
                                             1099511627776.0,         // 2^40
                                             -1099511627776.0,        //
                                             1125899906842624.0,      // 2^50
                                             2251799813685247.0,      // 2^51 - 1
                                             2251799813685248.0,      // 2^51
                                             -2251799813685248.0,     //
                                             9007199254740992.0,      // 2^53
                                             9223372036854775808.0,   // 2^63
                                             -9223372036854775808.0,  //
                                             1e300};

  template <class T>
  double raw() {
    std::uint8_t bytes[sizeof(T)];
    for (std::uint8_t& each : bytes) each = byte();
    T value;
    std::memcpy(&value, bytes, sizeof(T));
    return static_cast<double>(value);
  }

  const std::uint8_t* at_;
  std::size_t left_;
};

}  // namespace adjoint::fuzz
