// What arithmetic on real and on complex numbers has in common: all but products; compiled for
// every target (see simd/target.h).
#if defined(ADJOINT_KERNELS_FIELD_ARITHMETIC_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ADJOINT_KERNELS_FIELD_ARITHMETIC_H
#undef ADJOINT_KERNELS_FIELD_ARITHMETIC_H
#else
#define ADJOINT_KERNELS_FIELD_ARITHMETIC_H
#endif

#include <cmath>
#include <complex>

HWY_BEFORE_NAMESPACE();
namespace adjoint {
namespace HWY_NAMESPACE {

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
struct Div {
  template <class T>
  static T apply(T a, T b) {
    return a / b;
  }
};
struct Neg {
  template <class T>
  static T apply(T x) {
    return -x;
  }
};
struct Reciprocal {
  template <class T>
  static T apply(T x) {
    return T(1) / x;
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

}  // namespace HWY_NAMESPACE
}  // namespace adjoint
HWY_AFTER_NAMESPACE();

#endif
