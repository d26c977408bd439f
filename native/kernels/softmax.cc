// Softmax along the last axis, and its logarithm.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/softmax.cc"
#include "../simd/each_target.h"

#include <algorithm>
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

// Rows of at most so many elements are brought side by side, from so many rows on: one alone leaves
// most of a vector empty.
constexpr int64_t kShort = 32;
constexpr int64_t kSeveral = 8;

// Rows that lie side by side: their first elements are neighbours, their own elements lie apart.
// Some of them at a time, by vectors across; each gives what it gives alone, bit by bit.
template <class T>
class Abreast {
  using L = Lanes<T>;
  static constexpr int64_t kSize = sizeof(T);

 public:
  static constexpr int64_t kMost = 64;  // rows at a time

  // Elements of x and y in bytes from one another along a row; n per row, `rows` of them.
  Abreast(const char* x, int64_t xStep, char* y, int64_t yStep, int64_t n, int64_t rows)
      : x_(x), y_(y), xStep_(xStep), yStep_(yStep), n_(n), rows_(rows) {
    findLargest();
  }

  void softmax() {
    T sums[kMost];
    totals<true>(sums);
    forEachVector([&](int64_t i, int64_t row, int64_t count) {
      char* const to = y_ + i * yStep_ + row * kSize;
      const auto terms = L::load(to, kSize, count);
      L::store(hn::Div(terms, across(sums, row, count)), to, kSize, count);
    });
  }

  void logSoftmax() {
    T logarithms[kMost];
    totals<false>(logarithms);
    for (int64_t row = 0; row < rows_; row += L::kCount) {
      const int64_t count = std::min(L::kCount, rows_ - row);
      L::store(sleef::log(across(logarithms, row, count)),
               reinterpret_cast<char*>(logarithms + row), kSize, count);
    }
    forEachVector([&](int64_t i, int64_t row, int64_t count) {
      const auto result = hn::Sub(shifted(i, row, count), across(logarithms, row, count));
      L::store(result, y_ + i * yStep_ + row * kSize, kSize, count);
    });
  }

 private:
  // The sums of all terms, which y keeps or does not.
  template <bool kKeep>
  void totals(T* totals) const {
    double sums[kMost];
    sum<kKeep>(0, n_, sums);
    for (int64_t row = 0; row < rows_; ++row) totals[row] = static_cast<T>(sums[row]);
  }

  template <class Visit>
  void forEachVector(const Visit& visit) const {
    for (int64_t i = 0; i < n_; ++i) {
      for (int64_t row = 0; row < rows_; row += L::kCount) {
        visit(i, row, std::min(L::kCount, rows_ - row));
      }
    }
  }

  static HWY_INLINE typename L::V across(const T* values, int64_t row, int64_t count) {
    return L::load(reinterpret_cast<const char*>(values + row), kSize, count);
  }

  HWY_INLINE typename L::V load(int64_t i, int64_t row, int64_t count) const {
    return L::load(x_ + i * xStep_ + row * kSize, kSize, count);
  }

  HWY_INLINE typename L::V shifted(int64_t i, int64_t row, int64_t count) const {
    return hn::Sub(load(i, row, count), across(largest_, row, count));
  }

  void findLargest() {
    std::fill_n(largest_, rows_, -std::numeric_limits<T>::infinity());
    forEachVector([&](int64_t i, int64_t row, int64_t count) {
      const auto most = larger(load(i, row, count), across(largest_, row, count));
      L::store(most, reinterpret_cast<char*>(largest_ + row), kSize, count);
    });
  }

  // The sums of `count` terms from `begin` on, in the order of `sumOfOthers`.
  template <bool kKeep>
  void sum(int64_t begin, int64_t count, double* sums) const {
    if (count <= kBlock) {
      sumBlock<kKeep>(begin, count, sums);
      return;
    }
    const int64_t half = halfOf(count);
    double rest[kMost];
    sum<kKeep>(begin, half, sums);
    sum<kKeep>(begin + half, count - half, rest);
    for (int64_t row = 0; row < rows_; ++row) sums[row] += rest[row];
  }

  template <bool kKeep>
  void sumBlock(int64_t begin, int64_t count, double* sums) const {
    double lanes[kSums][kMost];
    for (auto& lane : lanes) std::fill_n(lane, rows_, 0);
    for (int64_t k = 0; k < count; ++k) {
      double* const lane = lanes[k % kSums];
      for (int64_t row = 0; row < rows_; row += L::kCount) {
        const int64_t some = std::min(L::kCount, rows_ - row);
        const auto terms = Exponential<T>::exp(shifted(begin + k, row, some));
        if (kKeep) L::store(terms, y_ + (begin + k) * yStep_ + row * kSize, kSize, some);
        HWY_ALIGN T term[L::kCount];
        hn::Store(terms, L::d, term);
        for (int64_t j = 0; j < some; ++j) lane[row + j] += static_cast<double>(term[j]);
      }
    }
    for (int width = kSums / 2; width > 0; width /= 2) {
      for (int lane = 0; lane < width; ++lane) {
        for (int64_t row = 0; row < rows_; ++row) lanes[lane][row] += lanes[lane + width][row];
      }
    }
    std::copy_n(lanes[0], rows_, sums);
  }

  const char* x_;
  char* y_;
  int64_t xStep_;
  int64_t yStep_;
  int64_t n_;
  int64_t rows_;
  T largest_[kMost];
};

// A row of results, which lie `step` bytes apart.
template <class T>
struct Softmax {
  using L = Lanes<T>;

  static void abreast(Abreast<T> rows) { rows.softmax(); }

  static void row(const Logits<T>& logits, int64_t n, char* to, int64_t step) {
    const bool narrow = n <= L::kCount;  // what was just written would be slow to read
    auto kept = hn::Zero(L::d);
    const double sum =
        logits.sumOfOthers(kNoClass, [&](int64_t begin, int64_t count, auto terms, auto) {
          if (narrow) {
            kept = terms;
          } else {
            L::store(terms, to + begin * step, step, count);
          }
        });
    const auto total = hn::Set(L::d, static_cast<T>(sum));
    if (narrow) {
      L::store(hn::Div(kept, total), to, step, n);
      return;
    }
    for (int64_t i = 0; i < n; i += L::kCount) {
      const int64_t count = std::min(L::kCount, n - i);
      L::store(hn::Div(L::load(to + i * step, step, count), total), to + i * step, step, count);
    }
  }
};

template <class T>
struct LogSoftmax {
  using L = Lanes<T>;

  static void abreast(Abreast<T> rows) { rows.logSoftmax(); }

  static void row(const Logits<T>& logits, int64_t, char* to, int64_t step) {
    const double sum = logits.sumOfOthers(kNoClass, [](int64_t, int64_t, auto, auto) {});
    const auto logarithm = sleef::log(hn::Set(L::d, static_cast<T>(sum)));
    logits.forEachShifted([&](int64_t begin, int64_t count, auto shifted) {
      L::store(hn::Sub(shifted, logarithm), to + begin * step, step, count);
    });
  }
};

// Elements of rows and of their neighbours in bytes from one another: of x, then of y.
struct Steps {
  int64_t along[2];
  int64_t across[2];
};

// Short rows, brought side by side and back.
template <template <class> class Function, class T>
void shortRows(const char* x, char* y, const Steps& steps, int64_t n, int64_t rows) {
  constexpr int64_t kMost = Abreast<T>::kMost;
  constexpr auto kStep = static_cast<int64_t>(kMost * sizeof(T));
  HWY_ALIGN T from[kShort * kMost];
  HWY_ALIGN T to[kShort * kMost];
  for (int64_t row = 0; row < rows; ++row) {
    const char* at = x + row * steps.across[0];
    for (int64_t i = 0; i < n; ++i, at += steps.along[0]) {
      from[i * kMost + row] = *reinterpret_cast<const T*>(at);
    }
  }
  Function<T>::abreast(Abreast<T>(reinterpret_cast<const char*>(from), kStep,
                                  reinterpret_cast<char*>(to), kStep, n, rows));
  for (int64_t row = 0; row < rows; ++row) {
    char* at = y + row * steps.across[1];
    for (int64_t i = 0; i < n; ++i, at += steps.along[1]) {
      *reinterpret_cast<T*>(at) = to[i * kMost + row];
    }
  }
}

template <template <class> class Function, class T>
void alongRows(const Call& call, Status&) {
  constexpr auto kSize = static_cast<int64_t>(sizeof(T));
  constexpr int64_t kSizes[] = {kSize, kSize};
  constexpr int64_t kMost = Abreast<T>::kMost;
  const int last = call.rank - 1;
  const int64_t n = call.dims[last];
  const auto step = [&](int operand, int axis) {
    return call.operands[operand].strides[axis] * kSize;
  };
  const bool several = last > 0 && call.dims[last - 1] > 1;
  const bool abreast =
      several && step(0, last) != kSize && step(0, last - 1) == kSize && step(1, last - 1) == kSize;
  if (abreast || (several && n <= kShort && call.dims[last - 1] >= kSeveral)) {
    const Steps steps = {{step(0, last), step(1, last)}, {step(0, last - 1), step(1, last - 1)}};
    forEachRows(call, 2, kSizes, [&](const Call& piece, const int64_t* offsets) {
      const char* x = reinterpret_cast<const char*>(piece.operands[0].as<const T>() + offsets[0]);
      char* y = reinterpret_cast<char*>(piece.operands[1].as<T>() + offsets[1]);
      const int64_t rows = piece.dims[last - 1];
      for (int64_t first = 0; first < rows; first += kMost) {
        const int64_t some = std::min(kMost, rows - first);
        const char* from = x + first * steps.across[0];
        char* to = y + first * steps.across[1];
        if (abreast) {
          Function<T>::abreast(Abreast<T>(from, steps.along[0], to, steps.along[1], n, some));
        } else {
          shortRows<Function, T>(from, to, steps, n, some);
        }
      }
    });
    return;
  }
  forEachRows(call, 1, kSizes, [&](const Call& piece, const int64_t* offsets) {
    const Operand& x = piece.operands[0];
    const Operand& y = piece.operands[1];
    const Logits<T> logits(x.as<const T>() + offsets[0], x.strides[last], n);
    Function<T>::row(logits, n, reinterpret_cast<char*>(y.as<T>() + offsets[1]),
                     y.strides[last] * kSize);
  });
}

template <template <class> class Function, class T>
void addFor(KernelTable& table, const char* name) {
  constexpr DType kType = dtypeOf<T>();
  table.add(suffixed<T>(name), alongRows<Function, T>, {kType}, {kType},
            {.minRank = 1, .kind = Kind::infallible});
}

}  // namespace

void addSoftmax(KernelTable& table) {
  addFor<Softmax, float>(table, "softmax");
  addFor<Softmax, double>(table, "softmax");
  addFor<LogSoftmax, float>(table, "logSoftmax");
  addFor<LogSoftmax, double>(table, "logSoftmax");
}

}  // namespace HWY_NAMESPACE
}  // namespace adjoint
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {
void registerSoftmax(KernelTable& table) { ADJOINT_DISPATCH(addSoftmax)(table); }
}  // namespace adjoint
#endif
