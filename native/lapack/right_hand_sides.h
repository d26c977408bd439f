// Solvers with one matrix and right-hand sides, dims [...batch, n, n', k]: where batch axes vary
// the right-hand sides only, and X is contiguous along them, one solve serves them all.
#pragma once

#include "matrix.h"

namespace adjoint {

class RightHandSides {
 public:
  // The matrix' operands come first, then B and X: `b` is the index of B.
  RightHandSides(const Call& call, int b) : call_(call), b_(b), batchAxes_(call.rank - 3) {
    const std::int64_t n = call.dims[call.rank - 3];
    columns_ = call.dims[call.rank - 1];
    for (; batchAxes_ > 0 && shares(batchAxes_ - 1, n * columns_); --batchAxes_) {
      repeats_ *= call.dims[batchAxes_ - 1];
      columns_ *= call.dims[batchAxes_ - 1];
    }
  }

  int batchAxes() const { return batchAxes_; }
  std::int64_t repeats() const { return repeats_; }
  int columns() const { return static_cast<int>(columns_); }

  // Copies every right-hand side that belongs to one matrix into X (column-major). Calls
  // bad(index among them) for each that is not finite, until that returns false.
  template <class T, class Bad>
  bool copy(const T* b, T* x, Bad&& bad) const {
    const int r = call_.rank;
    const std::int64_t* strides = call_.operands[b_].strides;
    const std::int64_t n = call_.dims[r - 3];
    const std::int64_t k = call_.dims[r - 1];
    std::int64_t index[kMaxRank] = {};
    std::int64_t offset = 0;
    for (std::int64_t i = 0; i < repeats_; ++i, x += n * k) {
      copyMatrix<T>(n, k, b + offset, strides[r - 3], strides[r - 1], x, 1, n);
      if (!allFinite(n * k, x) &&
          !bad(i, firstNonFinite(n, k, x, 1, n, [](auto, auto) { return true; }))) {
        return false;
      }
      for (int axis = r - 4; axis >= batchAxes_; --axis) {
        offset += strides[axis];
        if (++index[axis] < call_.dims[axis]) break;
        offset -= strides[axis] * call_.dims[axis];
        index[axis] = 0;
      }
    }
    return true;
  }

 private:
  bool shares(int axis, std::int64_t step) const {
    if (call_.dims[axis] == 0 || columns_ * call_.dims[axis] > kLargestBlasInteger) return false;
    if (call_.dims[axis] == 1) return true;
    for (int operand = 0; operand < b_; ++operand) {
      if (call_.operands[operand].strides[axis] != 0) return false;
    }
    return call_.operands[b_ + 1].strides[axis] == step;
  }

  const Call& call_;
  int b_;
  int batchAxes_;
  std::int64_t repeats_ = 1;
  std::int64_t columns_;
};

}  // namespace adjoint
