// V (diag(c) + K) Vᵀ where K_ij = (VᵀG)_ij / (w_j − w_i), but 0 where these are equal, and what is
// read of it as a symmetric matrix: dims [...batch, n, n]; w [n], v [n, n], c [n], g [n, n], the
// row-major result. In the same pass the question of gauge.h is asked of VᵀG.
#include <cstdint>

#include "../families.h"
#include "../lapack/matrix.h"
#include "gauge.h"
#include "symmetric_product.h"

namespace adjoint {
namespace {

using std::int64_t;

// How BLAS reads a square matrix in place, if it can.
template <class T>
class Square {
 public:
  Square(int64_t n, int64_t row, int64_t column)
      : n_(n),
        row_(row),
        column_(column),
        straight_(column == 1 && row == n),
        transposed_(row == 1 && column == n),
        packed_(straight_ || transposed_ ? 0 : n * n) {}

  void read(const T* from) {
    data_ = from;
    if (straight_ || transposed_) return;
    copyMatrix<T>(n_, n_, from, row_, column_, packed_.data(), n_, 1);
    data_ = packed_.data();
  }
  const T* data() const { return data_; }
  bool transposed() const { return transposed_; }
  int64_t row() const { return transposed_ ? 1 : n_; }
  int64_t column() const { return transposed_ ? n_ : 1; }

 private:
  int64_t n_, row_, column_;
  bool straight_, transposed_;
  Buffer<T> packed_;
  const T* data_ = nullptr;
};

template <class T>
void multiply(int64_t n, const T* a, bool transposeA, const T* b, bool transposeB, T* c) {
  if (n <= kSmall) {
    multiplySmall<T>(n, n, n, a, transposeA ? 1 : n, transposeA ? n : 1, b, transposeB ? 1 : n,
                     transposeB ? n : 1, c, n, 1);
    return;
  }
  const auto order = static_cast<int>(n);
  gemm(transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans, order, order,
       order, a, order, b, order, c, order);
}

template <class T>
class Products {
 public:
  Products(int64_t n, T closeness)
      : n_(n), closeness_(closeness), values_(n), weights_(n), x_(n * n), y_(n * n) {}

  T* values() { return values_.data(); }
  T* weights() { return weights_.data(); }

  // Vᵀ G
  const T* project(const Square<T>& v, const Square<T>& g) {
    multiply(n_, v.data(), !v.transposed(), g.data(), g.transposed(), x_.data());
    return x_.data();
  }

  void finish(const Square<T>& v, T* out) {
    spread();
    multiply(n_, v.data(), v.transposed(), y_.data(), false, x_.data());
    const T* rows = v.data();
    if (v.transposed()) {
      copyMatrix<T>(n_, n_, v.data(), 1, n_, y_.data(), n_, 1);
      rows = y_.data();
    }
    symmetricProduct(n_, n_, x_.data(), rows, out);
  }

 private:
  // y becomes diag(c) + (K + Kᵀ)/2, the part that is symmetric.
  void spread() {
    T largest = 0;
    for (int64_t i = 0; i < n_; ++i) largest = std::max(largest, std::fabs(values_[i]));
    const T tolerance = closeness_ * largest;
    constexpr int64_t kBlock = 16;
    T across[kBlock];
    for (int64_t ib = 0; ib < n_; ib += kBlock) {
      const int64_t iEnd = std::min(ib + kBlock, n_);
      for (int64_t jb = 0; jb <= ib; jb += kBlock) {
        for (int64_t i = ib; i < iEnd; ++i) {
          const int64_t jEnd = std::min(jb + kBlock, i);
          const int64_t count = jEnd - jb;
          const T* along = x_.data() + i * n_ + jb;
          const T* value = values_.data() + jb;
          T* to = y_.data() + i * n_ + jb;
          for (int64_t j = 0; j < count; ++j) across[j] = x_[(jb + j) * n_ + i];
          for (int64_t j = 0; j < count; ++j) {
            const T gap = value[j] - values_[i];
            const bool equal = std::fabs(gap) <= tolerance;
            const T quotient = (along[j] - across[j]) / (equal ? T(1) : gap + gap);
            to[j] = equal ? T(0) : quotient;
          }
        }
      }
    }
    mirrorLower(n_, y_.data());
    for (int64_t i = 0; i < n_; ++i) y_[i * n_ + i] = weights_[i];
  }

  int64_t n_;
  T closeness_;
  Buffer<T> values_;
  Buffer<T> weights_;
  Buffer<T> x_;
  Buffer<T> y_;
};

// From a symmetric matrix to the entries that `triangle` reads: each stands for two.
template <class T>
void gather(int64_t n, Triangle triangle, T* c) {
  if (triangle == Triangle::lower) {
    forEachPair(n, c, [](T& lower, T& upper) {
      lower *= 2;
      upper = 0;
    });
  } else if (triangle == Triangle::upper) {
    forEachPair(n, c, [](T& lower, T& upper) {
      upper *= 2;
      lower = 0;
    });
  }
}

template <class T>
void multiplyAll(const Call& call, Status& status) {
  const int r = call.rank;
  const int64_t n = call.dims[r - 1];
  const auto triangle = static_cast<Triangle>(static_cast<int>(call.params[0]));
  const Gauge asked{static_cast<GaugeAnswer>(static_cast<int>(call.params[1])),
                    GaugeQuestion::cotangent, call.params[2], call.params[3]};
  const auto strideOf = [&](int operand, int back) {
    return call.operands[operand].strides[r - back];
  };
  Square<T> v(n, strideOf(1, 2), strideOf(1, 1));
  Square<T> g(n, strideOf(3, 2), strideOf(3, 1));
  Products<T> products(n, static_cast<T>(asked.closeness));
  bool found = false;
  forEachBatch<5>(call, r - 2, [&](int64_t flat, const int64_t* offsets) {
    const T* w = call.operands[0].as<const T>() + offsets[0];
    const T* c = call.operands[2].as<const T>() + offsets[2];
    T* out = call.operands[4].as<T>() + offsets[4];
    v.read(call.operands[1].as<const T>() + offsets[1]);
    g.read(call.operands[3].as<const T>() + offsets[3]);
    for (int64_t i = 0; i < n; ++i) {
      products.values()[i] = w[i * strideOf(0, 1)];
      products.weights()[i] = c[i * strideOf(2, 1)];
    }
    const T* x = products.project(v, g);
    if (!found) {
      Spectrum<T> spectrum({n, products.values(), 1, x, n, 1, products.weights(), 1}, asked);
      found = !spectrum.ask(flat, status);
      if (found && asked.answer == GaugeAnswer::fail) return false;
    }
    products.finish(v, out);
    gather(n, triangle, out);
    return true;
  });
}

template <class T>
void product(const Call& call, Status& status) {
  const int64_t n = call.dims[call.rank - 1];
  if (n == 0) return;
  if (n <= kSmall) {
    multiplyAll<T>(call, status);
  } else {
    const BlasSlot slot;
    multiplyAll<T>(call, status);
  }
}

int layout(const Call& call) {
  if (!isSquare(call, 2)) return kRefusedDims;
  const int r = call.rank;
  for (int operand : {0, 2}) {
    if (call.operands[operand].strides[r - 2] != 0) return operand;
  }
  const bool known = isChoice(call.params[0], 3) && isChoice(call.params[1], 3) &&
                     call.params[2] >= 0 && call.params[3] >= 0;
  if (!known) return kRefusedParams;
  return hasStrides(call, 4, {leadingDimension(trailing(call, 2, 0)), 1}) ? kAccepted : 4;
}

template <class T>
void addFor(KernelTable& table) {
  constexpr DType kType = dtypeOf<T>();
  table.add(suffixed<T>("eigenpairProduct"), product<T>, {kType, kType, kType, kType}, {kType},
            {.params = 4, .minRank = 2, .layout = layout});
}

}  // namespace

void registerEigenpairProduct(KernelTable& table) {
  addFor<float>(table);
  addFor<double>(table);
}

}  // namespace adjoint
