// Arithmetic on real floats.
#undef HWY_TARGET_INCLUDE
#undef ADJOINT_NOT_COMPILED_FOR
#define HWY_TARGET_INCLUDE "kernels/arithmetic.cc"
#define ADJOINT_NOT_COMPILED_FOR HWY_SSE4
#include "../simd/each_target.h"

#include <cmath>

#include "../families.h"
#include "elementwise.h"
#include "field_arithmetic.h"

HWY_BEFORE_NAMESPACE();
namespace adjoint {
namespace HWY_NAMESPACE {
namespace {

struct Mul {
  template <class T>
  static T apply(T a, T b) {
    return a * b;
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
struct ThroughTanh {  // with the derivative 1 - y^2 of y
  template <class T>
  static T apply(T t, T y) {
    return t * (T(1) - y * y);
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

struct Abs {
  template <class T>
  static T apply(T x) {
    return std::fabs(x);
  }
};
struct Sign {
  template <class T>
  static T apply(T x) {
    return x > 0 ? T(1) : (x < 0 ? T(-1) : (x == 0 ? T(0) : x));
  }
};
struct Square {
  template <class T>
  static T apply(T x) {
    return x * x;
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

}  // namespace

void addArithmetic(KernelTable& table) {
  addFloatBinary<Add>(table, "add");
  addFloatBinary<Sub>(table, "sub");
  addFloatBinary<Mul>(table, "mul");
  addFloatBinary<Div>(table, "div");
  addFloatBinary<Maximum>(table, "maximum");
  addFloatBinary<Minimum>(table, "minimum");
  addFloatBinary<ThroughTanh>(table, "throughTanh");
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
}

}  // namespace HWY_NAMESPACE
}  // namespace adjoint
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {
void registerArithmetic(KernelTable& table) { ADJOINT_DISPATCH(addArithmetic)(table); }
}  // namespace adjoint
#endif
