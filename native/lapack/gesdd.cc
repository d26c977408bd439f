// Singular values and vectors: dims [...batch, m, n, ku, kv, k]; A, U (column-major m x ku), S,
// Vh (column-major kv x n). Values alone: dims [...batch, m, n, k]; A, S.
#include "../families.h"
#include "lapack.h"
#include "matrix.h"

namespace adjoint {
namespace {

using std::int64_t;

template <class T>
class Decomposition {
 public:
  Decomposition(char job, int m, int n, int kv)
      : job_(job),
        m_(m),
        n_(n),
        kv_(std::max(kv, 1)),
        workCount_(query()),
        work_(workCount_),
        integers_(8 * static_cast<int64_t>(std::min(m, n))) {}

  int run(T* a, T* s, T* u, T* vh) {
    return gesdd(job_, m_, n_, a, m_, s, u, m_, vh, kv_, work_.data(), workCount_,
                 integers_.data());
  }

 private:
  int query() {
    T count = 0;
    int integer = 0;
    gesdd(job_, m_, n_, static_cast<T*>(nullptr), m_, static_cast<T*>(nullptr),
          static_cast<T*>(nullptr), m_, static_cast<T*>(nullptr), kv_, &count, -1, &integer);
    return workSize(count);
  }

  char job_;
  int m_, n_, kv_;
  int workCount_;
  Buffer<T> work_;
  Buffer<int> integers_;
};

template <class T>
void setIdentity(int64_t n, T* x) {
  std::fill_n(x, n * n, T(0));
  for (int64_t i = 0; i < n; ++i) x[i + i * n] = 1;
}

template <class T, bool kVectors>
void singular(const Call& call, Status& status) {
  constexpr int kOperands = kVectors ? 4 : 2;
  constexpr int kValues = kVectors ? 2 : 1;
  constexpr int kTrailing = kVectors ? 5 : 3;
  const int r = call.rank;
  const int m = trailing(call, kTrailing, 0);
  const int n = trailing(call, kTrailing, 1);
  const int k = std::min(m, n);
  const int ku = kVectors ? trailing(call, kTrailing, 2) : 0;
  const int kv = kVectors ? trailing(call, kTrailing, 3) : 0;
  const bool nan = failsWithNaN(call);
  if (k == 0) {
    // Full vectors of an empty matrix: an identity on the side that is not empty.
    if (!kVectors || ku + kv == 0) return;
    forEachBatch<kOperands>(call, r - kTrailing, [&](int64_t, const int64_t* offsets) {
      if (ku > 0) setIdentity(ku, call.operands[1].as<T>() + offsets[1]);
      if (kv > 0) setIdentity(kv, call.operands[kOperands - 1].as<T>() + offsets[kOperands - 1]);
      return true;
    });
    return;
  }
  const int64_t size = static_cast<int64_t>(m) * n;
  const BlasSlot slot;
  Decomposition<T> decomposition(kVectors ? (ku == m && kv == n ? 'A' : 'S') : 'N', m, n, kv);
  Buffer<T> copy(size);
  forEachBatch<kOperands>(call, r - kTrailing, [&](int64_t flat, const int64_t* offsets) {
    const T* a = call.operands[0].as<const T>() + offsets[0];
    T* s = call.operands[kValues].as<T>() + offsets[kValues];
    T* u = kVectors ? call.operands[1].as<T>() + offsets[1] : nullptr;
    T* vh = kVectors ? call.operands[kOperands - 1].as<T>() + offsets[kOperands - 1] : nullptr;
    bool good =
        copyFinite<T>(m, n, a, call.operands[0].strides[r - kTrailing],
                      call.operands[0].strides[r - kTrailing + 1], copy.data(), flat, nan, status);
    if (good) {
      const int info = decomposition.run(copy.data(), s, u, vh);
      good = info == 0;
      if (!good && !nan) status.fail(Code::noConvergence, flat, info);
    }
    if (!good) {
      fillNaN(k, s);
      if (kVectors) {
        fillNaN(static_cast<int64_t>(m) * ku, u);
        fillNaN(static_cast<int64_t>(kv) * n, vh);
      }
    }
    return good || nan;
  });
}

int vectorsLayout(const Call& call) {
  if (!blasSizes(call, 5)) return kRefusedDims;
  const int m = trailing(call, 5, 0);
  const int n = trailing(call, 5, 1);
  const int ku = trailing(call, 5, 2);
  const int kv = trailing(call, 5, 3);
  const int k = std::min(m, n);
  const bool thin = ku == k && kv == k;
  const bool full = ku == m && kv == n;
  if (trailing(call, 5, 4) != k || (!thin && !full)) return kRefusedDims;
  if (!isChoice(call.params[0], 2)) return kRefusedParams;
  const int64_t* a = call.operands[0].strides + call.rank - 5;
  if (a[2] != 0 || a[3] != 0 || a[4] != 0) return 0;
  if (!hasStrides(call, 1, {1, 0, leadingDimension(m), 0, 0})) return 1;
  if (!hasStrides(call, 2, {0, 0, 0, 0, 1})) return 2;
  return hasStrides(call, 3, {0, leadingDimension(kv), 0, 1, 0}) ? kAccepted : 3;
}

int valuesLayout(const Call& call) {
  if (!blasSizes(call, 3)) return kRefusedDims;
  if (trailing(call, 3, 2) != std::min(trailing(call, 3, 0), trailing(call, 3, 1))) {
    return kRefusedDims;
  }
  if (!isChoice(call.params[0], 2)) return kRefusedParams;
  if (call.operands[0].strides[call.rank - 1] != 0) return 0;
  return hasStrides(call, 1, {0, 0, 1}) ? kAccepted : 1;
}

template <class T>
void addFor(KernelTable& table) {
  constexpr DType kType = dtypeOf<T>();
  table.add(suffixed<T>("gesdd"), singular<T, true>, {kType}, {kType, kType, kType},
            {.params = 1, .minRank = 5, .layout = vectorsLayout});
  table.add(suffixed<T>("gesddValues"), singular<T, false>, {kType}, {kType},
            {.params = 1, .minRank = 3, .layout = valuesLayout});
}

}  // namespace

void registerGesdd(KernelTable& table) {
  addFor<float>(table);
  addFor<double>(table);
}

}  // namespace adjoint
