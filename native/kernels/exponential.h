// exp and tanh: SLEEF's, but in float64, where multiplications and additions are fused, others that
// are as exact (below 1 ulp) in half the instructions.
//
// With n = round(x / ln 2) and r = x - n ln 2, e^x = 2^n (1 + r + r^2 q(r)). ln 2 is taken off in
// two parts, of which the first has so few bits that its products with n are exact (W. Cody, W.
// Waite, Software Manual for the Elementary Functions, 1980). q is the polynomial whose relative
// error in e^r is least, 2^-57.9, over |r| <= ln 2 / 2.
#if defined(ADJOINT_KERNELS_EXPONENTIAL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ADJOINT_KERNELS_EXPONENTIAL_H
#undef ADJOINT_KERNELS_EXPONENTIAL_H
#else
#define ADJOINT_KERNELS_EXPONENTIAL_H
#endif

#include <cstdint>

#include "../simd/sleef.h"

HWY_BEFORE_NAMESPACE();
namespace adjoint {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class T>
struct Exponential {
  // Whether exp is finite up to the last argument whose exponential is.
  static constexpr bool kWholeRange = false;

  template <class V>
  static HWY_INLINE V exp(V x) {
    return sleef::exp(x);
  }
  template <class V>
  static HWY_INLINE V tanh(V x) {
    return sleef::tanh(x);
  }
};

#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
template <>
class Exponential<double> {
 public:
  static constexpr bool kWholeRange = true;

  static HWY_INLINE F64 exp(F64 x) {
    // Beyond these e^x is infinite or 0. NaN passes, because it is the second operand.
    const F64 clamped = hn::Min(set(710), hn::Max(set(-746), x));
    const F64 n = hn::Round(hn::Mul(clamped, set(kLog2E)));
    const F64 high = hn::NegMulAdd(n, set(kLn2High), clamped);
    const F64 low = hn::Mul(n, set(kLn2Low));
    const F64 r = hn::Sub(high, low);
    // The smaller terms first: the rounding of r itself must not add to that of the sum.
    const F64 p = hn::Add(high, hn::MulSub(hn::Mul(r, r), quotient(r), low));
    return scaled(hn::Add(set(1), p), n);
  }

  // (e^t - 1) / (e^t + 1) with t = 2 |x|. Numerator and denominator are sums of two parts, and the
  // quotient is corrected by what is left of the numerator.
  static HWY_INLINE F64 tanh(F64 x) {
    const F64 t = hn::Min(set(38), hn::Abs(hn::Add(x, x)));
    const F64 n = hn::Round(hn::Mul(t, set(kLog2E)));
    const F64 high = hn::NegMulAdd(n, set(kLn2High), t);
    const F64 taken = hn::Mul(n, set(kLn2Low));
    const F64 r = hn::Sub(high, taken);
    const F64 rLow = hn::Sub(hn::Sub(high, r), taken);
    const F64 bend = hn::Mul(hn::Mul(r, r), quotient(r));
    const F64 p = hn::Add(r, bend);  // e^r - 1
    const F64 pLow = hn::Add(hn::Add(hn::Sub(r, p), bend), hn::MulAdd(rLow, p, rLow));
    const F64 two = scaled(set(1), n);
    const F64 grown = hn::Mul(two, p);
    const F64 grownLow = hn::Mul(two, pLow);
    const F64 less = hn::Sub(two, set(1));
    const F64 more = hn::Add(two, set(1));
    // What they lose from 2^53 on.
    const F64 lessLow = hn::Sub(hn::Sub(two, less), set(1));
    const F64 moreLow = hn::Sub(set(1), hn::Sub(more, two));
    const F64 numerator = hn::Add(less, grown);
    const F64 numeratorLow =
        hn::Add(hn::Add(hn::Sub(less, numerator), grown), hn::Add(grownLow, lessLow));
    const F64 denominator = hn::Add(more, grown);
    const F64 denominatorLow =
        hn::Add(hn::Add(hn::Sub(more, denominator), grown), hn::Add(grownLow, moreLow));
    const F64 inverse = hn::Div(set(1), denominator);
    const F64 ratio = hn::Mul(numerator, inverse);
    const F64 left = hn::Add(hn::NegMulAdd(ratio, denominator, numerator),
                             hn::NegMulAdd(ratio, denominatorLow, numeratorLow));
    return hn::CopySign(hn::MulAdd(left, inverse, ratio), x);
  }

 private:
  static constexpr double kLog2E = 1.4426950408889634;
  static constexpr double kLn2High = 0x1.62e42feep-1;
  static constexpr double kLn2Low = 0x1.a39ef35793c76p-33;

  static HWY_INLINE F64 set(double value) { return hn::Set(hn::ScalableTag<double>(), value); }

  // (e^r - 1 - r) / r^2
  static HWY_INLINE F64 quotient(F64 r) {
    const F64 r2 = hn::Mul(r, r);
    const F64 q01 = hn::MulAdd(r, set(0.16666666666666413), set(0.5000000000000011));
    const F64 q23 = hn::MulAdd(r, set(0.00833333333349447), set(0.041666666666530155));
    const F64 q45 = hn::MulAdd(r, set(0.0001984126950655535), set(0.0013888888943630238));
    const F64 q67 = hn::MulAdd(r, set(2.7557586396924854e-06), set(2.480149309884695e-05));
    const F64 q89 = hn::MulAdd(r, set(2.5000053778460074e-08), set(2.763024838543622e-07));
    return hn::MulAdd(r2, hn::MulAdd(r2, hn::MulAdd(r2, hn::MulAdd(r2, q89, q67), q45), q23), q01);
  }

  // v 2^n, rounded once.
  static HWY_INLINE F64 scaled(F64 v, F64 n) {
#if HWY_TARGET <= HWY_AVX3
    return F64{_mm512_scalef_pd(v.raw, n.raw)};
#else
    // In two steps, since 2^n itself may be no number.
    const F64 half = hn::Floor(hn::Mul(n, set(0.5)));
    return hn::Mul(hn::Mul(v, powerOfTwo(half)), powerOfTwo(hn::Sub(n, half)));
#endif
  }
#if HWY_TARGET > HWY_AVX3
  // Biased, n stands in the last bits of the sum; shifted, in those of an exponent.
  static HWY_INLINE F64 powerOfTwo(F64 n) {
    const hn::ScalableTag<double> d;
    const hn::ScalableTag<std::uint64_t> bits;
    const auto sum = hn::BitCast(bits, hn::Add(n, set(0x1.8p52 + 1023)));
    return hn::BitCast(d, hn::ShiftLeft<52>(sum));
  }
#endif
};
#endif

}  // namespace HWY_NAMESPACE
}  // namespace adjoint
HWY_AFTER_NAMESPACE();

#endif
