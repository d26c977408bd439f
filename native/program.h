// A program is a list of instructions that run in one call. It is decoded and checked once; a run
// (program_run.h) only binds its buffers: temporaries, constants, inputs and outputs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "instruction.h"
#include "kernel_table.h"

namespace adjoint {

// What travels with a run, in float64 slots: its report, what every step that measures has found,
// and a pair (address, byteLength) for every buffer.
namespace binding {
inline constexpr int kStatus = 0;
inline constexpr int kInfo = 1;
inline constexpr int kBatch = 2;
inline constexpr int kStep = 3;        // the step that failed
inline constexpr int kCancelled = 4;   // not 0: stop before the next step
inline constexpr int kEigenvalue = 5;  // real and imaginary part of the one that is the reason
inline constexpr int kMeasures = 8;
inline constexpr int kMeasureSlots = 4;  // info, batch, rcond, rcondBatch
}  // namespace binding

class Program {
 public:
  Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();

  // How many there are, in the whole process.
  static std::int64_t count();

  // Null for code that a door refuses; `refused` is then its slot.
  static std::unique_ptr<Program> decode(const double* code, std::size_t slots, int& refused);

  // The slots that a run's bindings take.
  std::size_t bindingSlots() const { return pairsSlot() + 2 * lengths_.size(); }

  // Where the pairs (address, byteLength) begin in the bindings.
  std::size_t pairsSlot() const {
    return static_cast<std::size_t>(binding::kMeasures) + binding::kMeasureSlots * measures_;
  }

  // How an operand moves when an iteration space is taken in blocks.
  enum class Motion : std::uint8_t {
    follow,   // with the iteration space
    scratch,  // stays: every block is written over the one before
    partial,  // by a fixed step from block to block
  };
  struct Place {
    int buffer;
    std::int64_t displacement;  // in bytes
    std::int64_t itemSize;
    const std::int64_t* strides;  // in elements, over the iteration space; scratch: over a block
    Motion motion;
    std::int64_t step;   // of a partial, in elements
    std::int64_t local;  // of scratch: in bytes, from where memory of a thread's own begins
  };
  struct Work {
    const Kernel* kernel;
    int rank;
    int operandCount;
    const std::int64_t* dims;
    const double* params;
    Place places[kMaxOperands];
  };
  struct Step {
    std::size_t first;  // in works_
    std::size_t count;
    bool blocked;
    int splitAxis;       // axes before it are walked one by one, those behind it belong to a block
    std::int64_t chunk;  // the extent of a block along it
    int measure;         // -1 if nobody asks
    std::int64_t blocks;
    std::int64_t grain;    // blocks that are worth a thread's while
    std::int64_t scratch;  // bytes that a thread needs of its own
  };

  // The bytes that each buffer must have. The first `fixed` of them are the same in every run that
  // shares its bindings.
  const std::vector<double>& lengths() const { return lengths_; }
  std::size_t fixed() const { return fixed_; }
  const std::vector<Work>& works() const { return works_; }
  const std::vector<Step>& steps() const { return steps_; }

 private:
  friend class ProgramDecoder;

  std::vector<double> lengths_;
  std::size_t fixed_ = 0;
  std::vector<Work> works_;
  std::vector<Step> steps_;
  std::vector<std::unique_ptr<std::int64_t[]>> integers_;
  std::vector<std::unique_ptr<double[]>> params_;
  std::size_t measures_ = 0;
};

}  // namespace adjoint
