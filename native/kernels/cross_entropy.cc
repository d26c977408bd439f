// Cross entropy of logits along the last axis. What a row gives depends on that row alone: not on
// its neighbours, its strides or the number of threads.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cross_entropy.cc"
#include "../simd/each_target.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "../batch.h"
#include "../families.h"
#include "../kernel_table.h"
#include "../parallel.h"
#include "../simd/sleef.h"
#include "exponential.h"
#include "vector_function.h"

HWY_BEFORE_NAMESPACE();
namespace adjoint {
namespace HWY_NAMESPACE {
namespace {

using std::int32_t;
using std::int64_t;

constexpr int kLanes = 8;
constexpr int64_t kBlock = 128;  // elements summed without recursion, whole vectors of any width

// In double precision and in an order that no target changes; count is a multiple of kLanes.
template <class T>
double sumOfBlock(const T* terms, int64_t count) {
  double lanes[kLanes] = {};
  for (int64_t i = 0; i < count; i += kLanes) {
    for (int lane = 0; lane < kLanes; ++lane) lanes[lane] += static_cast<double>(terms[i + lane]);
  }
  for (int width = kLanes / 2; width > 0; width /= 2) {
    for (int lane = 0; lane < width; ++lane) lanes[lane] += lanes[lane + width];
  }
  return lanes[0];
}

// Of blocks, pairwise: blockSum(begin, count).
template <class BlockSum>
double pairwise(int64_t begin, int64_t count, const BlockSum& blockSum) {
  if (count <= kBlock) return blockSum(begin, count);
  const int64_t half = (count / 2 + kBlock - 1) / kBlock * kBlock;
  return pairwise(begin, half, blockSum) + pairwise(begin + half, count - half, blockSum);
}

template <class T>
class Logits {
  using L = Lanes<T>;

 public:
  Logits(const T* x, int64_t stride, int64_t count)
      : x_(x), stride_(stride), count_(count), largest_(largest()) {}

  // Not positive; NaN throughout where the row has a NaN or where its largest logit is infinite.
  T shifted(int64_t i) const { return x_[i * stride_] - largest_; }

  // The sum of e^(x - largest) over all classes but one. `each` sees all terms, by vectors:
  // each(begin, count, terms, which of them is the class's).
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
      const int64_t whole = (count + kLanes - 1) / kLanes * kLanes;
      for (; i < whole; i += L::kCount) hn::Store(hn::Zero(L::d), L::d, block + i);
      return sumOfBlock(block, whole);
    });
  }

 private:
  HWY_INLINE typename L::V load(int64_t from, int64_t count) const {
    constexpr auto kSize = static_cast<int64_t>(sizeof(T));
    return L::load(reinterpret_cast<const char*>(x_ + from * stride_), stride_ * kSize, count);
  }

  // NaN wins.
  T largest() const {
    auto most = hn::Set(L::d, -std::numeric_limits<T>::infinity());
    for (int64_t i = 0; i < count_; i += L::kCount) {
      const int64_t count = std::min(L::kCount, count_ - i);
      const auto x = load(i, count);
      const auto wins = hn::Or(hn::Gt(x, most), hn::IsNaN(x));
      most =
          hn::IfThenElse(hn::And(wins, hn::FirstN(L::d, static_cast<std::size_t>(count))), x, most);
    }
    if (!hn::AllFalse(L::d, hn::IsNaN(most))) return std::numeric_limits<T>::quiet_NaN();
    return hn::GetLane(hn::MaxOfLanes(L::d, most));
  }

  const T* x_;
  int64_t stride_;
  int64_t count_;
  T largest_;
};

// Calls row(piece, offsets), offsets in elements per operand, for every row of pieces of the call
// that several threads take. `sizes` are those of the operands' elements.
template <int N, class Row>
void forEachRow(const Call& call, const int64_t (&sizes)[N], const Row& row) {
  constexpr int64_t kGrain = 1 << 16;  // elements that are worth a thread's while
  const int last = call.rank - 1;
  const auto visit = [&](const Call& piece) {
    forEachBatch<N>(piece, last, [&](int64_t, const int64_t* offsets) {
      row(piece, offsets);
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

template <class T>
constexpr T kNone = std::numeric_limits<T>::quiet_NaN();

// The loss of a row, -log softmax(x)[label], and its derivative, softmax(x) - e_label. The label's
// own entry is that of the others with a minus: 1 would cancel most of a probability near 1.
template <class T>
T lossOf(const Logits<T>& logits, int64_t n, int64_t label, T* derivative, int64_t stride) {
  using L = Lanes<T>;
  const int64_t step = stride * static_cast<int64_t>(sizeof(T));
  char* const at = reinterpret_cast<char*>(derivative);
  const bool narrow = n <= L::kCount;  // what was just written would be slow to read
  auto kept = hn::Zero(L::d);
  double own = 0;
  const double others =
      logits.sumOfOthers(label, [&](int64_t begin, int64_t count, auto terms, auto isLabel) {
        if (label >= begin && label < begin + count) {
          own = hn::GetLane(hn::SumOfLanes(L::d, hn::IfThenElseZero(isLabel, terms)));
        }
        if (narrow) {
          kept = terms;
        } else {
          L::store(terms, at + begin * step, step, count);
        }
      });
  const double total = others + own;
  const auto inverse = hn::Set(L::d, static_cast<T>(1 / total));
  const auto ofLabel = static_cast<T>(0 - others / total);
  if (narrow) {
    L::store(hn::Mul(kept, inverse), at, step, n);
  } else {
    for (int64_t i = 0; i < n; i += L::kCount) {
      const int64_t count = std::min(L::kCount, n - i);
      L::store(hn::Mul(L::load(at + i * step, step, count), inverse), at + i * step, step, count);
    }
  }
  derivative[label * stride] = ofLabel;
  const auto shifted = static_cast<double>(logits.shifted(label));
  return static_cast<T>(shifted == 0 ? std::log1p(others) : std::log(total) - shifted);
}

// x [...rows, k], labels [...rows]; losses [...rows], derivatives [...rows, k]: NaN for a label
// that is none.
template <class T>
void crossEntropy(const Call& call, Status&) {
  constexpr int64_t kSizes[] = {sizeof(T), sizeof(int32_t), sizeof(T), sizeof(T)};
  const int last = call.rank - 1;
  const int64_t n = call.dims[last];
  forEachRow(call, kSizes, [&](const Call& piece, const int64_t* offsets) {
    const Operand* operands = piece.operands;
    const int64_t label = operands[1].as<const int32_t>()[offsets[1]];
    T& loss = operands[2].as<T>()[offsets[2]];
    T* derivative = operands[3].as<T>() + offsets[3];
    const int64_t stride = operands[3].strides[last];
    if (label >= 0 && label < n) {
      const Logits<T> logits(operands[0].as<const T>() + offsets[0], operands[0].strides[last], n);
      loss = lossOf<T>(logits, n, label, derivative, stride);
    } else {
      loss = kNone<T>;
      for (int64_t i = 0; i < n; ++i) derivative[i * stride] = kNone<T>;
    }
  });
}

// One of each per row.
int layout(const Call& call) {
  for (int operand : {1, 2}) {
    if (call.operands[operand].strides[call.rank - 1] != 0) return operand;
  }
  return kAccepted;
}

template <class T>
void addFor(KernelTable& table) {
  constexpr DType kType = dtypeOf<T>();
  table.add(suffixed<T>("crossEntropy"), crossEntropy<T>, {kType, DType::i32}, {kType, kType},
            {.minRank = 1, .layout = layout, .kind = Kind::infallible});
}

}  // namespace

void addCrossEntropy(KernelTable& table) {
  addFor<float>(table);
  addFor<double>(table);
}

}  // namespace HWY_NAMESPACE
}  // namespace adjoint
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {
void registerCrossEntropy(KernelTable& table) { ADJOINT_DISPATCH(addCrossEntropy)(table); }
}  // namespace adjoint
#endif
