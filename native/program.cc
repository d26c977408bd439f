#include "program.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <utility>

namespace adjoint {
namespace {

// While a program is checked its buffers lie in address ranges of their own, so that an operand's
// data tells the buffer and the place in it, and operands of one instruction can be told apart.
constexpr int kSpanBits = 38;
constexpr std::int64_t kSpan = std::int64_t{1} << kSpanBits;
constexpr std::size_t kMostBuffers = 4096;
constexpr std::size_t kMostSteps = std::size_t{1} << 24;

// Values of several types take turns in one piece of scratch memory.
constexpr std::int64_t kLargestItem = 16;
constexpr std::int64_t kLine = 64;

std::atomic<std::int64_t> programs{0};

bool isCount(double value, double most) {
  return value >= 0 && value <= most && value == static_cast<double>(static_cast<int64_t>(value));
}

}  // namespace

Program::Program() { programs.fetch_add(1, std::memory_order_relaxed); }
Program::~Program() { programs.fetch_sub(1, std::memory_order_relaxed); }
std::int64_t Program::count() { return programs.load(std::memory_order_relaxed); }

// Code is a header [buffers, fixed buffers, steps, measures], the length of each buffer, and the
// steps. A step is [works, measure, splitAxis, chunk] (splitAxis -1: whole) and its works. A work
// is its kernel's id, [motion, step] for every operand of it, and then an instruction as in the
// call frame, from its kernel on, with (buffer + 1) * kSpan for an address.
class ProgramDecoder {
 public:
  ProgramDecoder(const double* code, std::size_t slots) : code_(code), slots_(slots) {}

  std::unique_ptr<Program> decode(int& refused) {
    const bool good = header() && allSteps() && at_ == slots_;
    refused = static_cast<int>(at_);
    return good ? std::move(program_) : nullptr;
  }

 private:
  bool has(std::size_t count) const { return count <= slots_ - at_; }

  bool header() {
    if (!has(4) || !isCount(code_[0], kMostBuffers) || !isCount(code_[1], code_[0]) ||
        !isCount(code_[2], kMostSteps) || !isCount(code_[3], kMostSteps)) {
      return false;
    }
    const auto buffers = static_cast<std::size_t>(code_[0]);
    program_->fixed_ = static_cast<std::size_t>(code_[1]);
    steps_ = static_cast<std::size_t>(code_[2]);
    program_->measures_ = static_cast<std::size_t>(code_[3]);
    at_ = 4;
    if (!has(buffers)) return false;
    for (std::size_t i = 0; i < buffers; ++i, ++at_) {
      if (!isCount(code_[at_], static_cast<double>(kSpan))) return false;
      program_->lengths_.push_back(code_[at_]);
    }
    return true;
  }

  bool allSteps() {
    for (std::size_t i = 0; i < steps_; ++i) {
      if (!step()) return false;
    }
    return true;
  }

  bool step() {
    if (!has(4) || !isCount(code_[at_], kMostSteps) ||
        !(code_[at_ + 1] == -1 || (isCount(code_[at_ + 1], kMostSteps) &&
                                   code_[at_ + 1] < static_cast<double>(program_->measures_))) ||
        !(code_[at_ + 2] == -1 || isCount(code_[at_ + 2], kMaxRank - 1)) ||
        !isCount(code_[at_ + 3], static_cast<double>(kSpan))) {
      return false;
    }
    Program::Step step{};
    step.first = program_->works_.size();
    step.count = static_cast<std::size_t>(code_[at_]);
    step.measure = static_cast<int>(code_[at_ + 1]);
    step.blocked = code_[at_ + 2] >= 0;
    step.splitAxis = std::max(0, static_cast<int>(code_[at_ + 2]));
    step.chunk = static_cast<std::int64_t>(code_[at_ + 3]);
    at_ += 4;
    if (step.blocked ? step.chunk < 1 || step.count < 1 : step.count != 1) return false;
    for (std::size_t i = 0; i < step.count; ++i) {
      if (!work(step)) return false;
    }
    if (step.blocked && !share(step)) return false;
    program_->steps_.push_back(step);
    return true;
  }

  // What several threads have to know to take part in a step.
  bool share(Program::Step& step) {
    Program::Work* works = program_->works_.data() + step.first;
    const std::int64_t* dims = works[0].dims;
    step.blocks = (dims[step.splitAxis] + step.chunk - 1) / step.chunk;
    for (int axis = 0; axis < step.splitAxis; ++axis) step.blocks *= dims[axis];
    std::int64_t elements = std::min(step.chunk, dims[step.splitAxis]);
    for (int axis = step.splitAxis + 1; axis < works[0].rank; ++axis) elements *= dims[axis];
    double worth = 0;
    std::map<std::pair<int, std::int64_t>, std::int64_t> known;
    for (std::size_t w = 0; w < step.count; ++w) {
      const auto grain = static_cast<double>(std::max<std::int64_t>(1, works[w].kernel->grain));
      worth += static_cast<double>(elements) / grain;
      for (int i = 0; i < works[w].operandCount; ++i) {
        Program::Place& place = works[w].places[i];
        if (place.motion != Program::Motion::scratch) continue;
        const auto [at, fresh] =
            known.try_emplace({place.buffer, place.displacement}, step.scratch);
        place.local = at->second;
        if (fresh) step.scratch += (elements * kLargestItem + kLine - 1) / kLine * kLine;
        if (step.scratch > kSpan) return false;
      }
    }
    step.grain = worth > 0 && worth < 1 ? static_cast<std::int64_t>(1 / worth) : 1;
    return true;
  }

  bool work(const Program::Step& step) {
    const auto& kernels = kernelTable().all();
    if (!has(1)) return false;
    // The kernel's id comes first, so that the length of what follows is known.
    const double id = code_[at_];
    if (!isCount(id, static_cast<double>(kernels.size()) - 1)) return false;
    const Kernel& kernel = kernels[static_cast<std::size_t>(id)];
    if (step.blocked && kernel.kind != Kind::elementwise && kernel.kind != Kind::reduction) {
      return false;
    }
    const std::size_t motions = ++at_;
    const auto operands = static_cast<std::size_t>(kernel.operandCount);
    if (!has(2 * operands + 2)) return false;
    at_ += 2 * operands;
    const double rank = code_[at_ + 1];
    if (!isCount(rank, kMaxRank)) return false;
    const std::size_t length = 2 + static_cast<std::size_t>(rank) +
                               operands * (3 + static_cast<std::size_t>(rank)) +
                               static_cast<std::size_t>(kernel.paramCount);
    if (!has(length)) return false;
    if (step.blocked && rank <= step.splitAxis) return false;
    Instruction instruction;
    const double* frame = code_ + at_ - slot::kKernel;
    if (adjoint::decode(frame, kernel, instruction) != 0) return false;
    if (!sharesSpace(step, instruction.call)) return false;
    if (checkDoor(instruction, kernel) != 0) return false;
    if (!keep(kernel, instruction, step, motions)) return false;
    at_ += length;
    return true;
  }

  // All works of a step walk the same iteration space.
  bool sharesSpace(const Program::Step& step, const Call& call) const {
    if (program_->works_.size() == step.first) return true;
    const Program::Work& first = program_->works_[step.first];
    return call.rank == first.rank && std::equal(call.dims, call.dims + call.rank, first.dims);
  }

  bool keep(const Kernel& kernel, const Instruction& instruction, const Program::Step& step,
            std::size_t motions) {
    const Call& call = instruction.call;
    const int count = instruction.at(kernel.operandCount);
    auto integers = std::make_unique<std::int64_t[]>(static_cast<std::size_t>(count));
    std::copy_n(instruction.integers, count, integers.get());
    auto params = std::make_unique<double[]>(static_cast<std::size_t>(kernel.paramCount));
    std::copy_n(call.params, kernel.paramCount, params.get());
    Program::Work work{};
    work.kernel = &kernel;
    work.rank = call.rank;
    work.operandCount = kernel.operandCount;
    work.dims = integers.get();
    work.params = params.get();
    for (int i = 0; i < kernel.operandCount; ++i) {
      const Extent extent = instruction.extent(i);
      const std::int64_t buffer = (extent.address >> kSpanBits) - 1;
      if ((extent.address & (kSpan - 1)) != 0 || buffer < 0 ||
          buffer >= static_cast<std::int64_t>(program_->lengths_.size()) ||
          static_cast<double>(extent.byteLength) !=
              program_->lengths_[static_cast<std::size_t>(buffer)]) {
        return false;
      }
      Program::Place& place = work.places[i];
      place.buffer = static_cast<int>(buffer);
      place.itemSize = kernel.itemSizes[i];
      place.displacement = extent.offset * place.itemSize;
      place.strides = integers.get() + instruction.at(i) + 3;
      if (!move(place, step, work, extent, code_ + motions + 2 * static_cast<std::size_t>(i))) {
        return false;
      }
    }
    program_->integers_.push_back(std::move(integers));
    program_->params_.push_back(std::move(params));
    program_->works_.push_back(work);
    return true;
  }

  // The door has seen strides over the whole iteration space. Where an operand moves otherwise its
  // strides are 0 up to the split axis, and what a block reaches is checked here.
  bool move(Program::Place& place, const Program::Step& step, const Program::Work& work,
            const Extent& extent, const double* motion) {
    if (!isCount(motion[0], 2) || !isCount(motion[1], static_cast<double>(kSpan))) return false;
    place.motion = static_cast<Program::Motion>(static_cast<int>(motion[0]));
    place.step = static_cast<std::int64_t>(motion[1]);
    if (place.motion == Program::Motion::follow) return true;
    if (!step.blocked) return false;
    double inner = 1;
    double blocks = 1;
    for (int axis = 0; axis < work.rank; ++axis) {
      const auto dim = static_cast<double>(work.dims[axis]);
      if (axis <= step.splitAxis && place.strides[axis] != 0) return false;
      if (axis < step.splitAxis) blocks *= dim;
      if (axis == step.splitAxis) {
        const std::int64_t cuts = (work.dims[axis] + step.chunk - 1) / step.chunk;
        blocks *= static_cast<double>(cuts);
      }
      if (axis > step.splitAxis) inner *= dim;
    }
    const auto size = static_cast<double>(place.itemSize);
    const auto from = static_cast<double>(extent.offset);
    if (place.motion == Program::Motion::partial) {
      // Inner strides are 0 or lie within one step of what the door has seen.
      const double last = from + (blocks - 1) * static_cast<double>(place.step);
      double reach = 0;
      for (int axis = step.splitAxis + 1; axis < work.rank; ++axis) {
        if (place.strides[axis] < 0) return false;
        reach +=
            static_cast<double>(work.dims[axis] - 1) * static_cast<double>(place.strides[axis]);
      }
      return (last + reach + 1) * size <= static_cast<double>(extent.byteLength);
    }
    // A block in scratch memory is row-major.
    auto strides = std::make_unique<std::int64_t[]>(static_cast<std::size_t>(work.rank));
    std::int64_t stride = 1;
    for (int axis = work.rank - 1; axis >= step.splitAxis; --axis) {
      strides[static_cast<std::size_t>(axis)] = stride;
      stride *= std::max<std::int64_t>(1, work.dims[axis]);
    }
    place.strides = strides.get();
    program_->integers_.push_back(std::move(strides));
    return (from + static_cast<double>(step.chunk) * inner) * size <=
           static_cast<double>(extent.byteLength);
  }

  const double* code_;
  std::size_t slots_;
  std::size_t at_ = 0;
  std::size_t steps_ = 0;
  std::unique_ptr<Program> program_ = std::make_unique<Program>();
};

std::unique_ptr<Program> Program::decode(const double* code, std::size_t slots, int& refused) {
  return ProgramDecoder(code, slots).decode(refused);
}

}  // namespace adjoint
