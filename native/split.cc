#include "split.h"

#include <algorithm>
#include <cstdlib>

#include "parallel.h"

namespace adjoint {
namespace {

// Along an axis that kernels vectorise: pieces end where vectors do.
constexpr std::int64_t kVectors = 64;

// The axis to cut: one with many elements, the outermost in memory, so that pieces lie apart.
int axisToCut(const Call& call, int operandCount) {
  const std::int64_t* out = call.operands[operandCount - 1].strides;
  int best = 0;
  for (int axis = 1; axis < call.rank; ++axis) {
    const bool many = call.dims[axis] >= kVectors;
    const bool manyBefore = call.dims[best] >= kVectors;
    const bool better = many && manyBefore ? std::abs(out[axis]) > std::abs(out[best])
                                           : call.dims[axis] > call.dims[best];
    if (better) best = axis;
  }
  return best;
}

}  // namespace

void runElementwise(const Kernel& kernel, const Call& call, Status& status) {
  std::int64_t size = 1;
  for (int axis = 0; axis < call.rank; ++axis) size *= call.dims[axis];
  if (size < 2 * kernel.grain || threads() <= 1) {
    kernel.function(call, status);
    return;
  }
  const int cut = axisToCut(call, kernel.operandCount);
  const std::int64_t extent = call.dims[cut];
  const std::int64_t across = size / extent;
  const std::int64_t least = (kernel.grain + across - 1) / across;
  const std::int64_t grain = (least + kVectors - 1) / kVectors * kVectors;
  parallelFor(extent, grain, [&](std::int64_t begin, std::int64_t end) {
    std::int64_t dims[kMaxRank];
    std::copy_n(call.dims, call.rank, dims);
    dims[cut] = end - begin;
    Call piece = call;
    piece.dims = dims;
    for (int i = 0; i < kernel.operandCount; ++i) {
      piece.operands[i].data += begin * call.operands[i].strides[cut] * kernel.itemSizes[i];
    }
    Status none;
    kernel.function(piece, none);
  });
}

}  // namespace adjoint
