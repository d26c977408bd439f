// An instruction is an iteration space (dims) and operands with strides over it. It arrives as
// float64 slots in a frame, is decoded, checked at the door, and only then handed to a kernel.
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace adjoint {

struct Kernel;

inline constexpr int kMaxRank = 64;
inline constexpr int kMaxOperands = 6;
inline constexpr int kFrameSlots = 1024;

// In place of a rank: one dim, and operands that all run along it without gaps, so that they have
// no strides. The most frequent instruction of all, and the cheapest to decode.
inline constexpr double kFlat = -1;

// Slots of the frame. Operands follow the dims, parameters follow the operands.
namespace slot {
inline constexpr int kStatus = 0;
inline constexpr int kInfo = 1;
inline constexpr int kBatch = 2;
inline constexpr int kRcond = 3;
inline constexpr int kRcondBatch = 4;
inline constexpr int kEigenvalue = 5;  // real part, then imaginary part
inline constexpr int kKernel = 8;
inline constexpr int kRank = 9;
inline constexpr int kDims = 10;
}  // namespace slot

enum class Code : int {
  cancelled = -1,
  ok = 0,
  badInstruction = 1,
  singular = 2,
  notPositiveDefinite = 3,
  noConvergence = 4,
  nonFinite = 5,
  outOfMemory = 6,
  overflow = 7,
  badInteger = 8,  // a negative exponent, or division by zero
  indexRange = 9,
  commonEigenvalue = 11,
  negativeEigenvalue = 12,
  noDerivative = 13,
  noValue = 14,
};

struct Status {
  Code code = Code::ok;
  double info = 0;
  double batch = 0;
  double rcond = std::numeric_limits<double>::infinity();
  double rcondBatch = 0;
  std::complex<double> eigenvalue = 0;

  // The first failure of a call is the one that is reported.
  void fail(Code failure, std::int64_t batchIndex, std::int64_t detail) {
    if (code != Code::ok) return;
    code = failure;
    batch = static_cast<double>(batchIndex);
    info = static_cast<double>(detail);
  }
  // A failure that an eigenvalue is the reason for.
  void failAt(Code failure, std::int64_t batchIndex, std::complex<double> reason) {
    if (code == Code::ok) eigenvalue = reason;
    fail(failure, batchIndex, 0);
  }
  void measure(double value, std::int64_t batchIndex) {
    if (value < rcond) {
      rcond = value;
      rcondBatch = static_cast<double>(batchIndex);
    }
  }
};

struct Operand {
  char* data;  // of the element at index (0, 0, …)
  const std::int64_t* strides;

  template <class T>
  T* as() const {
    return reinterpret_cast<T*>(data);
  }
};

// What a kernel sees. It may trust every number in it.
struct Call {
  int rank;
  const std::int64_t* dims;
  const double* params;
  Operand operands[kMaxOperands];
};

// Where an operand claims to live: needed by the door, not by kernels. These are its three first
// slots, followed by the strides.
struct Extent {
  std::int64_t address;
  std::int64_t byteLength;
  std::int64_t offset;  // in elements
};

struct Instruction {
  Call call;
  const double* slots;  // what was decoded, from the dims on
  std::int64_t integers[kMaxRank + kMaxOperands * (3 + kMaxRank)];

  // The index of an operand's first slot.
  int at(int operand) const { return call.rank + operand * (3 + call.rank); }
  Extent extent(int operand) const {
    const std::int64_t* from = integers + at(operand);
    return {from[0], from[1], from[2]};
  }
};

// All return 0, or the slot of the frame that was refused. What decodeFlat lets pass is checked.
int decode(const double* frame, const Kernel& kernel, Instruction& instruction);
int decodeFlat(const double* frame, const Kernel& kernel, Instruction& instruction);
int checkDoor(const Instruction& instruction, const Kernel& kernel);

// Decodes, checks and runs the instruction in the frame; the status goes back into the frame.
void execute(double* frame);

}  // namespace adjoint
