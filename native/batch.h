// Walks the leading (batch) axes of a call whose trailing axes are matrices.
#pragma once

#include <cstdint>

#include "instruction.h"

namespace adjoint {

// Calls body(flatIndex, offsets) in row-major order, offsets in elements per operand, until it
// returns false. Operand count is N, batch axes are the first `axes` ones.
template <int N, class Body>
void forEachBatch(const Call& call, int axes, Body&& body) {
  std::int64_t index[kMaxRank];
  std::int64_t offsets[N] = {};
  for (int axis = 0; axis < axes; ++axis) {
    if (call.dims[axis] == 0) return;
    index[axis] = 0;
  }
  for (std::int64_t flat = 0;; ++flat) {
    if (!body(flat, static_cast<const std::int64_t*>(offsets))) return;
    int axis = axes - 1;
    for (; axis >= 0; --axis) {
      for (int k = 0; k < N; ++k) offsets[k] += call.operands[k].strides[axis];
      if (++index[axis] < call.dims[axis]) break;
      for (int k = 0; k < N; ++k) offsets[k] -= call.operands[k].strides[axis] * call.dims[axis];
      index[axis] = 0;
    }
    if (axis < 0) return;
  }
}

}  // namespace adjoint
