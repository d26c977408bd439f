// Inverses: dims [...batch, n, n]; A, X (row-major). LAPACK sees the row-major matrix as its
// transpose, whose inverse is the transpose of the inverse.
#include <cmath>

#include "../families.h"
#include "../recursive/lu.h"
#include "condition.h"
#include "matrix.h"

namespace adjoint {
namespace {

using std::int32_t;
using std::int64_t;

template <class T>
T normInfinity(int n, const T* a, T* sums) {
  std::fill_n(sums, n, T(0));
  for (int64_t j = 0; j < n; ++j) {
    for (int64_t i = 0; i < n; ++i) sums[i] += a[i + j * n] < 0 ? -a[i + j * n] : a[i + j * n];
  }
  return *std::max_element(sums, sums + n);
}

template <class T>
void inverse(const Call& call, Status& status) {
  const int r = call.rank;
  const int n = trailing(call, 2, 0);
  if (n == 0) return;
  const bool nan = failsWithNaN(call);
  const bool measure = call.params[1] != 0;
  const int64_t size = static_cast<int64_t>(n) * n;
  Buffer<T> work(size);
  Buffer<int> pivots(n);
  const BlasSlot slot;
  forEachBatch<2>(call, r - 2, [&](int64_t flat, const int64_t* offsets) {
    const T* a = call.operands[0].as<const T>() + offsets[0];
    T* x = call.operands[1].as<T>() + offsets[1];
    copyMatrix<T>(n, n, a, call.operands[0].strides[r - 2], call.operands[0].strides[r - 1], x, n,
                  1);
    bool good = allFinite(size, x);
    if (!good) {
      if (!nan) {
        status.fail(Code::nonFinite, flat,
                    firstNonFinite(n, n, x, n, 1, [](auto, auto) { return true; }));
      }
    } else {
      // The 1-norm of A is the infinity norm of what LAPACK sees.
      const T norm = measure ? normInfinity(n, x, work.data()) : T(0);
      const int info = factorLu(n, x, n, pivots.data());
      good = info == 0;
      if (good) inverseOfLu(n, x, n, pivots.data(), work.data());
      if (measure) {
        T rcond = 0;
        if (good) rcond = T(1) / normInfinity(n, x, work.data()) / norm;
        // An inverse beyond the largest number is as good as singular.
        status.measure(std::isnan(rcond) ? 0.0 : static_cast<double>(rcond), flat);
      }
      if (!good && !nan) status.fail(Code::singular, flat, info);
    }
    if (!good) fillNaN(size, x);
    return good || nan;
  });
}

// A^-T from the factors: dims [...batch, n, n]; LU (column-major), pivots, X (row-major).
template <class T>
void inverseOfFactors(const Call& call, Status& status) {
  const int n = trailing(call, 2, 0);
  if (n == 0) return;
  const bool nan = failsWithNaN(call);
  const int64_t size = static_cast<int64_t>(n) * n;
  Buffer<T> work(size);
  const BlasSlot slot;
  forEachBatch<3>(call, call.rank - 2, [&](int64_t flat, const int64_t* offsets) {
    const T* lu = call.operands[0].as<const T>() + offsets[0];
    const int32_t* pivots = call.operands[1].as<const int32_t>() + offsets[1];
    T* x = call.operands[2].as<T>() + offsets[2];
    for (int64_t i = 0; i < n; ++i) {
      if (pivots[i] < 0 || pivots[i] >= n) {
        status.fail(Code::indexRange, flat, i);
        return false;
      }
      if (lu[i + i * n] == 0) {
        if (!nan) status.fail(Code::singular, flat, i + 1);
        fillNaN(size, x);
        return nan;
      }
    }
    std::copy_n(lu, size, x);
    inverseOfLu(n, x, n, pivots, work.data());
    return true;
  });
}

int layoutOfFactors(const Call& call) {
  if (!isSquare(call, 2)) return kRefusedDims;
  if (!isChoice(call.params[0], 2)) return kRefusedParams;
  const int64_t n = leadingDimension(trailing(call, 2, 0));
  if (!hasStrides(call, 0, {1, n})) return 0;
  if (!hasStrides(call, 1, {1, 0})) return 1;
  return hasStrides(call, 2, {n, 1}) ? kAccepted : 2;
}

int layout(const Call& call) {
  if (!isSquare(call, 2)) return kRefusedDims;
  if (!isChoice(call.params[0], 2) || !isChoice(call.params[1], 2)) return kRefusedParams;
  return hasStrides(call, 1, {leadingDimension(trailing(call, 2, 0)), 1}) ? kAccepted : 1;
}

template <class T>
void addFor(KernelTable& table) {
  table.add(suffixed<T>("inv"), inverse<T>, {dtypeOf<T>()}, {dtypeOf<T>()},
            {.params = 2, .minRank = 2, .layout = layout});
  table.add(suffixed<T>("luInverse"), inverseOfFactors<T>, {dtypeOf<T>(), DType::i32},
            {dtypeOf<T>()}, {.params = 1, .minRank = 2, .layout = layoutOfFactors});
}

}  // namespace

void registerInverse(KernelTable& table) {
  addFor<float>(table);
  addFor<double>(table);
}

}  // namespace adjoint
