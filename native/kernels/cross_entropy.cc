// Cross entropy of logits along the last axis.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cross_entropy.cc"
#include "../simd/each_target.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "../families.h"
#include "../kernel_table.h"
#include "../simd/sleef.h"
#include "logits.h"

HWY_BEFORE_NAMESPACE();
namespace adjoint {
namespace HWY_NAMESPACE {
namespace {

using std::int32_t;
using std::int64_t;

template <class T>
constexpr T kNone = std::numeric_limits<T>::quiet_NaN();

// The loss of a row, -log softmax(x)[label], and its derivative, softmax(x) - e_label. The label's
// own entry is that of the others with a minus: 1 would cancel most of a probability near 1.
template <class T>
T lossOf(const Logits<T>& logits, int64_t n, int64_t label, T* derivative, int64_t stride) {
  using L = Lanes<T>;
  const int64_t step = stride * static_cast<int64_t>(sizeof(T));
  char* const at = reinterpret_cast<char*>(derivative);
  double own = 0;
  const double others =
      logits.sumOfOthers(label, [&](int64_t begin, int64_t count, auto terms, auto isLabel) {
        if (label >= begin && label < begin + count) {
          own = hn::GetLane(hn::SumOfLanes(L::d, hn::IfThenElseZero(isLabel, terms)));
        }
        L::store(terms, at + begin * step, step, count);
      });
  const double total = others + own;
  const auto inverse = hn::Set(L::d, static_cast<T>(1 / total));
  const auto ofLabel = static_cast<T>(0 - others / total);
  for (int64_t i = 0; i < n; i += L::kCount) {
    const int64_t count = std::min(L::kCount, n - i);
    L::store(hn::Mul(L::load(at + i * step, step, count), inverse), at + i * step, step, count);
  }
  derivative[label * stride] = ofLabel;
  const auto shifted = static_cast<double>(logits.shifted(label));
  return static_cast<T>(shifted == 0 ? std::log1p(others) : std::log(total) - shifted);
}

// Rows of a few classes, with the distances between them and between their classes in elements.
template <class T>
struct FewClasses {
  int64_t n;
  const T* x;
  int64_t xRow, xClass;
  const int32_t* labels;
  int64_t labelRow;
  T* losses;
  int64_t lossRow;
  T* derivatives;
  int64_t derivativeRow, derivativeClass;
};

constexpr int64_t kFewClasses = 20;

// log(total) - shifted, which is log1p(others) where the label's logit is the largest.
HWY_INLINE F64 negativeLog(F64 others, F64 total, F64 shifted) {
  const hn::ScalableTag<double> d;
  // SLEEF's loses the last digits of a subnormal.
  const auto tiny = hn::Lt(others, hn::Set(d, 0x1p-60));
  const F64 near = hn::IfThenElse(tiny, others, sleef::log1p(others));
  const F64 far = hn::Sub(sleef::log(total), shifted);
  return hn::IfThenElse(hn::Eq(shifted, hn::Zero(d)), near, far);
}

// Up to a vector of rows, one in each lane: what belongs to a row, its logarithm and quotients,
// takes longer than a few classes. Sums have the order of `sumOfBlock`.
template <class T>
void crossEntropyOf(const FewClasses<T>& rows, int64_t count) {
  using L = Lanes<T>;
  using V = typename L::V;
  constexpr int64_t kRows = L::kCount;
  const int64_t n = rows.n;
  HWY_ALIGN T terms[kFewClasses * kRows];  // classes of all rows side by side
  if (count < kRows) std::fill_n(terms, n * kRows, T(0));
  for (int64_t r = 0; r < count; ++r) {
    const T* x = rows.x + r * rows.xRow;
    for (int64_t i = 0; i < n; ++i) terms[i * kRows + r] = x[i * rows.xClass];
  }
  HWY_ALIGN T known[kRows] = {};  // -1 for a label that is none
  for (int64_t r = 0; r < count; ++r) {
    const int32_t label = rows.labels[r * rows.labelRow];
    known[r] = label >= 0 && label < n ? static_cast<T>(label) : T(-1);
  }
  const V labels = hn::Load(L::d, known);
  const auto isLabel = [&](int64_t i) { return hn::Eq(labels, hn::Set(L::d, static_cast<T>(i))); };

  V most = hn::Set(L::d, -std::numeric_limits<T>::infinity());
  for (int64_t i = 0; i < n; ++i) {
    const V x = hn::Load(L::d, terms + i * kRows);
    most = larger(x, most);
  }
  HWY_ALIGN double sums[kSums * kRows] = {};
  V own = hn::Zero(L::d);
  V shifted = hn::Zero(L::d);
  for (int64_t i = 0; i < n; ++i) {
    const V x = hn::Sub(hn::Load(L::d, terms + i * kRows), most);
    const V term = Exponential<T>::exp(x);
    hn::Store(term, L::d, terms + i * kRows);
    own = hn::IfThenElse(isLabel(i), term, own);
    shifted = hn::IfThenElse(isLabel(i), x, shifted);
    HWY_ALIGN T others[kRows];
    hn::Store(hn::IfThenZeroElse(isLabel(i), term), L::d, others);
    double* sum = sums + i % kSums * kRows;
    for (int64_t r = 0; r < kRows; ++r) sum[r] += static_cast<double>(others[r]);
  }
  for (int64_t width = kSums / 2; width > 0; width /= 2) {
    for (int64_t j = 0; j < width * kRows; ++j) sums[j] += sums[j + width * kRows];
  }

  HWY_ALIGN T owns[kRows];
  HWY_ALIGN T shifts[kRows];
  HWY_ALIGN T inverses[kRows];
  HWY_ALIGN T ofLabels[kRows];
  HWY_ALIGN double totals[kRows];
  HWY_ALIGN double losses[kRows];
  hn::Store(own, L::d, owns);
  hn::Store(shifted, L::d, shifts);
  for (int64_t r = 0; r < kRows; ++r) {
    totals[r] = sums[r] + static_cast<double>(owns[r]);
    inverses[r] = static_cast<T>(1 / totals[r]);
    ofLabels[r] = static_cast<T>(0 - sums[r] / totals[r]);
    losses[r] = static_cast<double>(shifts[r]);
  }
  using D = Lanes<double>;
  for (int64_t r = 0; r < kRows; r += D::kCount) {
    const F64 loss = negativeLog(hn::Load(D::d, sums + r), hn::Load(D::d, totals + r),
                                 hn::Load(D::d, losses + r));
    hn::Store(loss, D::d, losses + r);
  }
  for (int64_t r = 0; r < count; ++r) {
    rows.losses[r * rows.lossRow] = known[r] < 0 ? kNone<T> : static_cast<T>(losses[r]);
  }
  const V inverse = hn::Load(L::d, inverses);
  const V ofLabel = hn::Load(L::d, ofLabels);
  const auto isNone = hn::Lt(labels, hn::Zero(L::d));
  for (int64_t i = 0; i < n; ++i) {
    const V ofOther = hn::Mul(hn::Load(L::d, terms + i * kRows), inverse);
    const V d = hn::IfThenElse(isLabel(i), ofLabel, ofOther);
    hn::Store(hn::IfThenElse(isNone, hn::Set(L::d, kNone<T>), d), L::d, terms + i * kRows);
  }
  for (int64_t r = 0; r < count; ++r) {
    T* d = rows.derivatives + r * rows.derivativeRow;
    for (int64_t i = 0; i < n; ++i) d[i * rows.derivativeClass] = terms[i * kRows + r];
  }
}

// x [...rows, k], labels [...rows]; losses [...rows], derivatives [...rows, k]: NaN for a label
// that is none.
template <class T>
void crossEntropy(const Call& call, Status&) {
  constexpr int64_t kSizes[] = {sizeof(T), sizeof(int32_t), sizeof(T), sizeof(T)};
  const int last = call.rank - 1;
  const int64_t n = call.dims[last];
  if (n > 0 && n <= kFewClasses) {
    const int axes = std::min(2, call.rank);
    forEachRows(call, axes, kSizes, [&](const Call& piece, const int64_t* offsets) {
      const Operand* operands = piece.operands;
      const int64_t count = axes == 2 ? piece.dims[last - 1] : 1;
      const auto step = [&](int k) { return axes == 2 ? operands[k].strides[last - 1] : 0; };
      FewClasses<T> rows{n,
                         operands[0].as<const T>() + offsets[0],
                         step(0),
                         operands[0].strides[last],
                         operands[1].as<const int32_t>() + offsets[1],
                         step(1),
                         operands[2].as<T>() + offsets[2],
                         step(2),
                         operands[3].as<T>() + offsets[3],
                         step(3),
                         operands[3].strides[last]};
      for (int64_t r = 0; r < count; r += Lanes<T>::kCount) {
        const int64_t some = std::min(Lanes<T>::kCount, count - r);
        crossEntropyOf(rows, some);
        rows.x += some * rows.xRow;
        rows.labels += some * rows.labelRow;
        rows.losses += some * rows.lossRow;
        rows.derivatives += some * rows.derivativeRow;
      }
    });
    return;
  }
  forEachRows(call, 1, kSizes, [&](const Call& piece, const int64_t* offsets) {
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
