// SLEEF's functions on Highway's vectors, for every target: those with an error below 1 ulp (1.5
// for erfc), in the variants that promise the same bits for an element whatever its neighbours are.
// https://sleef.org/purec.xhtml; N. Shibata, F. Petrogalli, SLEEF: A Portable Vectorized Library of
// C Standard Mathematical Functions, IEEE Trans. Parallel Distrib. Syst. 31 (2020).
//
// Its header declares only what the compiler's flags allow, so the declarations stand here.
#if defined(ADJOINT_SIMD_SLEEF_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ADJOINT_SIMD_SLEEF_H
#undef ADJOINT_SIMD_SLEEF_H
#else
#define ADJOINT_SIMD_SLEEF_H
#endif

HWY_BEFORE_NAMESPACE();
namespace adjoint {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#undef ADJOINT_SLEEF_F64
#undef ADJOINT_SLEEF_F32
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
#define ADJOINT_SLEEF_F64(function, bound) Sleef_finz_##function##d8_##bound##avx512f
#define ADJOINT_SLEEF_F32(function, bound) Sleef_finz_##function##f16_##bound##avx512f
#elif HWY_TARGET == HWY_AVX2
#define ADJOINT_SLEEF_F64(function, bound) Sleef_finz_##function##d4_##bound##avx2
#define ADJOINT_SLEEF_F32(function, bound) Sleef_finz_##function##f8_##bound##avx2
#elif HWY_TARGET == HWY_SSE4
#define ADJOINT_SLEEF_F64(function, bound) Sleef_cinz_##function##d2_##bound##sse4
#define ADJOINT_SLEEF_F32(function, bound) Sleef_cinz_##function##f4_##bound##sse4
#elif HWY_ARCH_X86 && HWY_TARGET == HWY_SSE2  // later Highways' baseline
#define ADJOINT_SLEEF_F64(function, bound) Sleef_cinz_##function##d2_##bound##sse2
#define ADJOINT_SLEEF_F32(function, bound) Sleef_cinz_##function##f4_##bound##sse2
#elif HWY_ARCH_ARM_A64 && HWY_TARGET != HWY_SCALAR
#define ADJOINT_SLEEF_F64(function, bound) Sleef_finz_##function##d2_##bound##advsimd
#define ADJOINT_SLEEF_F32(function, bound) Sleef_finz_##function##f4_##bound##advsimd
#else
#define ADJOINT_SLEEF_F64(function, bound) Sleef_cinz_##function##d1_##bound##purec
#define ADJOINT_SLEEF_F32(function, bound) Sleef_cinz_##function##f1_##bound##purec
#endif

using F64 = hn::Vec<hn::ScalableTag<double>>;
using F32 = hn::Vec<hn::ScalableTag<float>>;

using Raw64 = decltype(F64::raw);
using Raw32 = decltype(F32::raw);

HWY_INLINE F64 callSleef(Raw64 (*function)(Raw64), F64 x) { return F64{function(x.raw)}; }
HWY_INLINE F32 callSleef(Raw32 (*function)(Raw32), F32 x) { return F32{function(x.raw)}; }
HWY_INLINE F64 callSleef(Raw64 (*function)(Raw64, Raw64), F64 x, F64 y) {
  return F64{function(x.raw, y.raw)};
}
HWY_INLINE F32 callSleef(Raw32 (*function)(Raw32, Raw32), F32 x, F32 y) {
  return F32{function(x.raw, y.raw)};
}

#undef ADJOINT_SLEEF_UNARY
#define ADJOINT_SLEEF_UNARY(function, bound)                                                  \
  extern "C" Raw64 ADJOINT_SLEEF_F64(function, bound)(Raw64);                                 \
  extern "C" Raw32 ADJOINT_SLEEF_F32(function, bound)(Raw32);                                 \
  HWY_INLINE F64 function(F64 x) { return callSleef(ADJOINT_SLEEF_F64(function, bound), x); } \
  HWY_INLINE F32 function(F32 x) { return callSleef(ADJOINT_SLEEF_F32(function, bound), x); }
#undef ADJOINT_SLEEF_BINARY
#define ADJOINT_SLEEF_BINARY(function, bound)                        \
  extern "C" Raw64 ADJOINT_SLEEF_F64(function, bound)(Raw64, Raw64); \
  extern "C" Raw32 ADJOINT_SLEEF_F32(function, bound)(Raw32, Raw32); \
  HWY_INLINE F64 function(F64 x, F64 y) {                            \
    return callSleef(ADJOINT_SLEEF_F64(function, bound), x, y);      \
  }                                                                  \
  HWY_INLINE F32 function(F32 x, F32 y) {                            \
    return callSleef(ADJOINT_SLEEF_F32(function, bound), x, y);      \
  }

namespace sleef {
ADJOINT_SLEEF_UNARY(exp, u10)
ADJOINT_SLEEF_UNARY(expm1, u10)
ADJOINT_SLEEF_UNARY(log, u10)
ADJOINT_SLEEF_UNARY(log1p, u10)
ADJOINT_SLEEF_UNARY(log2, u10)
ADJOINT_SLEEF_UNARY(log10, u10)
ADJOINT_SLEEF_UNARY(sin, u10)
ADJOINT_SLEEF_UNARY(cos, u10)
ADJOINT_SLEEF_UNARY(tan, u10)
ADJOINT_SLEEF_UNARY(asin, u10)
ADJOINT_SLEEF_UNARY(acos, u10)
ADJOINT_SLEEF_UNARY(atan, u10)
ADJOINT_SLEEF_UNARY(sinh, u10)
ADJOINT_SLEEF_UNARY(cosh, u10)
ADJOINT_SLEEF_UNARY(tanh, u10)
ADJOINT_SLEEF_UNARY(asinh, u10)
ADJOINT_SLEEF_UNARY(acosh, u10)
ADJOINT_SLEEF_UNARY(atanh, u10)
ADJOINT_SLEEF_UNARY(erf, u10)
ADJOINT_SLEEF_UNARY(erfc, u15)
ADJOINT_SLEEF_BINARY(pow, u10)
ADJOINT_SLEEF_BINARY(atan2, u10)
ADJOINT_SLEEF_BINARY(hypot, u05)
}  // namespace sleef

}  // namespace HWY_NAMESPACE
}  // namespace adjoint
HWY_AFTER_NAMESPACE();

#endif
