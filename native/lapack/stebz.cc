// Some eigenvalues and eigenvectors of a tridiagonalised symmetric matrix, by bisection and inverse
// iteration: dims [...batch, n, n', k, 3]; the factor that sytrd leaves, then values, vectors
// (column-major n x k) and three bounds: the eigenvalues next below and above, and the norm of the
// tridiagonal matrix. Values alone: dims [...batch, n, n', k]; the factor, the values.
#include <numeric>

#include "../families.h"
#include "lapack.h"
#include "matrix.h"
#include "tridiagonal.h"

namespace adjoint {
namespace {

using std::int64_t;

// Eigenvalues first ... last (ascending, from 0) of T.
template <class T>
class Bisection {
 public:
  Bisection(int n, int first, int last)
      : n_(n),
        first_(first),
        count_(last - first + 1),
        values_(n),
        blocks_(n),
        splits_(n),
        work_(int64_t{5} * n),
        integers_(int64_t{3} * n),
        order_(n) {}

  // Returns LAPACK's info, 0 if all were found.
  int find(Tridiagonal<T>& t) {
    int found = 0;
    int splits = 0;
    const int info =
        stebz('B', n_, first_ + 1, first_ + count_, t.diagonal(), t.below(), &found, &splits,
              values_.data(), blocks_.data(), splits_.data(), work_.data(), integers_.data());
    if (info != 0 || found != count_) return info != 0 ? info : -1;
    std::iota(order_.data(), order_.data() + count_, 0);
    std::stable_sort(order_.data(), order_.data() + count_,
                     [this](int i, int j) { return values_[i] < values_[j]; });
    return 0;
  }

  T value(int i) { return values_[order_[i]]; }

  // Vectors of those from `skip` on, `columns` of them, in ascending order.
  int vectors(Tridiagonal<T>& t, int skip, int columns, T* to) {
    // stein wants them grouped by the blocks into which T splits, as stebz left them.
    Buffer<int> target(n_);
    std::fill_n(target.data(), n_, -1);
    for (int i = 0; i < columns; ++i) target[order_[skip + i]] = i;
    Buffer<T> values(columns);
    Buffer<int> blocks(columns);
    Buffer<int> place(columns);
    int taken = 0;
    for (int i = 0; i < count_; ++i) {
      if (target[i] < 0) continue;
      values[taken] = values_[i];
      blocks[taken] = blocks_[i];
      place[taken++] = target[i];
    }
    Buffer<T> found(static_cast<int64_t>(n_) * columns);
    Buffer<int> failed(columns);
    const int info =
        stein(n_, t.diagonal(), t.below(), columns, values.data(), blocks.data(), splits_.data(),
              found.data(), n_, work_.data(), integers_.data(), failed.data());
    for (int i = 0; i < columns; ++i) {
      std::copy_n(found.data() + static_cast<int64_t>(i) * n_, n_,
                  to + static_cast<int64_t>(place[i]) * n_);
    }
    return info;
  }

 private:
  int n_, first_, count_;
  Buffer<T> values_;
  Buffer<int> blocks_;
  Buffer<int> splits_;
  Buffer<T> work_;
  Buffer<int> integers_;
  Buffer<int> order_;
};

template <class T>
void eigenpairs(const Call& call, Status& status) {
  constexpr T kInfinity = std::numeric_limits<T>::infinity();
  const int r = call.rank;
  const int n = trailing(call, 4, 0);
  const int k = trailing(call, 4, 2);
  if (n == 0 || k == 0) return;
  const bool nan = failsWithNaN(call);
  const int from = static_cast<int>(call.params[1]);
  const int below = from > 0 ? 1 : 0;
  const bool above = from + k < n;
  const BlasSlot slot;
  Bisection<T> bisection(n, from - below, from + k - (above ? 0 : 1));
  Tridiagonal<T> t(n);
  Reflectors<T> reflectors(n, k);
  forEachBatch<4>(call, r - 4, [&](int64_t flat, const int64_t* offsets) {
    const T* factor = call.operands[0].as<const T>() + offsets[0];
    T* values = call.operands[1].as<T>() + offsets[1];
    T* vectors = call.operands[2].as<T>() + offsets[2];
    T* bounds = call.operands[3].as<T>() + offsets[3];
    const bool finite = t.read(factor);
    int info = finite ? bisection.find(t) : 0;
    if (finite && info == 0) {
      for (int i = 0; i < k; ++i) values[i] = t.unscaled(bisection.value(below + i));
      bounds[0] = below > 0 ? t.unscaled(bisection.value(0)) : -kInfinity;
      bounds[1] = above ? t.unscaled(bisection.value(below + k)) : kInfinity;
      bounds[2] = t.unscaled(t.norm());
      info = bisection.vectors(t, below, k, vectors);
    }
    if (finite && info == 0) {
      reflectors.read(factor);
      reflectors.apply(false, vectors);
      return true;
    }
    if (!nan) {
      status.fail(finite ? Code::noConvergence : Code::nonFinite, flat, info);
      return false;
    }
    fillNaN(k, values);
    fillNaN(static_cast<int64_t>(n) * k, vectors);
    fillNaN(3, bounds);
    return true;
  });
}

template <class T>
void eigenvalues(const Call& call, Status& status) {
  const int n = trailing(call, 3, 0);
  const int k = trailing(call, 3, 2);
  if (n == 0 || k == 0) return;
  const bool nan = failsWithNaN(call);
  const int from = static_cast<int>(call.params[1]);
  const BlasSlot slot;
  Bisection<T> bisection(n, from, from + k - 1);
  Tridiagonal<T> t(n);
  forEachBatch<2>(call, call.rank - 3, [&](int64_t flat, const int64_t* offsets) {
    const T* factor = call.operands[0].as<const T>() + offsets[0];
    T* values = call.operands[1].as<T>() + offsets[1];
    const bool finite = t.read(factor);
    const int info = finite ? bisection.find(t) : 0;
    if (finite && info == 0) {
      for (int i = 0; i < k; ++i) values[i] = t.unscaled(bisection.value(i));
      return true;
    }
    if (!nan) {
      status.fail(finite ? Code::noConvergence : Code::nonFinite, flat, info);
      return false;
    }
    fillNaN(k, values);
    return true;
  });
}

// `axes` trailing axes, of which the first two are n and the third is k.
int spectrumLayout(const Call& call, int axes) {
  if (!blasSizes(call, axes)) return kRefusedDims;
  const int n = trailing(call, axes, 0);
  const int k = trailing(call, axes, 2);
  if (trailing(call, axes, 1) != n || k > n) return kRefusedDims;
  if (!isChoice(call.params[0], 2) || !isChoice(call.params[1], n - k + 1)) return kRefusedParams;
  return kAccepted;
}

int pairsLayout(const Call& call) {
  const int refused = spectrumLayout(call, 4);
  if (refused != kAccepted) return refused;
  if (trailing(call, 4, 3) != 3) return kRefusedDims;
  const std::int64_t n = leadingDimension(trailing(call, 4, 0));
  if (!hasStrides(call, 0, {1, n, 0, 0})) return 0;
  if (!hasStrides(call, 1, {0, 0, 1, 0})) return 1;
  if (!hasStrides(call, 2, {1, 0, n, 0})) return 2;
  return hasStrides(call, 3, {0, 0, 0, 1}) ? kAccepted : 3;
}

int valuesLayout(const Call& call) {
  const int refused = spectrumLayout(call, 3);
  if (refused != kAccepted) return refused;
  if (!hasStrides(call, 0, {1, leadingDimension(trailing(call, 3, 0)), 0})) return 0;
  return hasStrides(call, 1, {0, 0, 1}) ? kAccepted : 1;
}

template <class T>
void addFor(KernelTable& table) {
  constexpr DType kType = dtypeOf<T>();
  table.add(suffixed<T>("stebz"), eigenpairs<T>, {kType}, {kType, kType, kType},
            {.params = 2, .minRank = 4, .layout = pairsLayout});
  table.add(suffixed<T>("stebzValues"), eigenvalues<T>, {kType}, {kType},
            {.params = 2, .minRank = 3, .layout = valuesLayout});
}

}  // namespace

void registerStebz(KernelTable& table) {
  addFor<float>(table);
  addFor<double>(table);
}

}  // namespace adjoint
