// Rows of logits, for sums of their exponentials. What a row gives depends on that row alone: not
// on its neighbours, its strides or the number of threads.
#if defined(ADJOINT_KERNELS_LOGITS_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ADJOINT_KERNELS_LOGITS_H
#undef ADJOINT_KERNELS_LOGITS_H
#else
#define ADJOINT_KERNELS_LOGITS_H
#endif

#include <algorithm>
#include <cstdint>
#include <limits>

#include "../batch.h"
#include "../kernel_table.h"
#include "../parallel.h"
#include "exponential.h"
#include "vector_function.h"

HWY_BEFORE_NAMESPACE();
namespace adjoint {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using std::int64_t;

constexpr int kSums = 8;         // partial sums of a block, whatever the vectors' width
constexpr int64_t kBlock = 128;  // elements summed without recursion, whole vectors of any width

// In double precision and in an order that no target changes; count is a multiple of kSums.
template <class T>
double sumOfBlock(const T* terms, int64_t count) {
  double lanes[kSums] = {};
  for (int64_t i = 0; i < count; i += kSums) {
    for (int lane = 0; lane < kSums; ++lane) lanes[lane] += static_cast<double>(terms[i + lane]);
  }
  for (int width = kSums / 2; width > 0; width /= 2) {
    for (int lane = 0; lane < width; ++lane) lanes[lane] += lanes[lane + width];
  }
  return lanes[0];
}

// Where a sum of more than a block is cut in two.
inline int64_t halfOf(int64_t count) { return (count / 2 + kBlock - 1) / kBlock * kBlock; }

// Of blocks, pairwise: blockSum(begin, count).
template <class BlockSum>
double pairwise(int64_t begin, int64_t count, const BlockSum& blockSum) {
  if (count <= kBlock) return blockSum(begin, count);
  const int64_t half = halfOf(count);
  return pairwise(begin, half, blockSum) + pairwise(begin + half, count - half, blockSum);
}

// NaN wins.
template <class V>
HWY_INLINE V larger(V x, V most) {
  return hn::IfThenElse(hn::Or(hn::Gt(x, most), hn::IsNaN(x)), x, most);
}

constexpr int64_t kNoClass = -1;

template <class T>
class Logits {
  using L = Lanes<T>;

 public:
  Logits(const T* x, int64_t stride, int64_t count)
      : x_(x), stride_(stride), count_(count), largest_(largest()) {}

  // Not positive; NaN throughout where the row has a NaN or where its largest logit is infinite.
  T shifted(int64_t i) const { return x_[i * stride_] - largest_; }

  // The same by vectors: each(begin, count, what is shifted).
  template <class Each>
  void forEachShifted(const Each& each) const {
    const auto shift = hn::Set(L::d, largest_);
    for (int64_t i = 0; i < count_; i += L::kCount) {
      const int64_t count = std::min(L::kCount, count_ - i);
      each(i, count, hn::Sub(load(i, count), shift));
    }
  }

  // The sum of e^(x - largest) over all classes but one, or over all for kNoClass. `each` sees all
  // terms, by vectors: each(begin, count, terms, which of them is the class's).
  template <class Each>
  double sumOfOthers(int64_t label, const Each& each) const {
    HWY_ALIGN T block[kBlock];
    const auto shift = hn::Set(L::d, largest_);
    return pairwise(0, count_, [&](int64_t begin, int64_t count) {
      int64_t i = 0;
      for (; i < count; i += L::kCount) {
        const int64_t rest = std::min(L::kCount, count - i);
        const auto terms = Exponential<T>::exp(hn::Sub(load(begin + i, rest), shift));
        const auto isLabel =
            hn::Eq(hn::Iota(L::d, T(0)), hn::Set(L::d, static_cast<T>(label - begin - i)));
        each(begin + i, rest, terms, isLabel);
        const auto others = hn::AndNot(isLabel, hn::FirstN(L::d, static_cast<std::size_t>(rest)));
        hn::Store(hn::IfThenElseZero(others, terms), L::d, block + i);
      }
      const int64_t whole = (count + kSums - 1) / kSums * kSums;
      for (; i < whole; i += L::kCount) hn::Store(hn::Zero(L::d), L::d, block + i);
      return sumOfBlock(block, whole);
    });
  }

 private:
  HWY_INLINE typename L::V load(int64_t from, int64_t count) const {
    constexpr auto kSize = static_cast<int64_t>(sizeof(T));
    return L::load(reinterpret_cast<const char*>(x_ + from * stride_), stride_ * kSize, count);
  }

  T largest() const {
    auto most = hn::Set(L::d, -std::numeric_limits<T>::infinity());
    for (int64_t i = 0; i < count_; i += L::kCount) {
      const int64_t count = std::min(L::kCount, count_ - i);
      const auto counts = hn::FirstN(L::d, static_cast<std::size_t>(count));
      most = hn::IfThenElse(counts, larger(load(i, count), most), most);
    }
    if (!hn::AllFalse(L::d, hn::IsNaN(most))) return std::numeric_limits<T>::quiet_NaN();
    return hn::GetLane(hn::MaxOfLanes(L::d, most));
  }

  const T* x_;
  int64_t stride_;
  int64_t count_;
  T largest_;
};

// Calls rows(piece, offsets), offsets in elements per operand, for all that the last `axes` axes
// span, in pieces of the call that several threads take. `sizes` are those of operands' elements.
template <int N, class Rows>
void forEachRows(const Call& call, int axes, const int64_t (&sizes)[N], const Rows& rows) {
  constexpr int64_t kGrain = 1 << 16;  // elements that are worth a thread's while
  const int last = call.rank - 1;
  const auto visit = [&](const Call& piece) {
    forEachBatch<N>(piece, call.rank - axes, [&](int64_t, const int64_t* offsets) {
      rows(piece, offsets);
      return true;
    });
  };
  if (last == 0) {
    visit(call);
    return;
  }
  int64_t elements = 1;  // of one step along the first axis
  for (int axis = 1; axis <= last; ++axis) elements *= std::max<int64_t>(1, call.dims[axis]);
  parallelFor(call.dims[0], std::max<int64_t>(1, kGrain / elements),
              [&](int64_t begin, int64_t end) {
                int64_t dims[kMaxRank];
                std::copy_n(call.dims, call.rank, dims);
                dims[0] = end - begin;
                Call piece = call;
                piece.dims = dims;
                for (int i = 0; i < N; ++i) {
                  piece.operands[i].data += begin * call.operands[i].strides[0] * sizes[i];
                }
                visit(piece);
              });
}

}  // namespace HWY_NAMESPACE
}  // namespace adjoint
HWY_AFTER_NAMESPACE();

#endif
