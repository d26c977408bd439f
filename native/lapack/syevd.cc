// Eigenvalues and eigenvectors of symmetric matrices, dims [...batch, n, n].
#include "../families.h"
#include "lapack.h"
#include "matrix.h"
#include "symmetric_ql.h"

namespace adjoint {
namespace {

using std::int64_t;

constexpr int kLargestOrder = 32000;  // the workspace, 2 n^2, is counted in 32 bits

template <class T>
class Solver {
 public:
  Solver(int n, bool vectors)
      : n_(n), job_(vectors ? 'V' : 'N'), work_(query()), integers_(integerCount_) {}

  // The lower triangle of `a` is read; `a` becomes the vectors, in columns.
  int solve(T* a, T* values) {
    return syevd(job_, 'L', n_, a, n_, values, work_.data(), workCount_, integers_.data(),
                 integerCount_);
  }

 private:
  int query() {
    T count = 0;
    int integers = 0;
    syevd(job_, 'L', n_, static_cast<T*>(nullptr), n_, static_cast<T*>(nullptr), &count, -1,
          &integers, -1);
    integerCount_ = integers;
    workCount_ = workSize(count);
    return workCount_;
  }

  int n_;
  char job_;
  int workCount_ = 0;
  int integerCount_ = 0;
  Buffer<T> work_;
  Buffer<int> integers_;
};

// Divide and conquer, in the memory of the result.
template <class T>
class Divided {
 public:
  Divided(int n, bool vectors) : n_(n), solver_(n, vectors), copy_(vectors ? 0 : int64_t{n} * n) {}

  T* target(T* vectors) { return vectors == nullptr ? copy_.data() : vectors; }
  int64_t ld() const { return n_; }
  int solve(T* values, T* vectors) {
    const int info = solver_.solve(target(vectors), values);
    if (info == 0 && vectors != nullptr) transposeSquare(n_, vectors);
    return info;
  }

 private:
  int n_;
  Solver<T> solver_;
  Buffer<T> copy_;
};

template <class T, bool kVectors, class Method>
void eigenBy(const Call& call, Status& status) {
  constexpr int kOperands = kVectors ? 3 : 2;
  const int r = call.rank;
  const int n = trailing(call, 2, 0);
  const bool nan = failsWithNaN(call);
  const auto triangle = static_cast<Triangle>(static_cast<int>(call.params[1]));
  Method method(n, kVectors);
  forEachBatch<kOperands>(call, r - 2, [&](int64_t flat, const int64_t* offsets) {
    const T* a = call.operands[0].as<const T>() + offsets[0];
    T* values = call.operands[1].as<T>() + offsets[1];
    T* vectors = kVectors ? call.operands[kOperands - 1].as<T>() + offsets[kOperands - 1] : nullptr;
    bool good = copyLowerFinite(n, triangle, a, call.operands[0].strides[r - 2],
                                call.operands[0].strides[r - 1], method.target(vectors),
                                method.ld(), flat, nan, status);
    if (good) {
      const int info = method.solve(values, vectors);
      good = info == 0;
      if (!good && !nan) status.fail(Code::noConvergence, flat, info);
    }
    if (!good) {
      fillNaN(n, values);
      if (kVectors) fillNaN(static_cast<int64_t>(n) * n, vectors);
    }
    return good || nan;
  });
}

template <class T, bool kVectors>
void eigen(const Call& call, Status& status) {
  const int n = trailing(call, 2, 0);
  if (n == 0) return;
  if (n <= largestOrderForQl()) {
    eigenBy<T, kVectors, SymmetricQl<T>>(call, status);
  } else {
    const BlasSlot slot;
    eigenBy<T, kVectors, Divided<T>>(call, status);
  }
}

template <bool kVectors>
int layout(const Call& call) {
  if (!isSquare(call, 2)) return kRefusedDims;
  if (!isChoice(call.params[0], 2) || !isChoice(call.params[1], 3)) return kRefusedParams;
  const int n = trailing(call, 2, 0);
  if (n > kLargestOrder) return kRefusedDims;
  if (!hasStrides(call, 1, {1, 0})) return 1;
  if (kVectors && !hasStrides(call, 2, {leadingDimension(n), 1})) return 2;
  return kAccepted;
}

template <class T>
void addFor(KernelTable& table) {
  constexpr DType kType = dtypeOf<T>();
  table.add(suffixed<T>("syevd"), eigen<T, true>, {kType}, {kType, kType},
            {.params = 2, .minRank = 2, .layout = layout<true>});
  table.add(suffixed<T>("syevdValues"), eigen<T, false>, {kType}, {kType},
            {.params = 2, .minRank = 2, .layout = layout<false>});
}

}  // namespace

void registerSyevd(KernelTable& table) {
  addFor<float>(table);
  addFor<double>(table);
}

}  // namespace adjoint
