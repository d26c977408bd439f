// The targets that Highway compiles for: the baseline, SSE4, AVX2 and AVX-512, or NEON. SSSE3 and
// AVX-512's extensions would bring nothing that the kernels use; SLEEF has no vectors for SVE here.
#pragma once

//
// A file may leave more out: its binary code is smaller then, and where memory sets the pace a
// wider vector gains nothing.
#ifndef ADJOINT_NOT_COMPILED_FOR
#define ADJOINT_NOT_COMPILED_FOR 0
#endif
#define HWY_DISABLED_TARGETS                                                   \
  (HWY_SSSE3 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | \
   (ADJOINT_NOT_COMPILED_FOR))

// One element at a time is the fallback: the compiler vectorises what is not a call.
#define HWY_BROKEN_EMU128 1
