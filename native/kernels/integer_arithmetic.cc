// Arithmetic on 32-bit integers: what overflows is an error.
#include <cstdint>
#include <limits>

#include "../families.h"
#include "../simd/baseline.h"
#include "elementwise.h"

namespace adjoint {
namespace HWY_NAMESPACE {
namespace {

using std::int32_t;
using std::int64_t;
using std::uint32_t;

struct Maximum {
  static int32_t apply(int32_t a, int32_t b) { return a > b ? a : b; }
};
struct Minimum {
  static int32_t apply(int32_t a, int32_t b) { return a < b ? a : b; }
};

constexpr int32_t kLowest = std::numeric_limits<int32_t>::min();

int32_t narrow(int64_t wide, uint32_t& failed) {
  const auto result = static_cast<int32_t>(static_cast<uint32_t>(wide));
  failed |= static_cast<uint32_t>(wide != result);
  return result;
}

// Diagnosis for operations whose only failure is overflow.
template <class Op>
struct Overflows {
  static Code diagnose(int32_t a, int32_t b) {
    uint32_t failed = 0;
    Op::apply(a, b, failed);
    return failed != 0 ? Code::overflow : Code::ok;
  }
  static Code diagnose(int32_t x) {
    uint32_t failed = 0;
    Op::apply(x, failed);
    return failed != 0 ? Code::overflow : Code::ok;
  }
};

struct AddInteger : Overflows<AddInteger> {
  static int32_t apply(int32_t a, int32_t b, uint32_t& failed) {
    const uint32_t x = static_cast<uint32_t>(a);
    const uint32_t y = static_cast<uint32_t>(b);
    const uint32_t sum = x + y;
    failed |= ((x ^ sum) & (y ^ sum)) >> 31;
    return static_cast<int32_t>(sum);
  }
};
struct SubInteger : Overflows<SubInteger> {
  static int32_t apply(int32_t a, int32_t b, uint32_t& failed) {
    const uint32_t x = static_cast<uint32_t>(a);
    const uint32_t y = static_cast<uint32_t>(b);
    const uint32_t difference = x - y;
    failed |= ((x ^ y) & (x ^ difference)) >> 31;
    return static_cast<int32_t>(difference);
  }
};
struct MulInteger : Overflows<MulInteger> {
  static int32_t apply(int32_t a, int32_t b, uint32_t& failed) {
    return narrow(static_cast<int64_t>(a) * b, failed);
  }
};
struct PowInteger {
  static int32_t apply(int32_t base, int32_t exponent, uint32_t& failed) {
    if (exponent < 0) {
      failed |= 1;
      return 0;
    }
    int64_t result = 1;
    int64_t square = base;
    // A square beyond 32 bits that is still needed means overflow, so 64 bits never overflow.
    for (auto left = static_cast<uint32_t>(exponent); left != 0;) {
      if ((left & 1U) != 0) result = narrow(result * square, failed);
      left >>= 1;
      if (left != 0) square = narrow(square * square, failed);
      if (failed != 0) break;
    }
    return static_cast<int32_t>(result);
  }
  static Code diagnose(int32_t base, int32_t exponent) {
    if (exponent < 0) return Code::badInteger;
    uint32_t failed = 0;
    apply(base, exponent, failed);
    return failed != 0 ? Code::overflow : Code::ok;
  }
};
struct RemainderInteger {
  static int32_t apply(int32_t a, int32_t b, uint32_t& failed) {
    if (b == 0) {
      failed |= 1;
      return 0;
    }
    if (b == -1) return 0;
    const int32_t mod = a % b;
    return mod != 0 && (mod < 0) != (b < 0) ? mod + b : mod;
  }
  static Code diagnose(int32_t, int32_t b) { return b == 0 ? Code::badInteger : Code::ok; }
};
struct FloorDivideInteger {
  static int32_t apply(int32_t a, int32_t b, uint32_t& failed) {
    if (b == 0 || (b == -1 && a == kLowest)) {
      failed |= 1;
      return 0;
    }
    const int32_t quotient = a / b;
    return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
  }
  static Code diagnose(int32_t a, int32_t b) {
    if (b == 0) return Code::badInteger;
    return b == -1 && a == kLowest ? Code::overflow : Code::ok;
  }
};
struct NegInteger : Overflows<NegInteger> {
  static int32_t apply(int32_t x, uint32_t& failed) {
    return narrow(-static_cast<int64_t>(x), failed);
  }
};
struct AbsInteger : Overflows<AbsInteger> {
  static int32_t apply(int32_t x, uint32_t& failed) {
    const int64_t wide = x;
    return narrow(wide < 0 ? -wide : wide, failed);
  }
};
struct SquareInteger : Overflows<SquareInteger> {
  static int32_t apply(int32_t x, uint32_t& failed) {
    return narrow(static_cast<int64_t>(x) * x, failed);
  }
};
struct SignInteger {
  static int32_t apply(int32_t x) { return (x > 0) - (x < 0); }
};

}  // namespace
}  // namespace HWY_NAMESPACE

void registerIntegerArithmetic(KernelTable& table) {
  using namespace HWY_NAMESPACE;
  addIntegerBinary<AddInteger>(table, "add");
  addIntegerBinary<SubInteger>(table, "sub");
  addIntegerBinary<MulInteger>(table, "mul");
  addIntegerBinary<PowInteger>(table, "pow");
  addIntegerBinary<RemainderInteger>(table, "remainder");
  addIntegerBinary<FloorDivideInteger>(table, "floorDivide");
  addBinary<Maximum, int32_t>(table, "maximum");
  addBinary<Minimum, int32_t>(table, "minimum");
  addIntegerUnary<NegInteger>(table, "neg");
  addIntegerUnary<AbsInteger>(table, "abs");
  addIntegerUnary<SquareInteger>(table, "square");
  addUnary<SignInteger, int32_t>(table, "sign");
}

}  // namespace adjoint
