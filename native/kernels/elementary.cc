// Elementary functions of real numbers: SLEEF's, and the C library's for arguments that SLEEF does
// not promise its bound for (https://sleef.org/purec.xhtml).
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/elementary.cc"
#include "../simd/each_target.h"

#include <cmath>
#include <limits>

#include "../families.h"
#include "../simd/sleef.h"
#include "exponential.h"
#include "trigonometric.h"
#include "vector_function.h"

HWY_BEFORE_NAMESPACE();
namespace adjoint {
namespace HWY_NAMESPACE {
namespace {

template <class D>
using T = hn::TFromD<D>;

// A constant of the lanes' type.
template <class D>
hn::Vec<D> constant(D d, double inDouble, float inFloat) {
  return hn::Set(
      d, sizeof(T<D>) == sizeof(double) ? static_cast<T<D>>(inDouble) : static_cast<T<D>>(inFloat));
}

// The lanes of x between two magnitudes.
template <class D, class V>
hn::Mask<D> between(D d, V x, double low64, double high64, float low32, float high32) {
  return hn::And(hn::Gt(x, constant(d, low64, low32)), hn::Lt(x, constant(d, high64, high32)));
}

// The result with the scalar function's value in some lanes.
template <class D, class V, class Scalar>
HWY_NOINLINE V computeAgain(D d, hn::Mask<D> lanes, V x, V result, Scalar scalar) {
  constexpr std::size_t kCount = hn::MaxLanes(D());
  HWY_ALIGN T<D> arguments[kCount];
  HWY_ALIGN T<D> results[kCount];
  HWY_ALIGN T<D> chosen[kCount];
  hn::Store(x, d, arguments);
  hn::Store(result, d, results);
  hn::Store(hn::IfThenElseZero(lanes, hn::Set(d, T<D>(1))), d, chosen);
  for (std::size_t i = 0; i < kCount; ++i) {
    if (chosen[i] != 0) results[i] = static_cast<T<D>>(scalar(arguments[i]));
  }
  return hn::Load(d, results);
}
template <class D, class V, class Scalar>
HWY_INLINE V except(D d, hn::Mask<D> lanes, V x, V result, Scalar scalar) {
  if (HWY_LIKELY(hn::AllFalse(d, lanes))) return result;
  return computeAgain(d, lanes, x, result, scalar);
}

constexpr double kInfinity64 = std::numeric_limits<double>::infinity();
constexpr float kInfinity32 = std::numeric_limits<float>::infinity();

#define ADJOINT_FROM_SLEEF(Name, function) \
  struct Name {                            \
    template <class D, class V>            \
    static HWY_INLINE V apply(D, V x) {    \
      return sleef::function(x);           \
    }                                      \
  };
// The C library's functions are within the bound, too, if their results are rounded once more.
#define ADJOINT_FROM_SLEEF_EXCEPT(Name, function, mask)                                       \
  struct Name {                                                                               \
    template <class D, class V>                                                               \
    static HWY_INLINE V apply(D d, V x) {                                                     \
      return except(d, mask, x, sleef::function(x),                                           \
                    [](T<D> lane) { return std::function(static_cast<long double>(lane)); }); \
    }                                                                                         \
  };

ADJOINT_FROM_SLEEF(Log, log)
ADJOINT_FROM_SLEEF(Log2, log2)
ADJOINT_FROM_SLEEF(Log10, log10)
ADJOINT_FROM_SLEEF(Asin, asin)
ADJOINT_FROM_SLEEF(Acos, acos)
ADJOINT_FROM_SLEEF(Atan, atan)
ADJOINT_FROM_SLEEF(Atanh, atanh)
ADJOINT_FROM_SLEEF(Expm1, expm1)
ADJOINT_FROM_SLEEF_EXCEPT(Sinh, sinh, between(d, hn::Abs(x), 709, 711, 88.5F, 89.5F))
ADJOINT_FROM_SLEEF_EXCEPT(Cosh, cosh, between(d, hn::Abs(x), 709, 711, 88.5F, 89.5F))
// Its squares overflow.
ADJOINT_FROM_SLEEF_EXCEPT(Acosh, acosh, between(d, x, 1e154, kInfinity64, 1e19F, kInfinity32))
// Subnormal intermediate results.
ADJOINT_FROM_SLEEF_EXCEPT(Erf, erf, between(d, hn::Abs(x), 0, 1e-290, 0, 1e-30F))
ADJOINT_FROM_SLEEF(Erfc, erfc)

#undef ADJOINT_FROM_SLEEF
#undef ADJOINT_FROM_SLEEF_EXCEPT

// f(x) = x + O(x^2) to the last bit, where SLEEF loses that of a subnormal.
template <class D, class V>
HWY_INLINE V orItself(D d, V x, V result) {
  return hn::IfThenElse(hn::Lt(hn::Abs(x), constant(d, 0x1p-60, 0x1p-30F)), x, result);
}
struct Tan {
  template <class D, class V>
  static HWY_INLINE V apply(D d, V x) {
    return orItself(d, x, sleef::tan(x));
  }
};
struct Log1p {
  template <class D, class V>
  static HWY_INLINE V apply(D d, V x) {
    const auto huge = between(d, x, 1e307, kInfinity64, 1e38F, kInfinity32);
    const auto scalar = [](T<D> lane) { return std::log1p(static_cast<long double>(lane)); };
    return orItself(d, x, except(d, huge, x, sleef::log1p(x), scalar));
  }
};
struct Asinh {
  template <class D, class V>
  static HWY_INLINE V apply(D d, V x) {
    // Squares overflow.
    const auto huge = between(d, hn::Abs(x), 1e154, kInfinity64, 1e19F, kInfinity32);
    const auto scalar = [](T<D> lane) { return std::asinh(static_cast<long double>(lane)); };
    return orItself(d, x, except(d, huge, x, sleef::asinh(x), scalar));
  }
};

struct Exp {
  template <class D, class V>
  static HWY_INLINE V apply(D d, V x) {
    const V result = Exponential<T<D>>::exp(x);
    if constexpr (Exponential<T<D>>::kWholeRange) return result;
    const auto last = between(d, x, 709.78, 709.79, 88.72F, 88.73F);
    const auto scalar = [](T<D> lane) { return std::exp(static_cast<long double>(lane)); };
    return except(d, last, x, result, scalar);
  }
};
struct Tanh {
  template <class D, class V>
  static HWY_INLINE V apply(D, V x) {
    return Exponential<T<D>>::tanh(x);
  }
};

struct Sin {
  template <class D, class V>
  static HWY_INLINE V apply(D, V x) {
    return Trigonometric<T<D>>::sin(x);
  }
};
struct Cos {
  template <class D, class V>
  static HWY_INLINE V apply(D, V x) {
    return Trigonometric<T<D>>::cos(x);
  }
};

struct Sigmoid {
  template <class D, class V>
  static HWY_INLINE V apply(D d, V x) {
    const V one = hn::Set(d, T<D>(1));
    const V small = Exp::apply(d, hn::Neg(hn::Abs(x)));  // never overflows
    return hn::Div(hn::IfThenElse(hn::Lt(x, hn::Zero(d)), small, one), hn::Add(one, small));
  }
};

struct LogAddExp {
  template <class D, class V>
  static HWY_INLINE V apply(D d, V a, V b) {
    const V difference = hn::Sub(a, b);
    const V larger = hn::IfThenElse(hn::Gt(difference, hn::Zero(d)), a, b);
    const V sum = hn::Add(larger, sleef::log1p(Exp::apply(d, hn::Neg(hn::Abs(difference)))));
    const V twice =
        hn::Add(a, hn::Set(d, static_cast<T<D>>(0.693147180559945309417232121458176568)));
    const V result = hn::IfThenElse(hn::Eq(a, b), twice, sum);  // infinities included
    return hn::IfThenElse(hn::And(hn::IsNaN(difference), hn::Ne(a, b)), difference, result);
  }
};

struct Atan2 {
  template <class D, class V>
  static HWY_INLINE V apply(D, V y, V x) {
    return sleef::atan2(y, x);
  }
};
struct Hypot {
  template <class D, class V>
  static HWY_INLINE V apply(D, V x, V y) {
    return sleef::hypot(x, y);
  }
};

// Squares are the most frequent powers, and exactly rounded wherever they stand.
struct Pow {
  template <class D, class V>
  static HWY_INLINE V apply(D d, V base, V exponent) {
    const auto square = hn::Eq(exponent, hn::Set(d, T<D>(2)));
    const V result = hn::Mul(base, base);
    if (hn::AllTrue(d, square)) return result;
    return hn::IfThenElse(square, result, sleef::pow(base, exponent));
  }
};

}  // namespace

void addElementary(KernelTable& table) {
  addVectorUnary<Exp>(table, "exp");
  addVectorUnary<Expm1>(table, "expm1");
  addVectorUnary<Log>(table, "log");
  addVectorUnary<Log1p>(table, "log1p");
  addVectorUnary<Log2>(table, "log2");
  addVectorUnary<Log10>(table, "log10");
  addVectorUnary<Sin>(table, "sin");
  addVectorUnary<Cos>(table, "cos");
  addVectorUnary<Tan>(table, "tan");
  addVectorUnary<Asin>(table, "asin");
  addVectorUnary<Acos>(table, "acos");
  addVectorUnary<Atan>(table, "atan");
  addVectorUnary<Sinh>(table, "sinh");
  addVectorUnary<Cosh>(table, "cosh");
  addVectorUnary<Tanh>(table, "tanh");
  addVectorUnary<Asinh>(table, "asinh");
  addVectorUnary<Acosh>(table, "acosh");
  addVectorUnary<Atanh>(table, "atanh");
  addVectorUnary<Erf>(table, "erf");
  addVectorUnary<Erfc>(table, "erfc");
  addVectorUnary<Sigmoid>(table, "sigmoid");
  addVectorBinary<Atan2>(table, "atan2");
  addVectorBinary<Hypot>(table, "hypot");
  addVectorBinary<LogAddExp>(table, "logaddexp");
  addVectorBinary<Pow>(table, "pow");
}

}  // namespace HWY_NAMESPACE
}  // namespace adjoint
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {
void registerElementary(KernelTable& table) { ADJOINT_DISPATCH(addElementary)(table); }
}  // namespace adjoint
#endif
