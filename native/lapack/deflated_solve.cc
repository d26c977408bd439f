// Equations (A - w_j I) x_j = b_j in the orthogonal complement of some eigenvectors of A, w_j being
// their eigenvalues: dims [...batch, n, n', k]; the factor that sytrd leaves, the values w, the
// vectors (n x k), B, then the column-major X. With A = Q T Q^T each column is a tridiagonal solve.
#include "../families.h"
#include "matrix.h"
#include "tridiagonal.h"

namespace adjoint {
namespace {

using std::int64_t;

// T - w I = P L U with partial pivoting. It is singular to working precision, by intention: pivots
// are kept from vanishing, and what a solution gains along the eigenvectors is projected out.
template <class T>
class ShiftedFactor {
 public:
  explicit ShiftedFactor(int n) : n_(n), bands_(int64_t{4} * n), swapped_(n) {}

  void factor(Tridiagonal<T>& t, T w) {
    T* d = bands_.data();
    T* lower = d + n_;
    T* upper = lower + n_;
    T* second = upper + n_;
    for (int i = 0; i < n_; ++i) {
      d[i] = t.diagonal()[i] - w;
      lower[i] = upper[i] = t.below()[i];
      second[i] = 0;
    }
    for (int i = 0; i + 1 < n_; ++i) {
      swapped_[i] = std::fabs(d[i]) < std::fabs(lower[i]);
      if (swapped_[i]) {
        std::swap(d[i], lower[i]);
        std::swap(upper[i], d[i + 1]);
        std::swap(second[i], upper[i + 1]);
      }
      d[i] = awayFromZero(d[i]);
      lower[i] /= d[i];
      d[i + 1] -= lower[i] * upper[i];
      upper[i + 1] -= lower[i] * second[i];
    }
    d[n_ - 1] = awayFromZero(d[n_ - 1]);
  }

  void solve(T* x) {
    const T* d = bands_.data();
    const T* lower = d + n_;
    const T* upper = lower + n_;
    const T* second = upper + n_;
    for (int i = 0; i + 1 < n_; ++i) {
      if (swapped_[i]) std::swap(x[i], x[i + 1]);
      x[i + 1] -= lower[i] * x[i];
    }
    for (int i = n_ - 1; i >= 0; --i) {
      if (i + 1 < n_) x[i] -= upper[i] * x[i + 1];
      if (i + 2 < n_) x[i] -= second[i] * x[i + 2];
      x[i] /= d[i];
    }
  }

 private:
  // The elements of T are about 1.
  static T awayFromZero(T pivot) {
    constexpr T kSmallest = std::numeric_limits<T>::epsilon();
    return std::fabs(pivot) < kSmallest ? std::copysign(kSmallest, pivot) : pivot;
  }

  int n_;
  Buffer<T> bands_;
  Buffer<bool> swapped_;
};

template <class T>
class Deflated {
 public:
  Deflated(int n, int k)
      : n_(n),
        k_(k),
        t_(n),
        toTridiagonal_(n, 2 * k),
        fromTridiagonal_(n, k),
        shifted_(n),
        column_(n),
        inner_(k) {}

  // Vectors, then B, in `basis`; B becomes X. False for a matrix that was not finite.
  bool solve(const T* factor, const T* values, int64_t valueStride, T* basis) {
    if (!t_.read(factor)) return false;
    toTridiagonal_.read(factor);
    toTridiagonal_.apply(true, basis);
    T* const x = basis + static_cast<int64_t>(n_) * k_;
    for (int j = 0; j < k_; ++j) {
      solveColumn(t_.scaled(values[j * valueStride]), basis, x + static_cast<int64_t>(j) * n_);
    }
    fromTridiagonal_.read(factor);
    fromTridiagonal_.apply(false, x);
    return true;
  }

 private:
  // One step of refinement: along the eigenvectors the first solution may be so large that little
  // is left of the digits of the rest.
  void solveColumn(T w, const T* basis, T* x) {
    project(basis, x);
    std::copy_n(x, n_, column_.data());
    shifted_.factor(t_, w);
    shifted_.solve(x);
    project(basis, x);
    subtractProduct(w, x, column_.data());
    project(basis, column_.data());
    shifted_.solve(column_.data());
    for (int i = 0; i < n_; ++i) x[i] += column_[i];
    project(basis, x);
    for (int i = 0; i < n_; ++i) x[i] = t_.scaled(x[i]);
  }

  // x without its part in the span of the vectors.
  void project(const T* basis, T* x) {
    std::fill_n(inner_.data(), k_, T(0));
    gemv(CblasNoTrans, k_, n_, basis, n_, x, 1, inner_.data(), 1);
    for (int j = 0; j < k_; ++j) inner_[j] = -inner_[j];
    gemv(CblasTrans, k_, n_, basis, n_, inner_.data(), 1, x, 1);
  }

  // y -= (T - w I) x
  void subtractProduct(T w, const T* x, T* y) {
    const T* d = t_.diagonal();
    const T* e = t_.below();
    for (int i = 0; i < n_; ++i) {
      T sum = (d[i] - w) * x[i];
      if (i > 0) sum += e[i - 1] * x[i - 1];
      if (i + 1 < n_) sum += e[i] * x[i + 1];
      y[i] -= sum;
    }
  }

  int n_;
  int k_;
  Tridiagonal<T> t_;
  Reflectors<T> toTridiagonal_;
  Reflectors<T> fromTridiagonal_;
  ShiftedFactor<T> shifted_;
  Buffer<T> column_;
  Buffer<T> inner_;
};

template <class T>
void solve(const Call& call, Status&) {
  const int r = call.rank;
  const int n = trailing(call, 3, 0);
  const int k = trailing(call, 3, 2);
  if (n == 0 || k == 0) return;
  const int64_t size = static_cast<int64_t>(n) * k;
  const auto copy = [&](int operand, int64_t offset, T* to) {
    const int64_t* strides = call.operands[operand].strides;
    copyMatrix<T>(n, k, call.operands[operand].as<const T>() + offset, strides[r - 3],
                  strides[r - 1], to, 1, n);
  };
  const BlasSlot slot;
  Deflated<T> deflated(n, k);
  Buffer<T> basis(2 * size);
  forEachBatch<5>(call, r - 3, [&](int64_t, const int64_t* offsets) {
    const T* factor = call.operands[0].as<const T>() + offsets[0];
    const T* values = call.operands[1].as<const T>() + offsets[1];
    T* x = call.operands[4].as<T>() + offsets[4];
    copy(2, offsets[2], basis.data());
    copy(3, offsets[3], basis.data() + size);
    if (deflated.solve(factor, values, call.operands[1].strides[r - 1], basis.data())) {
      std::copy_n(basis.data() + size, size, x);
    } else {
      fillNaN(size, x);
    }
    return true;
  });
}

int layout(const Call& call) {
  if (!isSquare(call, 3)) return kRefusedDims;
  const int64_t n = leadingDimension(trailing(call, 3, 0));
  if (!hasStrides(call, 0, {1, n, 0})) return 0;
  if (call.operands[1].strides[call.rank - 3] != 0 || call.operands[1].strides[call.rank - 2] != 0)
    return 1;
  if (call.operands[2].strides[call.rank - 2] != 0) return 2;
  if (call.operands[3].strides[call.rank - 2] != 0) return 3;
  return hasStrides(call, 4, {1, 0, n}) ? kAccepted : 4;
}

template <class T>
void addFor(KernelTable& table) {
  constexpr DType kType = dtypeOf<T>();
  table.add(suffixed<T>("deflatedSolve"), solve<T>, {kType, kType, kType, kType}, {kType},
            {.minRank = 3, .layout = layout});
}

}  // namespace

void registerDeflatedSolve(KernelTable& table) {
  addFor<float>(table);
  addFor<double>(table);
}

}  // namespace adjoint
