// What the routines share: how input is copied and looked at, how failure is handled, and the
// layouts that the door demands.
#pragma once

#include <algorithm>
#include <bit>
#include <complex>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <type_traits>

#include "../batch.h"
#include "../blas.h"
#include "../kernel_table.h"
#include "../kernels/matrix_copy.h"

namespace adjoint {

// Parameter 0 of every routine here.
inline bool failsWithNaN(const Call& call) { return call.params[0] == 1; }

enum class Triangle { both = 0, lower = 1, upper = 2 };

template <class T>
class Buffer {
 public:
  explicit Buffer(std::int64_t count)
      : memory_(std::make_unique_for_overwrite<T[]>(static_cast<std::size_t>(count))) {}
  T* data() { return memory_.get(); }
  T& operator[](std::int64_t i) { return memory_[static_cast<std::size_t>(i)]; }

 private:
  std::unique_ptr<T[]> memory_;
};

// Adding one to an exponent of all ones carries into the sign: an integer test without branches
// that the compiler vectorises.
template <class T>
bool allFinite(std::int64_t count, const T* x) {
  using Bits = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
  constexpr int kMantissa = std::numeric_limits<T>::digits - 1;
  constexpr Bits kMagnitude = ~Bits{0} >> 1;
  Bits carried = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    carried |= (std::bit_cast<Bits>(x[i]) & kMagnitude) + (Bits{1} << kMantissa);
  }
  return carried >> (sizeof(T) * 8 - 1) == 0;
}

template <class T>
bool allFinite(std::int64_t count, const std::complex<T>* x) {
  return allFinite(2 * count, reinterpret_cast<const T*>(x));
}

template <class T>
bool isFinite(T x) {
  return allFinite(1, &x);
}

// The row-major index of the first element that is not finite and that `reads` says is read.
template <class T, class Reads>
std::int64_t firstNonFinite(std::int64_t rows, std::int64_t cols, const T* x, std::int64_t row,
                            std::int64_t col, Reads reads) {
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < cols; ++j) {
      if (reads(i, j) && !isFinite(x[i * row + j * col])) return i * cols + j;
    }
  }
  return 0;
}

// A workspace query answers in T: rounded up, so that a float does not lose the last units.
template <class T>
int workSize(T queried) {
  return static_cast<int>(queried * (T(1) + std::numeric_limits<T>::epsilon())) + 1;
}

// Copies to a contiguous column-major matrix; false, with the failure noted, if not finite.
template <class T>
bool copyFinite(std::int64_t rows, std::int64_t cols, const T* from, std::int64_t row,
                std::int64_t col, T* to, std::int64_t batch, bool nan, Status& status) {
  copyMatrix<T>(rows, cols, from, row, col, to, 1, rows);
  if (allFinite(rows * cols, to)) return true;
  if (!nan) {
    status.fail(Code::nonFinite, batch,
                firstNonFinite(rows, cols, from, row, col, [](auto, auto) { return true; }));
  }
  return false;
}

template <class T>
void fillNaN(std::int64_t count, T* x) {
  std::fill_n(x, count, std::numeric_limits<T>::quiet_NaN());
}
template <class T>
void fillNaN(std::int64_t count, std::complex<T>* x) {
  fillNaN(2 * count, reinterpret_cast<T*>(x));
}

// Calls each(i, j, x) on the entries of the lower triangle of the symmetric matrix of which
// `triangle` names what is read. On an exactly symmetric matrix `both` changes no bit.
template <class T, class Each>
void forEachOfLower(std::int64_t n, Triangle triangle, const T* a, std::int64_t row,
                    std::int64_t col, Each each) {
  if (triangle == Triangle::upper) std::swap(row, col);
  constexpr std::int64_t kBlock = 16;
  for (std::int64_t jb = 0; jb < n; jb += kBlock) {
    const std::int64_t jEnd = std::min(jb + kBlock, n);
    for (std::int64_t ib = jb; ib < n; ib += kBlock) {
      const std::int64_t iEnd = std::min(ib + kBlock, n);
      for (std::int64_t j = jb; j < jEnd; ++j) {
        for (std::int64_t i = std::max(ib, j); i < iEnd; ++i) {
          const T x = a[i * row + j * col];
          if (triangle != Triangle::both) {
            each(i, j, x);
          } else {
            const T y = a[j * row + i * col];
            each(i, j, x == y ? x : T(0.5) * x + T(0.5) * y);
          }
        }
      }
    }
  }
}

// Reads that triangle into the lower one of a column-major matrix whose columns lie `ld` apart.
template <class T>
void copyLower(std::int64_t n, Triangle triangle, const T* a, std::int64_t row, std::int64_t col,
               T* to, std::int64_t ld) {
  forEachOfLower(n, triangle, a, row, col,
                 [=](std::int64_t i, std::int64_t j, T x) { to[i + j * ld] = x; });
}

template <class T>
bool lowerFinite(std::int64_t n, const T* a, std::int64_t ld) {
  bool finite = true;
  for (std::int64_t j = 0; j < n; ++j) finite = finite && allFinite(n - j, a + j + j * ld);
  return finite;
}

// copyLower with the failure noted.
template <class T>
bool copyLowerFinite(std::int64_t n, Triangle triangle, const T* a, std::int64_t row,
                     std::int64_t col, T* to, std::int64_t ld, std::int64_t batch, bool nan,
                     Status& status) {
  copyLower(n, triangle, a, row, col, to, ld);
  if (lowerFinite(n, to, ld)) return true;
  if (!nan) {
    const auto reads = [triangle](std::int64_t i, std::int64_t j) {
      return triangle == Triangle::both || (triangle == Triangle::lower ? i >= j : i <= j);
    };
    status.fail(Code::nonFinite, batch, firstNonFinite(n, n, a, row, col, reads));
  }
  return false;
}

template <class T>
bool copyLowerFinite(std::int64_t n, Triangle triangle, const T* a, std::int64_t row,
                     std::int64_t col, T* to, std::int64_t batch, bool nan, Status& status) {
  return copyLowerFinite(n, triangle, a, row, col, to, n, batch, nan, status);
}

// --- What the door checks ------------------------------------------------------------------------

inline int trailing(const Call& call, int count, int axis) {
  return static_cast<int>(call.dims[call.rank - count + axis]);
}

inline bool blasSizes(const Call& call, int count) {
  for (int axis = call.rank - count; axis < call.rank; ++axis) {
    if (call.dims[axis] > kLargestBlasInteger) return false;
  }
  return true;
}

// The stride between the rows or columns of a matrix without gaps; never 0, not even of an empty
// one.
inline std::int64_t leadingDimension(std::int64_t extent) { return extent > 0 ? extent : 1; }

// Whether the trailing strides are these. Along an axis of one element any stride will do; along
// an empty one a stride where none is expected would hide the operand from the door.
inline bool hasStrides(const Call& call, int operand,
                       std::initializer_list<std::int64_t> expected) {
  int axis = call.rank - static_cast<int>(expected.size());
  for (const std::int64_t wanted : expected) {
    const std::int64_t stride = call.operands[operand].strides[axis];
    const std::int64_t dim = call.dims[axis];
    if (stride != wanted && (dim > 1 || (dim == 0 && wanted == 0))) return false;
    ++axis;
  }
  return true;
}

inline bool isChoice(double param, int count) {
  return param >= 0 && param < count && param == static_cast<int>(param);
}

// The last two dims are equal: the order of a square matrix.
inline bool isSquare(const Call& call, int count) {
  return blasSizes(call, count) && trailing(call, count, 0) == trailing(call, count, 1);
}

// The layout of a routine on square matrices, with a choice of two as its first parameter: these
// operands lie column by column without gaps.
inline int layoutOfSquareColumns(const Call& call, std::initializer_list<int> operands) {
  if (!isSquare(call, 2)) return kRefusedDims;
  if (!isChoice(call.params[0], 2)) return kRefusedParams;
  for (const int i : operands) {
    if (!hasStrides(call, i, {1, leadingDimension(trailing(call, 2, 0))})) return i;
  }
  return kAccepted;
}

}  // namespace adjoint
