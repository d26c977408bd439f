// QR factorisation: dims [...batch, m, n, k]; A, Q (column-major m x k), R (k x n). R alone: the
// same dims; A, R. k is min(m, n), or m for a complete Q.
#include "../families.h"
#include "lapack.h"
#include "matrix.h"

namespace adjoint {
namespace {

using std::int64_t;

template <class T>
class Reflections {
 public:
  Reflections(int m, int n, int columns)
      : m_(m),
        n_(n),
        columns_(columns),
        count_(std::min(m, n)),
        tau_(count_),
        workCount_(query()),
        work_(workCount_) {}

  // R goes to the upper triangle of `a`, the reflections below it.
  void factor(T* a) { geqrf(m_, n_, a, m_, tau_.data(), work_.data(), workCount_); }

  // The first columns of the product of the reflections.
  void expand(const T* a, T* q) {
    std::copy_n(a, static_cast<int64_t>(m_) * count_, q);
    orgqr(m_, columns_, count_, q, m_, tau_.data(), work_.data(), workCount_);
  }

 private:
  int query() {
    T* const none = nullptr;
    T forFactor = 0;
    T forExpand = 0;
    geqrf(m_, n_, none, m_, none, &forFactor, -1);
    if (columns_ > 0) orgqr(m_, columns_, count_, none, m_, none, &forExpand, -1);
    return workSize(std::max(forFactor, forExpand));
  }

  int m_, n_, columns_, count_;
  Buffer<T> tau_;
  int workCount_;
  Buffer<T> work_;
};

template <class T>
void identityColumns(int64_t m, int64_t k, T* q) {
  std::fill_n(q, m * k, T(0));
  for (int64_t i = 0; i < k; ++i) q[i + i * m] = 1;
}

template <class T, bool kVectors>
void factor(const Call& call, Status& status) {
  constexpr int kOperands = kVectors ? 3 : 2;
  constexpr int kR = kOperands - 1;
  const int r = call.rank;
  const int m = trailing(call, 3, 0);
  const int n = trailing(call, 3, 1);
  const int k = trailing(call, 3, 2);
  if (k == 0) return;
  const bool nan = failsWithNaN(call);
  const int64_t rRow = call.operands[kR].strides[r - 1];
  const int64_t rCol = call.operands[kR].strides[r - 2];
  if (n == 0) {
    // Of no columns, a complete Q is an identity.
    forEachBatch<kOperands>(call, r - 3, [&](int64_t, const int64_t* offsets) {
      if (kVectors) identityColumns<T>(m, k, call.operands[1].as<T>() + offsets[1]);
      return true;
    });
    return;
  }
  const BlasSlot slot;
  Reflections<T> reflections(m, n, kVectors ? k : 0);
  Buffer<T> copy(static_cast<int64_t>(m) * n);
  forEachBatch<kOperands>(call, r - 3, [&](int64_t flat, const int64_t* offsets) {
    const T* a = call.operands[0].as<const T>() + offsets[0];
    T* q = kVectors ? call.operands[1].as<T>() + offsets[1] : nullptr;
    T* to = call.operands[kR].as<T>() + offsets[kR];
    const bool good =
        copyFinite<T>(m, n, a, call.operands[0].strides[r - 3], call.operands[0].strides[r - 2],
                      copy.data(), flat, nan, status);
    if (good) {
      reflections.factor(copy.data());
      if (kVectors) reflections.expand(copy.data(), q);
    } else {
      fillNaN(static_cast<int64_t>(m) * n, copy.data());
      if (kVectors) fillNaN(static_cast<int64_t>(m) * k, q);
    }
    for (int64_t j = 0; j < n; ++j) {
      for (int64_t i = 0; i < k; ++i) to[i * rRow + j * rCol] = i <= j ? copy[i + j * m] : T(0);
    }
    return good || nan;
  });
}

template <bool kVectors>
int layout(const Call& call) {
  if (!blasSizes(call, 3)) return kRefusedDims;
  const int m = trailing(call, 3, 0);
  const int k = trailing(call, 3, 2);
  if (k != m && k != std::min(m, trailing(call, 3, 1))) return kRefusedDims;
  if (!isChoice(call.params[0], 2)) return kRefusedParams;
  if (call.operands[0].strides[call.rank - 1] != 0) return 0;
  if (kVectors && !hasStrides(call, 1, {1, 0, leadingDimension(m)})) return 1;
  constexpr int kR = kVectors ? 2 : 1;
  return call.operands[kR].strides[call.rank - 3] == 0 ? kAccepted : kR;
}

template <class T>
void addFor(KernelTable& table) {
  constexpr DType kType = dtypeOf<T>();
  table.add(suffixed<T>("geqrf"), factor<T, true>, {kType}, {kType, kType},
            {.params = 1, .minRank = 3, .layout = layout<true>});
  table.add(suffixed<T>("geqrfTriangle"), factor<T, false>, {kType}, {kType},
            {.params = 1, .minRank = 3, .layout = layout<false>});
}

}  // namespace

void registerGeqrf(KernelTable& table) {
  addFor<float>(table);
  addFor<double>(table);
}

}  // namespace adjoint
