// Operations along the last axis of the iteration space: argmax, argmin, cumsum, cumprod,
// recurrence.
#include <complex>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "../batch.h"
#include "../families.h"
#include "../kernel_table.h"
#include "product.h"

namespace adjoint {
namespace {

using std::int32_t;
using std::int64_t;

// The first extreme wins, and NaN is more extreme than any number.
template <class T, bool kLargest>
void argExtreme(const Call& call, Status&) {
  const int last = call.rank - 1;
  const int64_t n = call.dims[last];
  const int64_t stride = call.operands[0].strides[last];
  if (n == 0) return;
  forEachBatch<2>(call, last, [&](int64_t, const int64_t* offsets) {
    const T* x = call.operands[0].as<const T>() + offsets[0];
    int64_t best = 0;
    T extreme = x[0];
    for (int64_t i = 1; i < n && extreme == extreme; ++i) {
      const T value = x[i * stride];
      if ((kLargest ? value > extreme : value < extreme) || value != value) {
        extreme = value;
        best = i;
      }
    }
    call.operands[1].as<int32_t>()[offsets[1]] = static_cast<int32_t>(best);
    return true;
  });
}

int indexable(const Call& call) {
  const int64_t n = call.dims[call.rank - 1];
  return n <= std::numeric_limits<int32_t>::max() ? kAccepted : kRefusedDims;
}

template <class T, bool kProduct>
void cumulate(const Call& call, Status& status) {
  using Wide = std::conditional_t<std::is_same_v<T, int32_t>, int64_t, T>;
  const int last = call.rank - 1;
  const int64_t n = call.dims[last];
  const int64_t inStride = call.operands[0].strides[last];
  const int64_t outStride = call.operands[1].strides[last];
  forEachBatch<2>(call, last, [&](int64_t flat, const int64_t* offsets) {
    const T* x = call.operands[0].as<const T>() + offsets[0];
    T* out = call.operands[1].as<T>() + offsets[1];
    Wide total = kProduct ? 1 : 0;
    for (int64_t i = 0; i < n; ++i) {
      const Wide value = x[i * inStride];
      total = kProduct ? product(total, value) : total + value;
      if constexpr (std::is_same_v<T, int32_t>) {
        if (total != static_cast<int32_t>(total)) {
          status.fail(Code::overflow, flat * n + i, 0);
          return false;
        }
      }
      out[i * outStride] = static_cast<T>(total);
    }
    return true;
  });
}

// y[i] = a[i] y[i - 1] + b[i], from nothing: a[0] does not matter.
template <class T>
void recurrence(const Call& call, Status&) {
  const int last = call.rank - 1;
  const int64_t n = call.dims[last];
  const int64_t aStride = call.operands[0].strides[last];
  const int64_t bStride = call.operands[1].strides[last];
  const int64_t outStride = call.operands[2].strides[last];
  if (n == 0) return;
  forEachBatch<3>(call, last, [&](int64_t, const int64_t* offsets) {
    const T* a = call.operands[0].as<const T>() + offsets[0];
    const T* b = call.operands[1].as<const T>() + offsets[1];
    T* out = call.operands[2].as<T>() + offsets[2];
    T y = b[0];
    out[0] = y;
    for (int64_t i = 1; i < n; ++i) {
      y = product(a[i * aStride], y) + b[i * bStride];
      out[i * outStride] = y;
    }
    return true;
  });
}

template <class T>
void addArgExtremes(KernelTable& table) {
  constexpr DType kType = dtypeOf<T>();
  table.add(suffixed<T>("argmax"), argExtreme<T, true>, {kType}, {DType::i32},
            {.minRank = 1, .layout = indexable});
  table.add(suffixed<T>("argmin"), argExtreme<T, false>, {kType}, {DType::i32},
            {.minRank = 1, .layout = indexable});
}

template <class T>
void addCumulations(KernelTable& table) {
  constexpr DType kType = dtypeOf<T>();
  constexpr Kind kKind = std::is_integral_v<T> ? Kind::general : Kind::infallible;
  table.add(suffixed<T>("cumsum"), cumulate<T, false>, {kType}, {kType},
            {.minRank = 1, .kind = kKind});
  table.add(suffixed<T>("cumprod"), cumulate<T, true>, {kType}, {kType},
            {.minRank = 1, .kind = kKind});
}

template <class T>
void addRecurrence(KernelTable& table) {
  constexpr DType kType = dtypeOf<T>();
  table.add(suffixed<T>("recurrence"), recurrence<T>, {kType, kType}, {kType},
            {.minRank = 1, .kind = Kind::infallible});
}

}  // namespace

void registerScan(KernelTable& table) {
  addArgExtremes<float>(table);
  addArgExtremes<double>(table);
  addArgExtremes<int32_t>(table);
  addArgExtremes<Bool>(table);
  addCumulations<float>(table);
  addCumulations<double>(table);
  addCumulations<int32_t>(table);
  addRecurrence<float>(table);
  addRecurrence<double>(table);
  addCumulations<std::complex<float>>(table);
  addCumulations<std::complex<double>>(table);
  addRecurrence<std::complex<float>>(table);
  addRecurrence<std::complex<double>>(table);
}

}  // namespace adjoint
