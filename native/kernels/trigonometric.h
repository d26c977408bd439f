// sin and cos: SLEEF's, but in float64, where multiplications and additions are fused, others that
// are as exact (below 1 ulp) in fewer instructions.
//
// With n = round(x / (pi / 2)), the rest r = x - n pi / 2 in two parts and its square z, the result
// is up to its sign sin r = r + r^3 s(z) or cos r = 1 - z / 2 + z^2 c(z), where s and c are the
// polynomials whose relative errors are least, below 2^-57, over |r| <= pi / 4 (W. Cody, W. Waite,
// Software Manual for the Elementary Functions, 1980). Large arguments, and those close to a
// multiple of pi / 2, whose rest would have too few digits, are left to SLEEF.
#if defined(ADJOINT_KERNELS_TRIGONOMETRIC_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ADJOINT_KERNELS_TRIGONOMETRIC_H
#undef ADJOINT_KERNELS_TRIGONOMETRIC_H
#else
#define ADJOINT_KERNELS_TRIGONOMETRIC_H
#endif

#include <cstdint>

#include "../simd/sleef.h"

HWY_BEFORE_NAMESPACE();
namespace adjoint {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class T>
struct Trigonometric {
  template <class V>
  static HWY_INLINE V sin(V x) {
    return sleef::sin(x);
  }
  template <class V>
  static HWY_INLINE V cos(V x) {
    return sleef::cos(x);
  }
};

#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
template <>
class Trigonometric<double> {
 public:
  static HWY_INLINE F64 sin(F64 x) {
    const Rest rest = restOf(x);
    const F64 y = wave(rest, rest.quadrant);
    // x itself, with the sign of a zero.
    const F64 result = hn::IfThenElse(hn::Lt(hn::Abs(x), set(0x1p-27)), x, y);
    if (HWY_LIKELY(hn::AllFalse(kD, rest.hard))) return result;
    return hn::IfThenElse(rest.hard, sleef::sin(x), result);
  }
  static HWY_INLINE F64 cos(F64 x) {
    const Rest rest = restOf(x);
    const F64 result = wave(rest, hn::Add(rest.quadrant, hn::Set(kBits, 1)));
    if (HWY_LIKELY(hn::AllFalse(kD, rest.hard))) return result;
    return hn::IfThenElse(rest.hard, sleef::cos(x), result);
  }

 private:
  static constexpr hn::ScalableTag<double> kD{};
  static constexpr hn::ScalableTag<std::uint64_t> kBits{};
  using Bits = hn::Vec<hn::ScalableTag<std::uint64_t>>;
  static constexpr double kTwoOverPi = 0.6366197723675814;
  // So few bits that its products with n are exact.
  static constexpr double kHalfPiHigh = 0x1.921fb544p+0;
  static constexpr double kHalfPiLow = 0x1.0b4611a626331p-34;
  static constexpr double kLargest = 0x1p20;
  static constexpr double kSmallestRest = 0x1p-10;

  struct Rest {
    F64 r;
    F64 low;
    Bits quadrant;  // in its last bits
    hn::Mask<hn::ScalableTag<double>> hard;
  };

  static HWY_INLINE F64 set(double value) { return hn::Set(kD, value); }

  static HWY_INLINE Rest restOf(F64 x) {
    const F64 n = hn::Round(hn::Mul(x, set(kTwoOverPi)));
    const F64 high = hn::NegMulAdd(n, set(kHalfPiHigh), x);
    const F64 taken = hn::Mul(n, set(kHalfPiLow));
    const F64 r = hn::Sub(high, taken);
    const F64 low = hn::Sub(hn::Sub(high, r), taken);
    const auto large = hn::Not(hn::Lt(hn::Abs(x), set(kLargest)));  // NaN as well
    const auto close = hn::And(hn::Lt(hn::Abs(r), set(kSmallestRest)), hn::Ne(n, hn::Zero(kD)));
    return {r, low, hn::BitCast(kBits, hn::Add(n, set(0x1.8p52))), hn::Or(large, close)};
  }

  static HWY_INLINE F64 wave(const Rest& rest, Bits quadrant) {
    const F64 r = rest.r;
    const F64 z = hn::Mul(r, r);
    const F64 z2 = hn::Mul(z, z);
    const F64 half = hn::Mul(z, set(0.5));
    const F64 s01 = hn::MulAdd(z, set(0.008333333333322108), set(-0.1666666666666663));
    const F64 s23 = hn::MulAdd(z, set(2.7557313617942013e-06), set(-0.00019841269829579927));
    const F64 s45 = hn::MulAdd(z, set(1.589619700445731e-10), set(-2.505074720696303e-08));
    const F64 s = hn::MulAdd(z2, hn::MulAdd(z2, s45, s23), s01);
    const F64 c01 = hn::MulAdd(z, set(-0.001388888888887304), set(0.041666666666666595));
    const F64 c23 = hn::MulAdd(z, set(-2.7557314176207373e-07), set(2.480158728884128e-05));
    const F64 c45 = hn::MulAdd(z, set(-1.1358513738551966e-11), set(2.087570041183091e-09));
    const F64 c = hn::MulAdd(z2, hn::MulAdd(z2, c45, c23), c01);
    // low (1 - z / 2) and -r low are what the second part of the rest adds.
    const F64 sine =
        hn::Add(r, hn::MulAdd(hn::Mul(z, r), s, hn::NegMulAdd(rest.low, half, rest.low)));
    const F64 most = hn::Sub(set(1), half);
    const F64 lost = hn::Sub(hn::Sub(set(1), most), half);
    const F64 cosine = hn::Add(most, hn::MulAdd(z2, c, hn::NegMulAdd(r, rest.low, lost)));
    const auto odd = hn::MaskFromVec(hn::BitCast(kD, hn::ShiftLeft<63>(quadrant)));
    const F64 sign = hn::BitCast(kD, hn::ShiftLeft<63>(hn::ShiftRight<1>(quadrant)));
    return hn::Xor(hn::IfThenElse(odd, cosine, sine), sign);
  }
};
#endif

}  // namespace HWY_NAMESPACE
}  // namespace adjoint
HWY_AFTER_NAMESPACE();

#endif
