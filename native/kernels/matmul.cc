// Matrix products over dims [...batch, m, n, k].
#include <algorithm>
#include <complex>
#include <cstdint>
#include <memory>
#include <vector>

#include "../batch.h"
#include "../blas.h"
#include "../families.h"
#include "../kernel_table.h"
#include "matrix_copy.h"
#include "small_matmul.h"

namespace adjoint {
namespace {

using std::int32_t;
using std::int64_t;

// Memory for operands that BLAS cannot read in place; reused along a batch.
template <class T>
class Scratch {
 public:
  T* get(int64_t count) {
    if (count > size_) {
      memory_ = std::make_unique_for_overwrite<T[]>(static_cast<std::size_t>(count));
      size_ = count;
    }
    return memory_.get();
  }

 private:
  std::unique_ptr<T[]> memory_;
  int64_t size_ = 0;
};

template <class T>
struct Matrix {
  T* data;
  int64_t rows, cols, row, col;  // sizes, then strides

  Matrix transposed() const { return {data, cols, rows, col, row}; }
  Matrix at(int64_t offset) const { return {data + offset, rows, cols, row, col}; }
};

// How BLAS reads a matrix in place: row-major as it is, or transposed.
struct Access {
  bool direct;
  CBLAS_TRANSPOSE trans;
  int ld;
};

template <class T>
Access access(const Matrix<T>& x) {
  // A stride along an axis of one element says nothing.
  if ((x.col == 1 || x.cols == 1) && (x.row >= x.cols || x.rows == 1)) {
    const int64_t ld = x.rows == 1 ? x.cols : x.row;
    if (ld <= kLargestBlasInteger) return {true, CblasNoTrans, static_cast<int>(ld)};
  }
  if ((x.row == 1 || x.rows == 1) && (x.col >= x.rows || x.cols == 1)) {
    const int64_t ld = x.cols == 1 ? x.rows : x.col;
    if (ld <= kLargestBlasInteger) return {true, CblasTrans, static_cast<int>(ld)};
  }
  return {false, CblasNoTrans, 0};
}

template <class T>
class Product {
 public:
  Product(Matrix<const T> a, Matrix<const T> b, Matrix<T> c) : a_(a), b_(b), c_(c) {
    // Column-major results: C^T = B^T A^T.
    if (c_.col != 1 && (c_.row == 1 || c_.rows == 1) && c_.cols != 1) {
      a_ = b.transposed();
      b_ = a.transposed();
      c_ = c.transposed();
      swapped_ = true;
    }
    small_ = std::max({a_.rows, b_.cols, a_.cols}) <= kSmall;
    if (small_) return;
    accessA_ = access(a_);
    accessB_ = access(b_);
    accessC_ = access(c_);
  }
  bool needsBlas() const { return !small_ && a_.cols > 1; }

  void run(int64_t offsetA, int64_t offsetB, int64_t offsetC) {
    if (swapped_) std::swap(offsetA, offsetB);
    const Matrix<const T> a = a_.at(offsetA);
    const Matrix<const T> b = b_.at(offsetB);
    const Matrix<T> c = c_.at(offsetC);
    if (small_) {
      multiplySmall<T>(c.rows, c.cols, a.cols, a.data, a.row, a.col, b.data, b.row, b.col, c.data,
                       c.row, c.col);
    } else if (a.cols == 0) {
      zero(c);
    } else if (c.rows == 1 && c.cols == 1) {
      dotProduct(a, b, c);
    } else if (c.cols == 1) {
      matrixVector(a, accessA_, b, c);
    } else if (c.rows == 1) {
      Access flipped = accessB_;
      flipped.trans = flipped.trans == CblasTrans ? CblasNoTrans : CblasTrans;
      matrixVector(b.transposed(), flipped, a.transposed(), c.transposed());
    } else if (a.cols == 1) {
      outerProduct(a, b, c);
    } else {
      matrixMatrix(a, b, c);
    }
  }

 private:
  static void zero(const Matrix<T>& c) {
    for (int64_t i = 0; i < c.rows; ++i) {
      for (int64_t j = 0; j < c.cols; ++j) c.data[i * c.row + j * c.col] = T(0);
    }
  }
  // One pass over C, where gemm would pack.
  void outerProduct(const Matrix<const T>& a, const Matrix<const T>& b, const Matrix<T>& c) {
    const T* row = b.data;
    if (b.col != 1) {
      T* packed = scratchB_.get(c.cols);
      copyMatrix<T>(1, c.cols, b.data, 0, b.col, packed, c.cols, 1);
      row = packed;
    }
    for (int64_t i = 0; i < c.rows; ++i) {
      const T factor = a.data[i * a.row];
      T* to = c.data + i * c.row;
      if (c.col == 1) {
        for (int64_t j = 0; j < c.cols; ++j) to[j] = product(factor, row[j]);
      } else {
        for (int64_t j = 0; j < c.cols; ++j) to[j * c.col] = product(factor, row[j]);
      }
    }
  }
  static const T* pack(const Matrix<const T>& x, Scratch<T>& scratch) {
    T* packed = scratch.get(x.rows * x.cols);
    copyMatrix<T>(x.rows, x.cols, x.data, x.row, x.col, packed, x.cols, 1);
    return packed;
  }
  // A vector as BLAS takes it; increments of zero or less are copied.
  struct Vector {
    const T* data;
    int step;
  };
  static Vector vector(const T* data, int64_t n, int64_t step, Scratch<T>& scratch) {
    if (step > 0 && step <= kLargestBlasInteger) return {data, static_cast<int>(step)};
    T* packed = scratch.get(n);
    copyMatrix<T>(1, n, data, 0, step, packed, n, 1);
    return {packed, 1};
  }

  void dotProduct(const Matrix<const T>& a, const Matrix<const T>& b, const Matrix<T>& c) {
    const Vector x = vector(a.data, a.cols, a.col, scratchA_);
    const Vector y = vector(b.data, a.cols, b.row, scratchB_);
    *c.data = dot(static_cast<int>(a.cols), x.data, x.step, y.data, y.step);
  }

  // `how` says how BLAS would read `a`; x and y are columns.
  void matrixVector(const Matrix<const T>& a, Access how, const Matrix<const T>& x,
                    const Matrix<T>& y) {
    const T* matrix = a.data;
    if (!how.direct) {
      matrix = pack(a, scratchA_);
      how = {true, CblasNoTrans, static_cast<int>(a.cols)};
    }
    const Vector v = vector(x.data, a.cols, x.row, scratchB_);
    const bool inPlace = y.row > 0 && y.row <= kLargestBlasInteger;
    T* result = inPlace ? y.data : scratchC_.get(a.rows);
    const int64_t step = inPlace ? y.row : 1;
    // Accumulated onto zeros: with a factor of zero some versions keep the NaN that was there.
    for (int64_t i = 0; i < a.rows; ++i) result[i * step] = T(0);
    const bool straight = how.trans == CblasNoTrans;
    gemv(how.trans, static_cast<int>(straight ? a.rows : a.cols),
         static_cast<int>(straight ? a.cols : a.rows), matrix, how.ld, v.data, v.step, result,
         static_cast<int>(step));
    if (!inPlace) copyMatrix<T>(a.rows, 1, result, 1, 1, y.data, y.row, y.col);
  }

  void matrixMatrix(const Matrix<const T>& a, const Matrix<const T>& b, const Matrix<T>& c) {
    const T* left = a.data;
    const T* right = b.data;
    Access howA = accessA_;
    Access howB = accessB_;
    // One matrix that serves a whole batch is packed once.
    if (!howA.direct) {
      if (packedFromA_ != a.data) packedA_ = pack(a, scratchA_);
      packedFromA_ = a.data;
      left = packedA_;
      howA = {true, CblasNoTrans, static_cast<int>(a.cols)};
    }
    if (!howB.direct) {
      if (packedFromB_ != b.data) packedB_ = pack(b, scratchB_);
      packedFromB_ = b.data;
      right = packedB_;
      howB = {true, CblasNoTrans, static_cast<int>(b.cols)};
    }
    const bool inPlace = accessC_.direct && accessC_.trans == CblasNoTrans;
    T* result = inPlace ? c.data : scratchC_.get(c.rows * c.cols);
    gemm(howA.trans, howB.trans, static_cast<int>(c.rows), static_cast<int>(c.cols),
         static_cast<int>(a.cols), left, howA.ld, right, howB.ld, result,
         inPlace ? accessC_.ld : static_cast<int>(c.cols));
    if (!inPlace) copyMatrix<T>(c.rows, c.cols, result, c.cols, 1, c.data, c.row, c.col);
  }

  Matrix<const T> a_;
  Matrix<const T> b_;
  Matrix<T> c_;
  bool swapped_ = false;
  bool small_ = false;
  Access accessA_{};
  Access accessB_{};
  Access accessC_{};
  Scratch<T> scratchA_;
  Scratch<T> scratchB_;
  Scratch<T> scratchC_;
  const T* packedA_ = nullptr;
  const T* packedFromA_ = nullptr;
  const T* packedB_ = nullptr;
  const T* packedFromB_ = nullptr;
};

// The product after batch axes that merely prolong the rows of A and C (or the columns of B and C)
// have been folded into them. A lone row or column has whatever stride prolongs it.
struct Folded {
  int batchAxes;
  int64_t m, n, k;
  int64_t aRow, cRow, bCol, cCol;
};

Folded fold(const Call& call) {
  const int r = call.rank;
  const int64_t* a = call.operands[0].strides;
  const int64_t* b = call.operands[1].strides;
  const int64_t* c = call.operands[2].strides;
  Folded f{r - 3,    call.dims[r - 3], call.dims[r - 2], call.dims[r - 1],
           a[r - 3], c[r - 3],         b[r - 2],         c[r - 2]};
  for (; f.batchAxes > 0; --f.batchAxes) {
    const int axis = f.batchAxes - 1;
    const int64_t count = call.dims[axis];
    if (count == 1) continue;
    const bool rows = b[axis] == 0 &&
                      (f.m == 1 || (f.m > 0 && a[axis] == f.m * f.aRow && c[axis] == f.m * f.cRow));
    const bool cols = a[axis] == 0 &&
                      (f.n == 1 || (f.n > 0 && b[axis] == f.n * f.bCol && c[axis] == f.n * f.cCol));
    if (rows && f.m * count <= kLargestBlasInteger) {
      if (f.m == 1) {
        f.aRow = a[axis];
        f.cRow = c[axis];
      }
      f.m *= count;
    } else if (cols && f.n * count <= kLargestBlasInteger) {
      if (f.n == 1) {
        f.bCol = b[axis];
        f.cCol = c[axis];
      }
      f.n *= count;
    } else {
      break;
    }
  }
  return f;
}

template <class T>
void matmul(const Call& call, Status&) {
  const int r = call.rank;
  const Operand& a = call.operands[0];
  const Operand& b = call.operands[1];
  const Operand& c = call.operands[2];
  const Folded f = fold(call);
  if (f.m <= 0 || f.n <= 0) return;
  if (f.batchAxes == 0 && std::max({f.m, f.n, f.k}) <= kSmall) {
    // What large products and batches need would take longer than this one.
    multiplySmall<T>(f.m, f.n, f.k, a.as<const T>(), f.aRow, a.strides[r - 1], b.as<const T>(),
                     b.strides[r - 1], f.bCol, c.as<T>(), f.cRow, f.cCol);
    return;
  }
  Product<T> product({a.as<const T>(), f.m, f.k, f.aRow, a.strides[r - 1]},
                     {b.as<const T>(), f.k, f.n, b.strides[r - 1], f.bCol},
                     {c.as<T>(), f.m, f.n, f.cRow, f.cCol});
  const auto multiply = [&](int64_t, const int64_t* offsets) {
    product.run(offsets[0], offsets[1], offsets[2]);
    return true;
  };
  if (product.needsBlas()) {
    const BlasSlot slot;
    forEachBatch<3>(call, f.batchAxes, multiply);
  } else {
    forEachBatch<3>(call, f.batchAxes, multiply);
  }
}

// Sums of products in two halves: the low 32 bits and the rest, so that no sum can overflow.
void matmulInteger(const Call& call, Status& status) {
  const int r = call.rank;
  const int64_t m = call.dims[r - 3];
  const int64_t n = call.dims[r - 2];
  const int64_t k = call.dims[r - 1];
  const int64_t* sa = call.operands[0].strides;
  const int64_t* sb = call.operands[1].strides;
  const int64_t* sc = call.operands[2].strides;
  if (m == 0 || n == 0) return;
  constexpr int64_t kStrip = 64;
  forEachBatch<3>(call, r - 3, [&](int64_t flat, const int64_t* offsets) {
    const int32_t* a = call.operands[0].as<const int32_t>() + offsets[0];
    const int32_t* b = call.operands[1].as<const int32_t>() + offsets[1];
    int32_t* c = call.operands[2].as<int32_t>() + offsets[2];
    for (int64_t i = 0; i < m; ++i) {
      for (int64_t strip = 0; strip < n; strip += kStrip) {
        const int64_t width = std::min(kStrip, n - strip);
        int64_t low[kStrip] = {};
        int64_t high[kStrip] = {};
        for (int64_t l = 0; l < k; ++l) {
          const int64_t factor = a[i * sa[r - 3] + l * sa[r - 1]];
          const int32_t* row = b + l * sb[r - 1] + strip * sb[r - 2];
          for (int64_t j = 0; j < width; ++j) {
            const int64_t product = factor * row[j * sb[r - 2]];
            low[j] += product & 0xffffffff;
            high[j] += product >> 32;
          }
        }
        for (int64_t j = 0; j < width; ++j) {
          const int64_t carried = high[j] + (low[j] >> 32);
          const auto result = static_cast<int32_t>(static_cast<std::uint32_t>(low[j]));
          if (carried != (result < 0 ? -1 : 0)) {
            status.fail(Code::overflow, (flat * m + i) * n + strip + j, 0);
          }
          c[i * sc[r - 3] + (strip + j) * sc[r - 2]] = result;
        }
      }
    }
    return true;
  });
}

// An operand does not vary along the axis that is not its own.
int layout(const Call& call) {
  const int r = call.rank;
  for (int axis = r - 3; axis < r; ++axis) {
    if (call.dims[axis] > kLargestBlasInteger) return kRefusedDims;
  }
  if (call.operands[0].strides[r - 2] != 0) return 0;
  if (call.operands[1].strides[r - 3] != 0) return 1;
  return call.operands[2].strides[r - 1] == 0 ? kAccepted : 2;
}

template <class T>
void addMatmul(KernelTable& table, KernelFunction function) {
  constexpr Kind kKind = std::is_integral_v<T> ? Kind::general : Kind::infallible;
  table.add(suffixed<T>("matmul"), function, {dtypeOf<T>(), dtypeOf<T>()}, {dtypeOf<T>()},
            {.minRank = 3, .layout = layout, .kind = kKind});
}

}  // namespace

void registerMatmul(KernelTable& table) {
  addMatmul<float>(table, matmul<float>);
  addMatmul<double>(table, matmul<double>);
  addMatmul<int32_t>(table, matmulInteger);
  addMatmul<std::complex<float>>(table, matmul<std::complex<float>>);
  addMatmul<std::complex<double>>(table, matmul<std::complex<double>>);
}

}  // namespace adjoint
