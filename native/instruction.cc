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

// The elements an operand reaches, relative to its address; empty if it is never accessed.
// In doubles: sums are exact up to 2^53, and whatever is beyond that is out of reach anyway.
struct Reach {
  bool empty;
  double low;
  double high;  // past the last element
};

Reach reachOf(const Call& call, const Operand& operand, const Extent& extent) {
  double low = static_cast<double>(extent.offset);
  double high = low;
  for (int axis = 0; axis < call.rank; ++axis) {
    const std::int64_t stride = operand.strides[axis];
    if (stride == 0) continue;
    if (call.dims[axis] == 0) return {true, 0, 0};
    const double reach = static_cast<double>(call.dims[axis] - 1) * static_cast<double>(stride);
    (reach < 0 ? low : high) += reach;
  }
  return {false, low, high + 1};
}

bool fitsInBuffer(const Reach& reach, const Extent& extent, std::int64_t size) {
  if (reach.empty) return true;
  if (extent.address == 0 || reach.low < 0) return false;
  return reach.high * static_cast<double>(size) <= static_cast<double>(extent.byteLength);
}

// Routines with several outputs use one while they write another.
int overlappingOutput(const Instruction& instruction, const Kernel& kernel) {
  double from[kMaxOperands];
  double to[kMaxOperands];
  const int first = kernel.operandCount - kernel.outputCount;
  for (int i = first; i < kernel.operandCount; ++i) {
    const Extent& extent = instruction.extents[i];
    const Reach reach = reachOf(instruction.call, instruction.call.operands[i], extent);
    const auto size = static_cast<double>(itemSize(kernel.dtypes[i]));
    from[i] = static_cast<double>(extent.address) + reach.low * size;
    to[i] = static_cast<double>(extent.address) + reach.high * size;
    for (int other = first; other < i; ++other) {
      if (from[i] < to[other] && from[other] < to[i]) return i;
    }
  }
  return -1;
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
    if (!fitsInBuffer(reachOf(call, call.operands[i], extent), extent, size)) {
      return operandSlot(call.rank, i) + 2;
    }
  }
  if (kernel.outputCount > 1) {
    const int overlapping = overlappingOutput(instruction, kernel);
    if (overlapping >= 0) return operandSlot(call.rank, overlapping);
  }
  if (kernel.layout != nullptr) {
    const int refused = kernel.layout(call);
    if (refused == kRefusedDims) return slot::kDims;
    if (refused == kRefusedParams) return operandSlot(call.rank, kernel.operandCount);
    if (refused != kAccepted) return operandSlot(call.rank, refused) + 3;
  }
  return 0;
}

}  // namespace adjoint
