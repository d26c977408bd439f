// Loops written for vectors and compiled for several widths of them. The body is a template that is
// always inlined: each version is compiled for its own target, and no code of a wider one can stand
// in for another.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "simd/target.h"

#if defined(__GNUC__)
#define ADJOINT_ALWAYS_INLINE inline __attribute__((always_inline))
#define ADJOINT_UNROLL _Pragma("GCC unroll 16")
#else
#define ADJOINT_ALWAYS_INLINE __forceinline
#define ADJOINT_UNROLL
#endif

#if defined(__x86_64__) && defined(__GNUC__)
#define ADJOINT_AVX2 __attribute__((target("avx2,fma")))
#if defined(__clang__)
#define ADJOINT_AVX512 \
  __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma"), min_vector_width(512)))
#else
#define ADJOINT_AVX512 \
  __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma,prefer-vector-width=512")))
#endif
#else
#define ADJOINT_AVX2
#define ADJOINT_AVX512
#endif

namespace adjoint {

// A vector of kBytes, or one element where the compiler has none.
template <int kBytes, class T>
struct Vectors {
  using Index = std::conditional_t<sizeof(T) == 8, std::int64_t, std::int32_t>;
#if defined(__GNUC__)
  typedef T Vector __attribute__((vector_size(kBytes)));  // NOLINT(modernize-use-using)
  using Integers = decltype(Vector{} < Vector{});
#else
  using Vector = T;
  using Integers = Index;
#endif
  static constexpr int kLanes = sizeof(Vector) / sizeof(T);
};

// Defines name(arguments) as the version of name##Body<bytes of a vector> that fits the target.
#define ADJOINT_FOR_TARGETS(name, Arguments)               \
  template <class T>                                       \
  int name##Baseline(const Arguments<T>& x) {              \
    return name##Body<16>(x);                              \
  }                                                        \
  template <class T>                                       \
  ADJOINT_AVX2 int name##Avx2(const Arguments<T>& x) {     \
    return name##Body<32>(x);                              \
  }                                                        \
  template <class T>                                       \
  ADJOINT_AVX512 int name##Avx512(const Arguments<T>& x) { \
    return name##Body<64>(x);                              \
  }                                                        \
  template <class T>                                       \
  int name(const Arguments<T>& x) {                        \
    switch (simdVectorBytes()) {                           \
      case 64:                                             \
        return name##Avx512<T>(x);                         \
      case 32:                                             \
        return name##Avx2<T>(x);                           \
      default:                                             \
        return name##Baseline<T>(x);                       \
    }                                                      \
  }

}  // namespace adjoint
