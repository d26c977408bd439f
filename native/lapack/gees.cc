// Real Schur form A = Q T Q^T, dims [...batch, n, n]; A, Q and T (both column-major).
#include "../families.h"
#include "lapack.h"
#include "matrix.h"

namespace adjoint {
namespace {

using std::int64_t;

template <class T>
class SchurSolver {
 public:
  explicit SchurSolver(int n)
      : n_(n), values_(2 * static_cast<int64_t>(n)), workCount_(query()), work_(workCount_) {}

  // `t` holds A and becomes T.
  int solve(T* t, T* q) {
    return gees(n_, t, n_, values_.data(), values_.data() + n_, q, n_, work_.data(), workCount_);
  }

 private:
  int query() {
    T* const none = nullptr;
    T count = 0;
    gees(n_, none, n_, none, none, none, n_, &count, -1);
    return workSize(count);
  }

  int n_;
  Buffer<T> values_;
  int workCount_;
  Buffer<T> work_;
};

template <class T>
void schur(const Call& call, Status& status) {
  const int r = call.rank;
  const int n = trailing(call, 2, 0);
  if (n == 0) return;
  const bool nan = failsWithNaN(call);
  const int64_t size = static_cast<int64_t>(n) * n;
  const BlasSlot slot;
  SchurSolver<T> solver(n);
  forEachBatch<3>(call, r - 2, [&](int64_t flat, const int64_t* offsets) {
    const T* a = call.operands[0].as<const T>() + offsets[0];
    T* q = call.operands[1].as<T>() + offsets[1];
    T* t = call.operands[2].as<T>() + offsets[2];
    bool good = copyFinite<T>(n, n, a, call.operands[0].strides[r - 2],
                              call.operands[0].strides[r - 1], t, flat, nan, status);
    if (good) {
      const int info = solver.solve(t, q);
      good = info == 0;
      if (!good && !nan) status.fail(Code::noConvergence, flat, info);
    }
    if (!good) {
      fillNaN(size, q);
      fillNaN(size, t);
    }
    return good || nan;
  });
}

int layout(const Call& call) { return layoutOfSquareColumns(call, {1, 2}); }

template <class T>
void addFor(KernelTable& table) {
  constexpr DType kType = dtypeOf<T>();
  table.add(suffixed<T>("gees"), schur<T>, {kType}, {kType, kType},
            {.params = 1, .minRank = 2, .layout = layout});
}

}  // namespace

void registerGees(KernelTable& table) {
  addFor<float>(table);
  addFor<double>(table);
}

}  // namespace adjoint
