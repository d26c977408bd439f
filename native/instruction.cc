#include "instruction.h"

#include <bit>
#include <new>
#include <vector>

#include "kernel_table.h"
#include "split.h"

namespace adjoint {
namespace {

// Added to a whole number below 2^51, this leaves the number in the low bits of the sum; taken off
// again it gives back such a number and no other. Whatever is not one leaves bits in the complaint.
// Nothing here branches or converts, so that the compiler takes several slots at a time.
constexpr double kShift = 6755399441055744.0;  // 1.5 * 2^52
constexpr double kLargestCount = 9007199254740992.0;

struct Whole {
  std::int64_t integer;
  std::uint64_t complaint;
};

std::uint64_t bits(double value) { return std::bit_cast<std::uint64_t>(value); }

Whole toInteger(double slot) {
  const double value = slot + 0.0;  // a negative zero is a zero
  const double shifted = value + kShift;
  const std::uint64_t integer = bits(shifted) - bits(kShift);
  const std::uint64_t fraction = bits(shifted - kShift) ^ bits(value);
  // Infinities and NaN survive the shift, but not as a number of 51 bits.
  const std::uint64_t excess = (integer + (std::uint64_t{1} << 51)) >> 52;
  return {static_cast<std::int64_t>(integer), fraction | excess};
}

// Decodes so many slots; anything but 0 if one of them is refused.
std::uint64_t toIntegers(const double* slots, int count, std::int64_t* integers) {
  std::uint64_t complaints = 0;
#pragma GCC ivdep
  for (int i = 0; i < count; ++i) {
    const Whole whole = toInteger(slots[i]);
    integers[i] = whole.integer;
    complaints |= whole.complaint;
  }
  return complaints;
}

int firstRefused(const double* slots) {
  int refused = 0;
  while (toInteger(slots[refused]).complaint == 0) ++refused;
  return slot::kDims + refused;
}

// The elements an operand reaches, relative to its address; empty if it is never accessed, but may
// be walked over all the same.
// In doubles: sums are exact up to 2^53, and whatever is beyond that is out of reach anyway.
struct Reach {
  bool empty;
  double low;
  double high;  // past the last element
};

Reach reachOf(const Instruction& instruction, int operand) {
  const double* dims = instruction.slots;
  const double* slots = instruction.slots + instruction.at(operand);
  double low = slots[2];
  double high = slots[2];
  bool empty = false;
  for (int axis = 0; axis < instruction.call.rank; ++axis) {
    const double stride = slots[3 + axis];
    if (stride == 0) continue;
    if (dims[axis] == 0) {
      empty = true;
      continue;
    }
    const double reach = (dims[axis] - 1) * stride;
    (reach < 0 ? low : high) += reach;
  }
  return {empty, low, high + 1};
}

bool fitsInBuffer(const Reach& reach, const Extent& extent, std::int64_t size) {
  if (reach.empty) return reach.high - reach.low <= kLargestCount;
  if (extent.address <= 0 || reach.low < 0) return false;
  return reach.high * static_cast<double>(size) <= static_cast<double>(extent.byteLength);
}

// Routines with several outputs use one while they write another.
int overlappingOutput(const Instruction& instruction, const Kernel& kernel) {
  double from[kMaxOperands];
  double to[kMaxOperands];
  const int first = kernel.operandCount - kernel.outputCount;
  for (int i = first; i < kernel.operandCount; ++i) {
    const auto address = static_cast<double>(instruction.extent(i).address);
    const auto size = static_cast<double>(kernel.itemSizes[i]);
    const Reach reach = reachOf(instruction, i);
    from[i] = address + reach.low * size;
    to[i] = reach.empty ? from[i] : address + reach.high * size;
    for (int other = first; other < i; ++other) {
      if (from[i] == to[i] || from[other] == to[other]) continue;
      if (from[i] < to[other] && from[other] < to[i]) return i;
    }
  }
  return -1;
}

}  // namespace

int decode(const double* frame, const Kernel& kernel, Instruction& instruction) {
  const double rank = frame[slot::kRank];
  if (!(rank >= kernel.minRank && rank <= kMaxRank)) return slot::kRank;
  Call& call = instruction.call;
  call.rank = static_cast<int>(rank);
  if (call.rank != rank) return slot::kRank;
  const double* slots = frame + slot::kDims;
  instruction.slots = slots;
  const int count = instruction.at(kernel.operandCount);
  std::int64_t* integers = instruction.integers;
  if (toIntegers(slots, count, integers) != 0) return firstRefused(slots);
  call.dims = integers;
  call.params = slots + count;
  for (int i = 0; i < kernel.operandCount; ++i) {
    const int at = instruction.at(i);
    const Extent extent = instruction.extent(i);
    // An offset that the door will refuse must not be undefined behaviour here.
    const auto data = static_cast<std::uintptr_t>(extent.address) +
                      static_cast<std::uintptr_t>(extent.offset) *
                          static_cast<std::uintptr_t>(kernel.itemSizes[i]);
    call.operands[i] = {reinterpret_cast<char*>(data), integers + at + 3};
  }
  return 0;
}

int decodeFlat(const double* frame, const Kernel& kernel, Instruction& instruction) {
  static constexpr std::int64_t kUnitStride = 1;
  if (kernel.minRank > 1 || kernel.outputCount != 1 || kernel.layout != nullptr) return slot::kRank;
  const double* slots = frame + slot::kDims;
  const int count = 1 + 3 * kernel.operandCount;
  std::int64_t* integers = instruction.integers;
  if (toIntegers(slots, count, integers) != 0) return firstRefused(slots);
  const std::int64_t n = integers[0];
  if (n < 0) return slot::kDims;
  Call& call = instruction.call;
  for (int i = 0; i < kernel.operandCount; ++i) {
    const int at = 1 + 3 * i;
    const std::int64_t address = integers[at];
    const std::int64_t offset = integers[at + 2];
    const std::int64_t size = kernel.itemSizes[i];
    if ((address & (size - 1)) != 0) return slot::kDims + at;
    // Numbers of 51 bits: the products below do not overflow.
    if (n > 0 && (address <= 0 || offset < 0 || (offset + n) * size > integers[at + 1])) {
      return slot::kDims + at + 2;
    }
    call.operands[i] = {reinterpret_cast<char*>(address + offset * size), &kUnitStride};
  }
  call.rank = 1;
  call.dims = integers;
  call.params = slots + count;
  return 0;
}

int checkDoor(const Instruction& instruction, const Kernel& kernel) {
  const Call& call = instruction.call;
  double count = 1;
  for (int axis = 0; axis < call.rank; ++axis) {
    const double dim = instruction.slots[axis];
    if (dim < 0) return slot::kDims + axis;
    if (dim > 1) count *= dim;
  }
  if (!(count <= kLargestCount)) return slot::kDims;
  for (int i = 0; i < kernel.operandCount; ++i) {
    const Extent extent = instruction.extent(i);
    const std::int64_t size = kernel.itemSizes[i];
    const int at = slot::kDims + instruction.at(i);
    if ((extent.address & (size - 1)) != 0) return at;
    if (!fitsInBuffer(reachOf(instruction, i), extent, size)) return at + 2;
  }
  if (kernel.outputCount > 1) {
    const int overlapping = overlappingOutput(instruction, kernel);
    if (overlapping >= 0) return slot::kDims + instruction.at(overlapping);
  }
  if (kernel.layout != nullptr) {
    const int refused = kernel.layout(call);
    if (refused == kRefusedDims) return slot::kDims;
    if (refused == kRefusedParams) return slot::kDims + instruction.at(kernel.operandCount);
    if (refused != kAccepted) return slot::kDims + instruction.at(refused) + 3;
  }
  return 0;
}

namespace {

void refuse(int refusedSlot, Status& status) {
  status.code = Code::badInstruction;
  status.info = refusedSlot;
}

void run(const double* frame, Status& status) {
  static const std::vector<Kernel>& kernels = kernelTable().all();
  const double id = frame[slot::kKernel];
  if (!(id >= 0 && id < static_cast<double>(kernels.size()))) {
    refuse(slot::kKernel, status);
    return;
  }
  const Kernel& kernel = kernels[static_cast<std::size_t>(static_cast<int>(id))];
  Instruction instruction;
  int refused = 0;
  if (frame[slot::kRank] == kFlat) {
    refused = decodeFlat(frame, kernel, instruction);
  } else {
    refused = decode(frame, kernel, instruction);
    if (refused == 0) refused = checkDoor(instruction, kernel);
  }
  if (refused != 0) {
    refuse(refused, status);
    return;
  }
  try {
    if (kernel.kind == Kind::elementwise) {
      runElementwise(kernel, instruction.call, status);
    } else {
      kernel.function(instruction.call, status);
    }
  } catch (const std::bad_alloc&) {
    status.code = Code::outOfMemory;
  }
}

}  // namespace

void execute(double* frame) {
  Status status;
  run(frame, status);
  frame[slot::kStatus] = static_cast<double>(status.code);
  frame[slot::kInfo] = status.info;
  frame[slot::kBatch] = status.batch;
  frame[slot::kRcond] = status.rcond;
  frame[slot::kRcondBatch] = status.rcondBatch;
  frame[slot::kEigenvalue] = status.eigenvalue.real();
  frame[slot::kEigenvalue + 1] = status.eigenvalue.imag();
}

}  // namespace adjoint
