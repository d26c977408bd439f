// Reductions. An axis is reduced where the output's stride is 0. Float sums are pairwise along
// whatever is reduced, so that the error grows with the logarithm of the count.
#undef HWY_TARGET_INCLUDE
#undef ADJOINT_NOT_COMPILED_FOR
#define HWY_TARGET_INCLUDE "kernels/reduce.cc"
#define ADJOINT_NOT_COMPILED_FOR HWY_AVX3 | HWY_SSE4
#include "../simd/each_target.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdint>
#include <cstdlib>
#include <limits>

#include "../families.h"
#include "../kernel_table.h"
#include "product.h"

HWY_BEFORE_NAMESPACE();
namespace adjoint {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using std::int32_t;
using std::int64_t;

// An operation folds elements into accumulators; lanes of them are combined at the end.
template <class T>
struct SumFloat {
  using In = T;
  using Accumulator = double;
  static constexpr bool kPairwise = true;
  static constexpr double kIdentity = 0;
  static double fold(double acc, T x) { return acc + static_cast<double>(x); }
  static double combine(double a, double b) { return a + b; }
  static T finish(double acc, bool&) { return static_cast<T>(acc); }
};
template <class T>
struct SumComplex {
  using In = std::complex<T>;
  using Accumulator = std::complex<double>;
  static constexpr bool kPairwise = true;
  static constexpr Accumulator kIdentity = 0;
  static Accumulator fold(Accumulator acc, In x) { return acc + Accumulator(x); }
  static Accumulator combine(Accumulator a, Accumulator b) { return a + b; }
  static In finish(Accumulator acc, bool&) {
    return In(static_cast<T>(acc.real()), static_cast<T>(acc.imag()));
  }
};
struct SumInteger {
  using In = int32_t;
  using Accumulator = int64_t;
  static constexpr bool kPairwise = false;
  static constexpr int64_t kIdentity = 0;
  static int64_t fold(int64_t acc, int32_t x) { return acc + x; }
  static int64_t combine(int64_t a, int64_t b) { return a + b; }
  static int32_t finish(int64_t acc, bool& failed) {
    const auto result = static_cast<int32_t>(acc);
    failed = failed || result != acc;
    return result;
  }
};
template <class T>
struct ProdFloat {
  using In = T;
  using Accumulator = T;
  static constexpr bool kPairwise = false;
  static constexpr T kIdentity = 1;
  static T fold(T acc, T x) { return product(acc, x); }
  static T combine(T a, T b) { return product(a, b); }
  static T finish(T acc, bool&) { return acc; }
};
// Clamped just outside the 32-bit range: only a factor of zero leads back from there.
struct ProdInteger {
  using In = int32_t;
  using Accumulator = int64_t;
  static constexpr bool kPairwise = false;
  static constexpr int64_t kIdentity = 1;
  static constexpr int64_t kOutside = (int64_t{1} << 31) + 1;
  static int64_t fold(int64_t acc, int32_t x) { return combine(acc, x); }
  static int64_t combine(int64_t a, int64_t b) { return std::clamp(a * b, -kOutside, kOutside); }
  static int32_t finish(int64_t acc, bool& failed) { return SumInteger::finish(acc, failed); }
};
template <class T>
struct Max {
  using In = T;
  using Accumulator = T;
  static constexpr bool kPairwise = false;
  static constexpr T kIdentity = std::numeric_limits<T>::has_infinity
                                     ? -std::numeric_limits<T>::infinity()
                                     : std::numeric_limits<T>::lowest();
  static T fold(T acc, T x) { return static_cast<bool>(int{x > acc} | int{x != x}) ? x : acc; }
  template <class V>
  static HWY_INLINE V foldVector(V acc, V x) {
    return hn::IfThenElse(hn::Or(hn::Gt(x, acc), hn::IsNaN(x)), x, acc);
  }
  static T combine(T a, T b) { return fold(a, b); }
  static T finish(T acc, bool&) { return acc; }
};
template <class T>
struct Min {
  using In = T;
  using Accumulator = T;
  static constexpr bool kPairwise = false;
  static constexpr T kIdentity = std::numeric_limits<T>::has_infinity
                                     ? std::numeric_limits<T>::infinity()
                                     : std::numeric_limits<T>::max();
  static T fold(T acc, T x) { return static_cast<bool>(int{x < acc} | int{x != x}) ? x : acc; }
  template <class V>
  static HWY_INLINE V foldVector(V acc, V x) {
    return hn::IfThenElse(hn::Or(hn::Lt(x, acc), hn::IsNaN(x)), x, acc);
  }
  static T combine(T a, T b) { return fold(a, b); }
  static T finish(T acc, bool&) { return acc; }
};
struct Any {
  using In = Bool;
  using Accumulator = Bool;
  static constexpr bool kPairwise = false;
  static constexpr Bool kIdentity = 0;
  static Bool fold(Bool acc, Bool x) { return static_cast<Bool>(acc | (x != 0)); }
  static Bool combine(Bool a, Bool b) { return fold(a, b); }
  static Bool finish(Bool acc, bool&) { return acc; }
};
struct All {
  using In = Bool;
  using Accumulator = Bool;
  static constexpr bool kPairwise = false;
  static constexpr Bool kIdentity = 1;
  static Bool fold(Bool acc, Bool x) { return static_cast<Bool>(acc & (x != 0)); }
  static Bool combine(Bool a, Bool b) { return fold(a, b); }
  static Bool finish(Bool acc, bool&) { return acc; }
};

// The compiler vectorises the others by itself.
template <class Op>
constexpr bool hasVectors = false;
template <>
constexpr bool hasVectors<Max<float>> = true;
template <>
constexpr bool hasVectors<Max<double>> = true;
template <>
constexpr bool hasVectors<Min<float>> = true;
template <>
constexpr bool hasVectors<Min<double>> = true;

// Axes of one kind, outermost first, merged where possible.
struct Axes {
  int rank = 0;
  int64_t dims[kMaxRank];
  int64_t in[kMaxRank];
  int64_t out[kMaxRank];
  int64_t weight[kMaxRank];  // of this axis in the row-major index of the output

  void add(int64_t dim, int64_t inStride, int64_t outStride, int64_t flatWeight) {
    int at = rank++;
    for (; at > 0 && std::abs(in[at - 1]) < std::abs(inStride); --at) move(at - 1, at);
    dims[at] = dim;
    in[at] = inStride;
    out[at] = outStride;
    weight[at] = flatWeight;
  }
  void merge() {
    if (rank < 2) return;
    int last = 0;
    for (int axis = 1; axis < rank; ++axis) {
      if (in[last] == in[axis] * dims[axis] && out[last] == out[axis] * dims[axis] &&
          weight[last] == weight[axis] * dims[axis]) {
        const int64_t dim = dims[last] * dims[axis];
        move(axis, last);
        dims[last] = dim;
      } else {
        move(axis, ++last);
      }
    }
    rank = last + 1;
  }
  int64_t innerStride() const { return std::abs(in[rank - 1]); }

 private:
  void move(int from, int to) {
    dims[to] = dims[from];
    in[to] = in[from];
    out[to] = out[from];
    weight[to] = weight[from];
  }
};

// Calls body(inOffset, outOffset, flat) for every index over the first `rank` axes.
template <class Body>
void visit(const Axes& axes, int rank, Body&& body) {
  int64_t index[kMaxRank];
  for (int axis = 0; axis < rank; ++axis) index[axis] = 0;
  int64_t in = 0;
  int64_t out = 0;
  int64_t flat = 0;
  for (;;) {
    body(in, out, flat);
    int axis = rank - 1;
    for (; axis >= 0; --axis) {
      in += axes.in[axis];
      out += axes.out[axis];
      flat += axes.weight[axis];
      if (++index[axis] < axes.dims[axis]) break;
      in -= axes.in[axis] * axes.dims[axis];
      out -= axes.out[axis] * axes.dims[axis];
      flat -= axes.weight[axis] * axes.dims[axis];
      index[axis] = 0;
    }
    if (axis < 0) return;
  }
}

// How many accumulators a run has, whatever the width of vectors is: results are the same for all.
template <class Op>
constexpr int lanesOf() {
  return hasVectors<Op> ? 128 / static_cast<int>(sizeof(typename Op::In)) : 8;
}
constexpr int64_t kBlock = 128;  // elements summed without recursion
constexpr int kLevels = 64;

// Folds whole rounds of contiguous elements into the lanes.
template <class Op>
std::int64_t foldRounds(const typename Op::In* x, int64_t n, typename Op::Accumulator* lanes) {
  constexpr int kLanes = lanesOf<Op>();
  int64_t i = 0;
  if constexpr (hasVectors<Op>) {
    const hn::ScalableTag<typename Op::In> d;
    constexpr int kWidth = static_cast<int>(hn::MaxLanes(d));
    hn::Vec<decltype(d)> vectors[kLanes / kWidth];
    for (auto& vector : vectors) vector = hn::Set(d, Op::kIdentity);
    for (; i + kLanes <= n; i += kLanes) {
      for (int v = 0; v < kLanes / kWidth; ++v) {
        vectors[v] = Op::foldVector(vectors[v], hn::LoadU(d, x + i + v * kWidth));
      }
    }
    for (int v = 0; v < kLanes / kWidth; ++v) hn::StoreU(vectors[v], d, lanes + v * kWidth);
  } else {
    for (; i + kLanes <= n; i += kLanes) {
      for (int lane = 0; lane < kLanes; ++lane) lanes[lane] = Op::fold(lanes[lane], x[i + lane]);
    }
  }
  return i;
}

template <class Op>
typename Op::Accumulator foldBlock(const typename Op::In* x, int64_t n, int64_t stride) {
  using Accumulator = typename Op::Accumulator;
  constexpr int kLanes = lanesOf<Op>();
  Accumulator result = Op::kIdentity;
  int64_t i = 0;
  if (n >= kLanes) {
    Accumulator lanes[kLanes];
    for (int lane = 0; lane < kLanes; ++lane) lanes[lane] = Op::kIdentity;
    if (stride == 1) {
      i = foldRounds<Op>(x, n, lanes);
    } else {
      for (; i + kLanes <= n; i += kLanes) {
        for (int lane = 0; lane < kLanes; ++lane) {
          lanes[lane] = Op::fold(lanes[lane], x[(i + lane) * stride]);
        }
      }
    }
    for (int width = kLanes / 2; width > 0; width /= 2) {
      for (int lane = 0; lane < width; ++lane) {
        lanes[lane] = Op::combine(lanes[lane], lanes[lane + width]);
      }
    }
    result = lanes[0];
  }
  for (; i < n; ++i) result = Op::fold(result, x[i * stride]);
  return result;
}

// Pairwise summation of a stream: a binary counter whose digits are partial sums.
template <class Accumulator>
class Cascade {
 public:
  template <class Combine>
  void push(Accumulator value, Combine combine) {
    int level = 0;
    for (; (occupied_ >> level & 1U) != 0; ++level) value = combine(levels_[level], value);
    occupied_ = (occupied_ >> level | 1U) << level;
    levels_[level] = value;
  }
  template <class Combine>
  Accumulator total(Accumulator value, Combine combine) const {
    for (int level = 0; level < kLevels; ++level) {
      if ((occupied_ >> level & 1U) != 0) value = combine(levels_[level], value);
    }
    return value;
  }

 private:
  std::uint64_t occupied_ = 0;
  Accumulator levels_[kLevels];
};

template <class Op>
typename Op::Accumulator foldAll(const typename Op::In* x, const Axes& reduced) {
  using Accumulator = typename Op::Accumulator;
  const int inner = reduced.rank - 1;
  const int64_t n = reduced.dims[inner];
  const int64_t stride = reduced.in[inner];
  if (inner == 0 && (!Op::kPairwise || n <= kBlock)) return foldBlock<Op>(x, n, stride);
  if constexpr (Op::kPairwise) {
    Cascade<Accumulator> cascade;
    visit(reduced, inner, [&](int64_t in, int64_t, int64_t) {
      for (int64_t i = 0; i < n; i += kBlock) {
        cascade.push(foldBlock<Op>(x + in + i * stride, std::min(kBlock, n - i), stride),
                     Op::combine);
      }
    });
    return cascade.total(Op::kIdentity, Op::combine);
  } else {
    Accumulator result = Op::kIdentity;
    visit(reduced, inner, [&](int64_t in, int64_t, int64_t) {
      result = Op::combine(result, foldBlock<Op>(x + in, n, stride));
    });
    return result;
  }
}

// Reduces a strip of columns at once: rows of the input are added to a row of accumulators.
template <class Op>
class Strip {
 public:
  using In = typename Op::In;
  using Accumulator = typename Op::Accumulator;
  static constexpr int64_t kWidth = 256;
  static constexpr int64_t kRows = 32;  // folded without recursion

  void reduce(const In* x, int64_t stride, int64_t width, const Axes& reduced) {
    width_ = width;
    occupied_ = 0;
    clear();
    int64_t rows = 0;
    visit(reduced, reduced.rank, [&](int64_t in, int64_t, int64_t) {
      const In* row = x + in;
      if (stride == 1) {
        for (int64_t j = 0; j < width; ++j) row_[j] = Op::fold(row_[j], row[j]);
      } else {
        for (int64_t j = 0; j < width; ++j) row_[j] = Op::fold(row_[j], row[j * stride]);
      }
      if (Op::kPairwise && ++rows == kRows) {
        push();
        rows = 0;
      }
    });
    if constexpr (Op::kPairwise) {
      for (int level = 0; level < kStripLevels; ++level) {
        if ((occupied_ >> level & 1U) != 0) addLevel(level);
      }
    }
  }
  Accumulator operator[](int64_t column) const { return row_[column]; }

 private:
  static constexpr int kStripLevels = Op::kPairwise ? 48 : 1;

  void clear() {
    for (int64_t j = 0; j < width_; ++j) row_[j] = Op::kIdentity;
  }
  void addLevel(int level) {
    for (int64_t j = 0; j < width_; ++j) row_[j] = Op::combine(levels_[level][j], row_[j]);
  }
  void push() {
    int level = 0;
    for (; (occupied_ >> level & 1U) != 0; ++level) addLevel(level);
    occupied_ = (occupied_ >> level | 1U) << level;
    std::copy_n(row_, width_, levels_[level]);
    clear();
  }

  int64_t width_ = 0;
  std::uint64_t occupied_ = 0;
  Accumulator row_[kWidth];
  Accumulator levels_[kStripLevels][kWidth];
};

template <class Op>
void reduce(const Call& call, Status& status) {
  using T = typename Op::In;
  const auto store = [&status](T* out, typename Op::Accumulator acc, int64_t flat) {
    bool failed = false;
    *out = Op::finish(acc, failed);
    if (failed) status.fail(Code::overflow, flat, 0);
  };
  const T* x = call.operands[0].as<const T>();
  T* out = call.operands[1].as<T>();
  if (call.rank == 1 && call.operands[1].strides[0] == 0 && call.dims[0] <= kBlock) {
    store(out, foldBlock<Op>(x, call.dims[0], call.operands[0].strides[0]), 0);
    return;
  }
  Axes kept;
  Axes reduced;
  int64_t weight = 1;
  for (int axis = call.rank - 1; axis >= 0; --axis) {
    const int64_t dim = call.dims[axis];
    const int64_t outStride = call.operands[1].strides[axis];
    if (dim == 1) continue;
    if (outStride == 0) {
      reduced.add(dim, call.operands[0].strides[axis], 0, 0);
    } else {
      if (dim == 0) return;
      kept.add(dim, call.operands[0].strides[axis], outStride, weight);
      weight *= dim;
    }
  }
  for (int axis = 0; axis < reduced.rank; ++axis) {
    if (reduced.dims[axis] == 0) {
      visit(kept, kept.rank,
            [&](int64_t, int64_t o, int64_t flat) { store(out + o, Op::kIdentity, flat); });
      return;
    }
  }
  kept.merge();
  reduced.merge();
  if (reduced.rank == 0) reduced.add(1, 1, 0, 0);
  // Narrow rows are better read column by column: too little work per row otherwise.
  const bool byRows =
      kept.rank > 0 && kept.innerStride() < reduced.innerStride() && kept.dims[kept.rank - 1] > 4;
  if (!byRows) {
    visit(kept, kept.rank, [&](int64_t in, int64_t o, int64_t flat) {
      store(out + o, foldAll<Op>(x + in, reduced), flat);
    });
    return;
  }
  const int inner = kept.rank - 1;
  Strip<Op> strip;
  visit(kept, inner, [&](int64_t in, int64_t o, int64_t flat) {
    for (int64_t j = 0; j < kept.dims[inner]; j += Strip<Op>::kWidth) {
      const int64_t width = std::min(Strip<Op>::kWidth, kept.dims[inner] - j);
      strip.reduce(x + in + j * kept.in[inner], kept.in[inner], width, reduced);
      for (int64_t column = 0; column < width; ++column) {
        store(out + o + (j + column) * kept.out[inner], strip[column],
              flat + (j + column) * kept.weight[inner]);
      }
    }
  });
}

template <class Op>
void addReduction(KernelTable& table, const char* name) {
  constexpr DType kType = dtypeOf<typename Op::In>();
  constexpr bool kMayOverflow = std::is_same_v<Op, SumInteger> || std::is_same_v<Op, ProdInteger>;
  constexpr Kind kKind = kMayOverflow ? Kind::general : Kind::reduction;
  table.add(suffixed<typename Op::In>(name), reduce<Op>, {kType}, {kType}, {.kind = kKind});
}

}  // namespace

void addReduce(KernelTable& table) {
  addReduction<SumFloat<float>>(table, "sum");
  addReduction<SumFloat<double>>(table, "sum");
  addReduction<SumComplex<float>>(table, "sum");
  addReduction<SumComplex<double>>(table, "sum");
  addReduction<SumInteger>(table, "sum");
  addReduction<ProdFloat<float>>(table, "prod");
  addReduction<ProdFloat<double>>(table, "prod");
  addReduction<ProdFloat<std::complex<float>>>(table, "prod");
  addReduction<ProdFloat<std::complex<double>>>(table, "prod");
  addReduction<ProdInteger>(table, "prod");
  addReduction<Max<float>>(table, "max");
  addReduction<Max<double>>(table, "max");
  addReduction<Max<int32_t>>(table, "max");
  addReduction<Min<float>>(table, "min");
  addReduction<Min<double>>(table, "min");
  addReduction<Min<int32_t>>(table, "min");
  addReduction<Any>(table, "any");
  addReduction<All>(table, "all");
}

}  // namespace HWY_NAMESPACE
}  // namespace adjoint
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {
void registerReduce(KernelTable& table) { ADJOINT_DISPATCH(addReduce)(table); }
}  // namespace adjoint
#endif
