#include "tile_product.h"
#undef HWY_TARGET_INCLUDE
#undef ADJOINT_NOT_COMPILED_FOR
#define HWY_TARGET_INCLUDE "tile_product.cc"
#define ADJOINT_NOT_COMPILED_FOR HWY_SSE4
#include "simd/each_target.h"
#include "vector_target.h"

#include <cstddef>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace adjoint {
namespace HWY_NAMESPACE {
namespace {

#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3

namespace hn = hwy::HWY_NAMESPACE;
using std::int64_t;

// Columns of C in a tile: two vectors of each, and as many independent sums as two units need to
// hide their latency.
#if HWY_TARGET == HWY_AVX3
constexpr int kColumns = 8;
#else
constexpr int kColumns = 6;
#endif

// Four rows to four columns.
HWY_INLINE void transposeFour(const double* from, int64_t fromRow, double* to, int64_t toRow) {
  const hn::FixedTag<double, 4> d;
  const auto r0 = hn::LoadU(d, from);
  const auto r1 = hn::LoadU(d, from + fromRow);
  const auto r2 = hn::LoadU(d, from + 2 * fromRow);
  const auto r3 = hn::LoadU(d, from + 3 * fromRow);
  const auto even0 = hn::InterleaveLower(d, r0, r1);
  const auto odd0 = hn::InterleaveUpper(d, r0, r1);
  const auto even1 = hn::InterleaveLower(d, r2, r3);
  const auto odd1 = hn::InterleaveUpper(d, r2, r3);
  hn::StoreU(hn::ConcatLowerLower(d, even1, even0), d, to);
  hn::StoreU(hn::ConcatLowerLower(d, odd1, odd0), d, to + toRow);
  hn::StoreU(hn::ConcatUpperUpper(d, even1, even0), d, to + 2 * toRow);
  hn::StoreU(hn::ConcatUpperUpper(d, odd1, odd0), d, to + 3 * toRow);
}

HWY_INLINE void transposeFour(const float* from, int64_t fromRow, float* to, int64_t toRow) {
  const hn::FixedTag<float, 4> d;
  const hn::FixedTag<double, 2> pairs;
  const auto r0 = hn::LoadU(d, from);
  const auto r1 = hn::LoadU(d, from + fromRow);
  const auto r2 = hn::LoadU(d, from + 2 * fromRow);
  const auto r3 = hn::LoadU(d, from + 3 * fromRow);
  const auto low0 = hn::BitCast(pairs, hn::InterleaveLower(d, r0, r1));
  const auto low1 = hn::BitCast(pairs, hn::InterleaveLower(d, r2, r3));
  const auto high0 = hn::BitCast(pairs, hn::InterleaveUpper(d, r0, r1));
  const auto high1 = hn::BitCast(pairs, hn::InterleaveUpper(d, r2, r3));
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, low0, low1)), d, to);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, low0, low1)), d, to + toRow);
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, high0, high1)), d, to + 2 * toRow);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, high0, high1)), d, to + 3 * toRow);
}

// Rows of `from`, which are contiguous, become columns of `to`.
template <class T>
void transpose(int rows, int columns, const T* from, int64_t fromRow, T* to, int64_t toRow) {
  int i = 0;
  for (; i + 4 <= rows; i += 4) {
    int j = 0;
    for (; j + 4 <= columns; j += 4) {
      transposeFour(from + i * fromRow + j, fromRow, to + j * toRow + i, toRow);
    }
    for (; j < columns; ++j) {
      for (int r = i; r < i + 4; ++r) to[j * toRow + r] = from[r * fromRow + j];
    }
  }
  for (; i < rows; ++i) {
    for (int j = 0; j < columns; ++j) to[j * toRow + i] = from[i * fromRow + j];
  }
}

// kVectors vectors of rows, the last of which may be a part of one, and kWide columns.
template <int kVectors, int kWide, bool kPartial, class T>
HWY_INLINE void tile(int rows, const TileProduct<T>& x, const T* a, const T* b, T* c) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(d));
  const auto last = hn::FirstN(d, static_cast<std::size_t>(rows - (kVectors - 1) * kLanes));
  V sums[kVectors][kWide];
  ADJOINT_UNROLL
  for (int v = 0; v < kVectors; ++v) {
    ADJOINT_UNROLL
    for (int j = 0; j < kWide; ++j) sums[v][j] = hn::Zero(d);
  }
  for (int l = 0; l < x.k; ++l) {
    V column[kVectors];
    ADJOINT_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      column[v] = kPartial && v == kVectors - 1 ? hn::MaskedLoad(last, d, a + v * kLanes)
                                                : hn::LoadU(d, a + v * kLanes);
    }
    ADJOINT_UNROLL
    for (int j = 0; j < kWide; ++j) {
      const V factor = hn::Set(d, b[j * x.bCol]);
      ADJOINT_UNROLL
      for (int v = 0; v < kVectors; ++v) sums[v][j] = hn::MulAdd(column[v], factor, sums[v][j]);
    }
    a += x.lda;
    b += x.bRow;
  }
  const V alpha = hn::Set(d, x.alpha);
  const V beta = hn::Set(d, x.beta);
  ADJOINT_UNROLL
  for (int j = 0; j < kWide; ++j) {
    ADJOINT_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      T* to = c + j * x.ldc + v * kLanes;
      const bool masked = kPartial && v == kVectors - 1;
      V sum = sums[v][j];
      if (x.alpha != T(1)) sum = hn::Mul(alpha, sum);
      if (x.beta != T(0)) {
        const V before = masked ? hn::MaskedLoad(last, d, to) : hn::LoadU(d, to);
        sum = x.beta == T(1) ? hn::Add(before, sum) : hn::MulAdd(beta, before, sum);
      }
      if (masked) {
        hn::BlendedStore(sum, last, d, to);
      } else {
        hn::StoreU(sum, d, to);
      }
    }
  }
}

template <int kVectors, bool kPartial, class T>
void panel(int rows, const TileProduct<T>& x, const T* a, T* c) {
  int j = 0;
  const auto b = [&] { return x.b + j * x.bCol; };
  for (; j + kColumns <= x.n; j += kColumns) {
    tile<kVectors, kColumns, kPartial, T>(rows, x, a, b(), c + j * x.ldc);
  }
  if (j + 4 <= x.n) {
    tile<kVectors, 4, kPartial, T>(rows, x, a, b(), c + j * x.ldc);
    j += 4;
  }
  if (j + 2 <= x.n) {
    tile<kVectors, 2, kPartial, T>(rows, x, a, b(), c + j * x.ldc);
    j += 2;
  }
  if (j < x.n) tile<kVectors, 1, kPartial, T>(rows, x, a, b(), c + j * x.ldc);
}

template <class T>
void multiplyTiles(const TileProduct<T>& given) {
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(hn::ScalableTag<T>()));
  TileProduct<T> x = given;
  HWY_ALIGN T straight[kMostOfTileKernel * kMostOfTileKernel];
  if (x.transposedA) {
    transpose(x.m, x.k, given.a, given.lda, straight, kMostOfTileKernel);
    x.a = straight;
    x.lda = kMostOfTileKernel;
  }
  for (int i = 0; i < x.m; i += 2 * kLanes) {
    const int rows = HWY_MIN(2 * kLanes, x.m - i);
    const T* a = x.a + i;
    T* c = x.c + i;
    if (rows == 2 * kLanes) {
      panel<2, false, T>(rows, x, a, c);
    } else if (rows > kLanes) {
      panel<2, true, T>(rows, x, a, c);
    } else if (rows == kLanes) {
      panel<1, false, T>(rows, x, a, c);
    } else {
      panel<1, true, T>(rows, x, a, c);
    }
  }
}

#endif

}  // namespace

template <class T>
TileKernel<T> findTileKernel() {
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
  return multiplyTiles<T>;
#else
  return nullptr;
#endif
}

// Instantiated under names, which the dispatch needs.
TileKernel<double> findTileKernelF64() { return findTileKernel<double>(); }
TileKernel<float> findTileKernelF32() { return findTileKernel<float>(); }

}  // namespace HWY_NAMESPACE
}  // namespace adjoint
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {
template <>
TileKernel<double> tileKernel<double>() {
  return ADJOINT_DISPATCH(findTileKernelF64)();
}
template <>
TileKernel<float> tileKernel<float>() {
  return ADJOINT_DISPATCH(findTileKernelF32)();
}
}  // namespace adjoint
#endif
