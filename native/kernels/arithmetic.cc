// Arithmetic on real and complex floats and on checked 32-bit integers.
#include <cmath>
#include <complex>
#include <cstdint>
#include <limits>

#include "../families.h"
#include "elementwise.h"
#include "product.h"

namespace adjoint {
namespace {

using std::int32_t;
using std::int64_t;
using std::uint32_t;

struct Add {
  template <class T>
  static T apply(T a, T b) {
    return a + b;
  }
};
struct Sub {
  template <class T>
  static T apply(T a, T b) {
    return a - b;
  }
};
struct Mul {
  template <class T>
  static T apply(T a, T b) {
    return product(a, b);
  }
};
struct Div {
  template <class T>
  static T apply(T a, T b) {
    return a / b;
  }
};
struct Maximum {
  template <class T>
  static T apply(T a, T b) {
    return (a > b || a != a) ? a : b;
  }
};
struct Minimum {
  template <class T>
  static T apply(T a, T b) {
    return (a < b || a != a) ? a : b;
  }
};
struct CopySign {
  template <class T>
  static T apply(T a, T b) {
    return std::copysign(a, b);
  }
};

// Python's convention: the remainder has the divisor's sign. The steps are NumPy's, so that
// infinities and signed zeros come out the same.
struct Remainder {
  template <class T>
  static T apply(T a, T b) {
    T mod = std::fmod(a, b);
    if (b == 0) return mod;
    if (mod == 0) return std::copysign(T(0), b);
    if ((b < 0) != (mod < 0)) mod += b;
    return mod;
  }
};
struct FloorDivide {
  template <class T>
  static T apply(T a, T b) {
    if (b == 0) return a / b;
    const T mod = std::fmod(a, b);
    T quotient = (a - mod) / b;
    if (mod != 0 && (b < 0) != (mod < 0)) quotient -= 1;
    if (quotient == 0) return std::copysign(T(0), a / b);
    const T floored = std::floor(quotient);
    return quotient - floored > T(0.5) ? floored + 1 : floored;
  }
};

struct Neg {
  template <class T>
  static T apply(T x) {
    return -x;
  }
};
struct Abs {
  template <class T>
  static T apply(T x) {
    return std::fabs(x);
  }
};
struct Conj {
  template <class T>
  static T apply(T x) {
    return std::conj(x);
  }
};
struct Sign {
  template <class T>
  static T apply(T x) {
    return x > 0 ? T(1) : (x < 0 ? T(-1) : (x == 0 ? T(0) : x));
  }
};
struct Reciprocal {
  template <class T>
  static T apply(T x) {
    return T(1) / x;
  }
};
struct Square {
  template <class T>
  static T apply(T x) {
    return product(x, x);
  }
};
struct Sqrt {
  template <class T>
  static T apply(T x) {
    return std::sqrt(x);
  }
};
struct Rsqrt {
  template <class T>
  static T apply(T x) {
    return T(1) / std::sqrt(x);
  }
};
struct Floor {
  template <class T>
  static T apply(T x) {
    return std::floor(x);
  }
};
struct Ceil {
  template <class T>
  static T apply(T x) {
    return std::ceil(x);
  }
};
struct Round {  // half to even
  template <class T>
  static T apply(T x) {
    return std::nearbyint(x);
  }
};
struct Trunc {
  template <class T>
  static T apply(T x) {
    return std::trunc(x);
  }
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

void registerArithmetic(KernelTable& table) {
  addFloatBinary<Add>(table, "add");
  addFloatBinary<Sub>(table, "sub");
  addFloatBinary<Mul>(table, "mul");
  addFloatBinary<Div>(table, "div");
  addFloatBinary<Maximum>(table, "maximum");
  addFloatBinary<Minimum>(table, "minimum");
  addFloatBinary<CopySign>(table, "copysign");
  addFloatBinary<Remainder>(table, "remainder");
  addFloatBinary<FloorDivide>(table, "floorDivide");
  addFloatUnary<Neg>(table, "neg");
  addFloatUnary<Abs>(table, "abs");
  addFloatUnary<Sign>(table, "sign");
  addFloatUnary<Reciprocal>(table, "reciprocal");
  addFloatUnary<Square>(table, "square");
  addFloatUnary<Sqrt>(table, "sqrt");
  addFloatUnary<Rsqrt>(table, "rsqrt");
  addFloatUnary<Floor>(table, "floor");
  addFloatUnary<Ceil>(table, "ceil");
  addFloatUnary<Round>(table, "round");
  addFloatUnary<Trunc>(table, "trunc");

  addComplexBinary<Add>(table, "add");
  addComplexBinary<Sub>(table, "sub");
  addComplexBinary<Mul>(table, "mul");
  addComplexBinary<Div>(table, "div");
  addComplexUnary<Neg>(table, "neg");
  addComplexUnary<Conj>(table, "conj");
  addComplexUnary<Reciprocal>(table, "reciprocal");
  addComplexUnary<Square>(table, "square");
  addComplexUnary<Sqrt>(table, "sqrt");
  addComplexUnary<Rsqrt>(table, "rsqrt");

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
