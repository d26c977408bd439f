// where, tril and triu: each output element is one of the inputs' or zero.
#undef HWY_TARGET_INCLUDE
#undef ADJOINT_NOT_COMPILED_FOR
#define HWY_TARGET_INCLUDE "kernels/select.cc"
#define ADJOINT_NOT_COMPILED_FOR HWY_AVX3 | HWY_SSE4
#include "../simd/each_target.h"

#include <algorithm>
#include <complex>
#include <cstdint>

#include "../batch.h"
#include "../families.h"
#include "elementwise.h"

HWY_BEFORE_NAMESPACE();
namespace adjoint {
namespace HWY_NAMESPACE {
namespace {

using std::int64_t;

// x and y either run along with the condition or are one number.
template <bool kOneX, bool kOneY, class T>
void chooseRun(int64_t n, char* const* at) {
  const Bool* condition = reinterpret_cast<const Bool*>(at[0]);
  const T* x = reinterpret_cast<const T*>(at[1]);
  const T* y = reinterpret_cast<const T*>(at[2]);
  T* out = reinterpret_cast<T*>(at[3]);
  const T oneX = *x;
  const T oneY = *y;
  ADJOINT_VECTORISE
  for (int64_t i = 0; i < n; ++i) {
    const T a = kOneX ? oneX : x[i];
    const T b = kOneY ? oneY : y[i];
    out[i] = condition[i] != 0 ? a : b;
  }
}

template <class T>
void where(const Call& call, Status&) {
  constexpr int64_t kSize = sizeof(T);
  constexpr int64_t kSizes[] = {1, kSize, kSize, kSize};
  forEachRun<4>(call, kSizes, [](int64_t n, char* const* at, const int64_t* strides) {
    if (strides[0] == 1 && strides[3] == kSize) {
      const int64_t x = strides[1];
      const int64_t y = strides[2];
      if (x == kSize && y == kSize) return chooseRun<false, false, T>(n, at);
      if (x == 0 && y == kSize) return chooseRun<true, false, T>(n, at);
      if (x == kSize && y == 0) return chooseRun<false, true, T>(n, at);
      if (x == 0 && y == 0) return chooseRun<true, true, T>(n, at);
    }
    for (int64_t i = 0; i < n; ++i) {
      const bool first = *advance<Bool>(at[0], i * strides[0]) != 0;
      *advance<T>(at[3], i * strides[3]) =
          first ? *advance<T>(at[1], i * strides[1]) : *advance<T>(at[2], i * strides[2]);
    }
  });
}

// Keeps element (i, j) where j - i <= k (lower) or j - i >= k.
template <class T, bool kLower>
void triangle(const Call& call, Status&) {
  const int r = call.rank;
  const int64_t m = call.dims[r - 2];
  const int64_t n = call.dims[r - 1];
  if (m == 0 || n == 0) return;
  const double bound = static_cast<double>(m + n);
  const auto k = static_cast<int64_t>(std::clamp(call.params[0], -bound, bound));
  const int64_t inRow = call.operands[0].strides[r - 2];
  const int64_t inCol = call.operands[0].strides[r - 1];
  const int64_t outRow = call.operands[1].strides[r - 2];
  const int64_t outCol = call.operands[1].strides[r - 1];
  forEachBatch<2>(call, r - 2, [&](int64_t, const int64_t* offsets) {
    const T* in = call.operands[0].as<const T>() + offsets[0];
    T* out = call.operands[1].as<T>() + offsets[1];
    for (int64_t i = 0; i < m; ++i) {
      const int64_t edge = std::clamp(i + k + (kLower ? 1 : 0), int64_t{0}, n);
      const int64_t from = kLower ? 0 : edge;
      const int64_t to = kLower ? edge : n;
      for (int64_t j = 0; j < from; ++j) out[i * outRow + j * outCol] = T(0);
      for (int64_t j = from; j < to; ++j) out[i * outRow + j * outCol] = in[i * inRow + j * inCol];
      for (int64_t j = to; j < n; ++j) out[i * outRow + j * outCol] = T(0);
    }
    return true;
  });
}

int notNaN(const Call& call) {
  return call.params[0] == call.params[0] ? kAccepted : kRefusedParams;
}

template <class T>
void addFor(KernelTable& table) {
  constexpr DType kType = dtypeOf<T>();
  table.add(suffixed<T>("tril"), triangle<T, true>, {kType}, {kType},
            {.params = 1, .minRank = 2, .layout = notNaN, .kind = Kind::infallible});
  table.add(suffixed<T>("triu"), triangle<T, false>, {kType}, {kType},
            {.params = 1, .minRank = 2, .layout = notNaN, .kind = Kind::infallible});
  table.add(suffixed<T>("where"), where<T>, {DType::boolean, kType, kType}, {kType},
            {.kind = Kind::elementwise});
}

}  // namespace

void addSelect(KernelTable& table) {
  addFor<float>(table);
  addFor<double>(table);
  addFor<std::int32_t>(table);
  addFor<Bool>(table);
  addFor<std::complex<float>>(table);
  addFor<std::complex<double>>(table);
}

}  // namespace HWY_NAMESPACE
}  // namespace adjoint
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {
void registerSelect(KernelTable& table) { ADJOINT_DISPATCH(addSelect)(table); }
}  // namespace adjoint
#endif
