// Loops for functions that exist on vectors only. An element's result does not depend on where it
// stands: a rest that does not fill a vector, and elements that lie apart, are put into one.
#if defined(ADJOINT_KERNELS_VECTOR_FUNCTION_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ADJOINT_KERNELS_VECTOR_FUNCTION_H
#undef ADJOINT_KERNELS_VECTOR_FUNCTION_H
#else
#define ADJOINT_KERNELS_VECTOR_FUNCTION_H
#endif

#include <cstddef>
#include <cstdint>

#include "../kernel_table.h"
#include "elementwise.h"

HWY_BEFORE_NAMESPACE();
namespace adjoint {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Up to one vector of a run. What is behind its end is neither read nor written.
template <class T>
struct Lanes {
  static constexpr hn::ScalableTag<T> d{};
  using V = hn::Vec<hn::ScalableTag<T>>;
  static constexpr std::int64_t kCount = static_cast<std::int64_t>(hn::MaxLanes(d));

  static HWY_INLINE V load(const char* from, std::int64_t stride, std::int64_t count) {
    if (stride == 0) return hn::Set(d, *reinterpret_cast<const T*>(from));
    if (stride == sizeof(T)) {
      const T* x = reinterpret_cast<const T*>(from);
      if (count == kCount) return hn::LoadU(d, x);
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
      return hn::MaskedLoad(hn::FirstN(d, static_cast<std::size_t>(count)), d, x);
#endif
    }
    HWY_ALIGN T lanes[kCount] = {};
    for (std::int64_t i = 0; i < count; ++i)
      lanes[i] = *reinterpret_cast<const T*>(from + i * stride);
    return hn::Load(d, lanes);
  }

  static HWY_INLINE void store(V v, char* to, std::int64_t stride, std::int64_t count) {
    if (stride == sizeof(T)) {
      T* out = reinterpret_cast<T*>(to);
      if (count == kCount) {
        hn::StoreU(v, d, out);
        return;
      }
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
      hn::BlendedStore(v, hn::FirstN(d, static_cast<std::size_t>(count)), d, out);
      return;
#endif
    }
    HWY_ALIGN T lanes[kCount];
    hn::Store(v, d, lanes);
    for (std::int64_t i = 0; i < count; ++i) *advance<T>(to, i * stride) = lanes[i];
  }
};

template <class Function, class T>
void unaryVector(const Call& call, Status&) {
  constexpr std::int64_t kSizes[] = {sizeof(T), sizeof(T)};
  forEachRun<2>(call, kSizes, [](std::int64_t n, char* const* at, const std::int64_t* strides) {
    using L = Lanes<T>;
    std::int64_t i = 0;
    if (strides[0] == sizeof(T) && strides[1] == sizeof(T)) {
      const T* x = reinterpret_cast<const T*>(at[0]);
      T* out = reinterpret_cast<T*>(at[1]);
      for (; i + L::kCount <= n; i += L::kCount) {
        hn::StoreU(Function::apply(L::d, hn::LoadU(L::d, x + i)), L::d, out + i);
      }
    }
    for (; i < n; i += L::kCount) {
      const std::int64_t count = HWY_MIN(L::kCount, n - i);
      const auto x = L::load(at[0] + i * strides[0], strides[0], count);
      L::store(Function::apply(L::d, x), at[1] + i * strides[1], strides[1], count);
    }
  });
}

template <class Function, class T>
void binaryVector(const Call& call, Status&) {
  constexpr std::int64_t kSizes[] = {sizeof(T), sizeof(T), sizeof(T)};
  forEachRun<3>(call, kSizes, [](std::int64_t n, char* const* at, const std::int64_t* strides) {
    using L = Lanes<T>;
    for (std::int64_t i = 0; i < n; i += L::kCount) {
      const std::int64_t count = HWY_MIN(L::kCount, n - i);
      const auto a = L::load(at[0] + i * strides[0], strides[0], count);
      const auto b = L::load(at[1] + i * strides[1], strides[1], count);
      L::store(Function::apply(L::d, a, b), at[2] + i * strides[2], strides[2], count);
    }
  });
}

template <class Function>
void addVectorUnary(KernelTable& table, const char* name) {
  table.add(suffixed<float>(name), unaryVector<Function, float>, {DType::f32}, {DType::f32},
            {.kind = Kind::elementwise});
  table.add(suffixed<double>(name), unaryVector<Function, double>, {DType::f64}, {DType::f64},
            {.kind = Kind::elementwise});
}
template <class Function>
void addVectorBinary(KernelTable& table, const char* name) {
  table.add(suffixed<float>(name), binaryVector<Function, float>, {DType::f32, DType::f32},
            {DType::f32}, {.kind = Kind::elementwise});
  table.add(suffixed<double>(name), binaryVector<Function, double>, {DType::f64, DType::f64},
            {DType::f64}, {.kind = Kind::elementwise});
}

}  // namespace HWY_NAMESPACE
}  // namespace adjoint
HWY_AFTER_NAMESPACE();

#endif
