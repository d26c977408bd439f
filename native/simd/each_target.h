// Compiles the including file, whose path HWY_TARGET_INCLUDE holds, once for every target.
#include "enabled_targets.h"
#include "target.h"

// This order is Highway's demand.
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

// The function of that name in the namespace of the target that kernels are registered for.
// If a file has no copy for it the next best: Highway numbers better targets lower.
// Highway's own dispatch would do the same, but lives in a library that needs the C++ runtime.
#undef ADJOINT_IF_TARGET
#define ADJOINT_IF_TARGET(target, function) \
  adjoint::simdTarget() <= HWY_##target ? &N_##target::function:
#undef ADJOINT_IF_AVX3
#if HWY_TARGETS & HWY_AVX3
#define ADJOINT_IF_AVX3(function) ADJOINT_IF_TARGET(AVX3, function)
#else
#define ADJOINT_IF_AVX3(function)
#endif
#undef ADJOINT_IF_AVX2
#if HWY_TARGETS & HWY_AVX2
#define ADJOINT_IF_AVX2(function) ADJOINT_IF_TARGET(AVX2, function)
#else
#define ADJOINT_IF_AVX2(function)
#endif
#undef ADJOINT_IF_SSE4
#if HWY_TARGETS & HWY_SSE4
#define ADJOINT_IF_SSE4(function) ADJOINT_IF_TARGET(SSE4, function)
#else
#define ADJOINT_IF_SSE4(function)
#endif
#undef ADJOINT_DISPATCH
#define ADJOINT_DISPATCH(function)                                                 \
  (ADJOINT_IF_AVX3(function) ADJOINT_IF_AVX2(function) ADJOINT_IF_SSE4(function) & \
   HWY_NAMESPACE::function)
