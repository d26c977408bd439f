#include "program_run.h"

#include <algorithm>
#include <memory>
#include <new>

#include "parallel.h"
#include "split.h"

namespace adjoint {
namespace {

constexpr double kMostAddress = 9007199254740992.0;  // 2^53

std::int64_t sizeOf(const Call& call) {
  std::int64_t size = 1;
  for (int axis = 0; axis < call.rank; ++axis) size *= call.dims[axis];
  return size;
}

}  // namespace

ProgramRun::ProgramRun(const Program& program, double* bindings)
    : program_(program),
      bindings_(bindings),
      buffers_(program.lengths().size()),
      refused_(bind(0, program.fixed())) {
  prepared_.reserve(program.works().size());
  for (const Program::Work& work : program.works()) {
    Call call{};
    call.rank = work.rank;
    call.dims = work.dims;
    call.params = work.params;
    const Kernel& kernel = *work.kernel;
    const bool isElementwise = kernel.kind == Kind::elementwise;
    const std::int64_t size = sizeOf(call);
    prepared_.push_back({isElementwise && size == 1 ? kernel.one : kernel.function,
                         isElementwise && size >= kernel.grain ? &kernel : nullptr, call});
  }
  for (const Program::Step& step : program.steps()) {
    if (step.blocked) continue;
    const Program::Work& work = program.works()[step.first];
    for (int i = 0; i < work.operandCount; ++i) {
      const Program::Place& place = work.places[i];
      const auto buffer = static_cast<std::size_t>(place.buffer);
      Operand& operand = prepared_[step.first].call.operands[i];
      operand.strides = place.strides;
      if (buffer >= program.fixed()) {
        moving_.push_back({step.first, i, place.buffer, place.displacement});
      } else if (refused_ < 0) {
        operand.data = buffers_[buffer] + place.displacement;
      }
    }
  }
}

int ProgramRun::bind(std::size_t first, std::size_t last) {
  const double* pairs = bindings_ + program_.pairsSlot();
  const double* lengths = program_.lengths().data();
  for (std::size_t i = first; i < last; ++i) {
    const double address = pairs[2 * i];
    if (!(address >= 0 && address <= kMostAddress && pairs[2 * i + 1] >= lengths[i]) ||
        (address == 0 && lengths[i] > 0)) {
      return static_cast<int>(i);
    }
    // By way of a signed integer: that conversion is one instruction.
    buffers_[i] = reinterpret_cast<char*>(static_cast<std::intptr_t>(address));
  }
  return -1;
}

// Scratch memory is the program's own where none is given.
void ProgramRun::runBlocks(const Program::Step& step, std::int64_t begin, std::int64_t end,
                           char* scratch) const {
  if (begin == end) return;
  const Program::Work* works = program_.works().data() + step.first;
  const int split = step.splitAxis;
  const std::int64_t extent = works[0].dims[split];
  const std::int64_t cuts = (extent + step.chunk - 1) / step.chunk;
  std::int64_t index[kMaxRank];
  std::int64_t rest = begin / cuts;
  for (int axis = split - 1; axis >= 0; --axis) {
    index[axis] = rest % works[0].dims[axis];
    rest /= works[0].dims[axis];
  }
  std::int64_t dims[kMaxRank];
  std::copy(works[0].dims + split, works[0].dims + works[0].rank, dims);
  std::int64_t start = begin % cuts * step.chunk;
  Status none;  // these kernels do not fail
  for (std::int64_t block = begin; block < end && !cancelled(); ++block) {
    dims[0] = std::min(step.chunk, extent - start);
    for (std::size_t w = 0; w < step.count; ++w) {
      const Program::Work& work = works[w];
      Call call;
      call.rank = work.rank - split;
      call.dims = dims;
      call.params = work.params;
      for (int i = 0; i < work.operandCount; ++i) {
        const Program::Place& place = work.places[i];
        const std::int64_t* strides = place.strides + split;
        if (place.motion == Program::Motion::scratch && scratch != nullptr) {
          call.operands[i] = {scratch + place.local, strides};
          continue;
        }
        std::int64_t moved = 0;
        if (place.motion == Program::Motion::follow) {
          moved = start * place.strides[split];
          for (int axis = 0; axis < split; ++axis) moved += index[axis] * place.strides[axis];
        } else if (place.motion == Program::Motion::partial) {
          moved = block * place.step;
        }
        char* data = buffers_[static_cast<std::size_t>(place.buffer)] + place.displacement;
        call.operands[i] = {data + moved * place.itemSize, strides};
      }
      work.kernel->function(call, none);
    }
    start += step.chunk;
    if (start < extent) continue;
    start = 0;
    for (int axis = split - 1; axis >= 0; --axis) {
      if (++index[axis] < works[0].dims[axis]) break;
      index[axis] = 0;
    }
  }
}

void ProgramRun::runBlocked(const Program::Step& step, Status& status) const {
  if (step.blocks < 2 * step.grain || threads() <= 1) {
    runBlocks(step, 0, step.blocks, nullptr);
  } else {
    parallelFor(step.blocks, step.grain, [&](std::int64_t begin, std::int64_t end) {
      constexpr std::align_val_t kLine{64};
      const auto release = [](char* memory) { ::operator delete[](memory, kLine); };
      const std::unique_ptr<char, decltype(release)> scratch(
          static_cast<char*>(::operator new[](static_cast<std::size_t>(step.scratch), kLine)),
          release);
      runBlocks(step, begin, end, scratch.get());
    });
  }
  if (cancelled()) status.code = Code::cancelled;
}

void ProgramRun::run(Status& status) {
  const int refused = refused_ >= 0 ? refused_ : bind(program_.fixed(), buffers_.size());
  if (refused >= 0) {
    status.code = Code::badInstruction;
    status.info = refused;
    return;
  }
  for (const Moving& moving : moving_) {
    prepared_[moving.work].call.operands[moving.operand].data =
        buffers_[static_cast<std::size_t>(moving.buffer)] + moving.displacement;
  }
  const std::vector<Program::Step>& steps = program_.steps();
  for (; step_ < steps.size(); ++step_) {
    if (cancelled()) {
      status.code = Code::cancelled;
      return;
    }
    const Program::Step& step = steps[step_];
    if (step.blocked) {
      runBlocked(step, status);
    } else {
      const Prepared& prepared = prepared_[step.first];
      if (prepared.inPieces == nullptr) {
        prepared.function(prepared.call, status);
      } else {
        runElementwise(*prepared.inPieces, prepared.call, status);
      }
    }
    if (status.code != Code::ok) return;
    if (step.measure >= 0) {
      double* found = bindings_ + binding::kMeasures + binding::kMeasureSlots * step.measure;
      found[0] = status.info;
      found[1] = status.batch;
      found[2] = status.rcond;
      found[3] = status.rcondBatch;
      status = Status();
    }
  }
}

void ProgramRun::operator()() {
  Status status;
  step_ = 0;
  try {
    run(status);
  } catch (const std::bad_alloc&) {
    status.code = Code::outOfMemory;
  }
  bindings_[binding::kStatus] = static_cast<double>(status.code);
  if (status.code == Code::ok) return;
  bindings_[binding::kInfo] = status.info;
  bindings_[binding::kBatch] = status.batch;
  bindings_[binding::kStep] = static_cast<double>(step_);
  bindings_[binding::kEigenvalue] = status.eigenvalue.real();
  bindings_[binding::kEigenvalue + 1] = status.eigenvalue.imag();
}

}  // namespace adjoint
