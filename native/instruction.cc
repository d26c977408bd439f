#include "instruction.h"

#include <cmath>

#include "kernel_table.h"

namespace adjoint {
namespace {

constexpr double kLargestInteger = 9007199254740992.0;  // 2^53

bool toInteger(double value, std::int64_t& integer) {
  if (!(std::fabs(value) <= kLargestInteger)) return false;
  integer = static_cast<std::int64_t>(value);
  return static_cast<double>(integer) == value;
}

int operandSlot(int rank, int operand) { return slot::kDims + rank + operand * (3 + rank); }

bool fitsInBuffer(const Call& call, const Operand& operand, const Extent& extent,
                  std::int64_t size) {
  // In doubles: sums are exact up to 2^53, and whatever is beyond that is out of reach anyway.
  double low = static_cast<double>(extent.offset);
  double high = low;
  for (int axis = 0; axis < call.rank; ++axis) {
    const std::int64_t stride = operand.strides[axis];
    if (stride == 0) continue;
    if (call.dims[axis] == 0) return true;  // never accessed
    const double reach = static_cast<double>(call.dims[axis] - 1) * static_cast<double>(stride);
    (reach < 0 ? low : high) += reach;
  }
  if (extent.address == 0 || low < 0) return false;
  return (high + 1) * static_cast<double>(size) <= static_cast<double>(extent.byteLength);
}

}  // namespace

int decode(const double* frame, const Kernel& kernel, Instruction& instruction) {
  Call& call = instruction.call;
  std::int64_t rank = 0;
  if (!toInteger(frame[slot::kRank], rank) || rank < kernel.minRank || rank > kMaxRank) {
    return slot::kRank;
  }
  call.rank = static_cast<int>(rank);
  std::int64_t* next = instruction.integers;
  call.dims = next;
  int at = slot::kDims;
  for (int axis = 0; axis < call.rank; ++axis, ++at) {
    if (!toInteger(frame[at], *next) || *next < 0) return at;
    ++next;
  }
  for (int i = 0; i < kernel.operandCount; ++i) {
    Extent& extent = instruction.extents[i];
    std::int64_t address = 0;
    if (!toInteger(frame[at], address) || address < 0) return at;
    extent.address = static_cast<std::uintptr_t>(address);
    if (!toInteger(frame[at + 1], extent.byteLength) || extent.byteLength < 0) return at + 1;
    if (!toInteger(frame[at + 2], extent.offset)) return at + 2;
    at += 3;
    call.operands[i].strides = next;
    for (int axis = 0; axis < call.rank; ++axis, ++at) {
      if (!toInteger(frame[at], *next)) return at;
      ++next;
    }
    // Integer arithmetic, so that an offset which the door will refuse is no undefined behaviour.
    const auto shift = static_cast<std::uintptr_t>(extent.offset) *
                       static_cast<std::uintptr_t>(itemSize(kernel.dtypes[i]));
    call.operands[i].data = reinterpret_cast<char*>(extent.address + shift);
  }
  call.params = frame + at;
  return 0;
}

int checkDoor(const Instruction& instruction, const Kernel& kernel) {
  const Call& call = instruction.call;
  double count = 1;
  for (int axis = 0; axis < call.rank; ++axis) {
    if (call.dims[axis] > 1) count *= static_cast<double>(call.dims[axis]);
  }
  if (!(count <= kLargestInteger)) return slot::kDims;
  for (int i = 0; i < kernel.operandCount; ++i) {
    const Extent& extent = instruction.extents[i];
    const std::int64_t size = itemSize(kernel.dtypes[i]);
    if (extent.address % static_cast<std::uintptr_t>(size) != 0) return operandSlot(call.rank, i);
    if (!fitsInBuffer(call, call.operands[i], extent, size)) return operandSlot(call.rank, i) + 2;
  }
  if (kernel.layout != nullptr) {
    const int refused = kernel.layout(call);
    if (refused == kRefusedDims) return slot::kDims;
    if (refused != kAccepted) return operandSlot(call.rank, refused) + 3;
  }
  return 0;
}

}  // namespace adjoint
