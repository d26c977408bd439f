// A = Q T Q^T, T tridiagonal: dims [...batch, n, n]; A, then the factor, column-major. It holds T
// in its diagonal and subdiagonal, the reflectors of Q below, and their factors tau in the rest of
// its first row.
#include <cmath>

#include "../families.h"
#include "lapack.h"
#include "matrix.h"
#include "tridiagonal.h"

namespace adjoint {
namespace {

using std::int64_t;

// Squares of what is reduced must neither overflow nor vanish.
template <class T>
int scaleExponent(int n, const T* a) {
  constexpr int kSafe = std::numeric_limits<T>::max_exponent / 3;
  T largest = 0;
  for (int j = 0; j < n; ++j) {
    for (int i = j; i < n; ++i) largest = std::max(largest, std::fabs(a[i + int64_t{j} * n]));
  }
  if (largest == 0) return 0;
  const int exponent = std::ilogb(largest);
  return std::abs(exponent) < kSafe ? 0 : -exponent;
}

template <class T>
void scaleLower(int n, T* a, int exponent) {
  for (int j = 0; j < n; ++j) {
    for (int i = j; i < n; ++i) {
      T& x = a[i + int64_t{j} * n];
      x = std::ldexp(x, exponent);
    }
  }
}

template <class T>
class Reduction {
 public:
  explicit Reduction(int n) : n_(n), vectors_(int64_t{3} * n), work_(query()) {}

  // The lower triangle of `a` is read.
  void reduce(T* a) {
    const int exponent = scaleExponent(n_, a);
    if (exponent != 0) scaleLower(n_, a, exponent);
    T* d = vectors_.data();
    T* e = d + n_;
    T* tau = e + n_;
    sytrd('L', n_, a, n_, d, e, tau, work_.data(), workCount_);
    const int64_t n = n_;
    for (int64_t i = 0; i < n; ++i) a[i + i * n] = std::ldexp(d[i], -exponent);
    for (int64_t i = 1; i < n; ++i) {
      std::fill_n(a + i * n, i, T(0));
      a[i + (i - 1) * n] = std::ldexp(e[i - 1], -exponent);
      a[i * n] = tau[i - 1];
    }
  }

 private:
  int query() {
    T* const none = nullptr;
    T count = 0;
    sytrd('L', n_, none, n_, none, none, none, &count, -1);
    workCount_ = workSize(count);
    return workCount_;
  }

  int n_;
  int workCount_ = 0;
  Buffer<T> vectors_;
  Buffer<T> work_;
};

template <class T>
void tridiagonalise(const Call& call, Status& status) {
  const int r = call.rank;
  const int n = trailing(call, 2, 0);
  if (n == 0) return;
  const bool nan = failsWithNaN(call);
  const auto triangle = static_cast<Triangle>(static_cast<int>(call.params[1]));
  const BlasSlot slot;
  Reduction<T> reduction(n);
  forEachBatch<2>(call, r - 2, [&](int64_t flat, const int64_t* offsets) {
    const T* a = call.operands[0].as<const T>() + offsets[0];
    T* factor = call.operands[1].as<T>() + offsets[1];
    const bool good = copyLowerFinite(n, triangle, a, call.operands[0].strides[r - 2],
                                      call.operands[0].strides[r - 1], factor, flat, nan, status);
    if (good) {
      reduction.reduce(factor);
    } else {
      fillNaN(static_cast<int64_t>(n) * n, factor);
    }
    return good || nan;
  });
}

int layout(const Call& call) {
  if (!isSquare(call, 2)) return kRefusedDims;
  if (!isChoice(call.params[0], 2) || !isChoice(call.params[1], 3)) return kRefusedParams;
  return hasStrides(call, 1, {1, leadingDimension(trailing(call, 2, 0))}) ? kAccepted : 1;
}

template <class T>
void addFor(KernelTable& table) {
  constexpr DType kType = dtypeOf<T>();
  table.add(suffixed<T>("sytrd"), tridiagonalise<T>, {kType}, {kType},
            {.params = 2, .minRank = 2, .layout = layout});
}

}  // namespace

void registerSytrd(KernelTable& table) {
  addFor<float>(table);
  addFor<double>(table);
}

}  // namespace adjoint
