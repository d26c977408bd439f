// Executions of a program, one after another, over one set of bindings.
#pragma once

#include <atomic>
#include <cstddef>
#include <vector>

#include "program.h"

namespace adjoint {

class ProgramRun {
 public:
  // Takes the addresses of fixed buffers from the bindings now, those of the others in every run.
  // Both arguments must outlive it.
  ProgramRun(const Program& program, double* bindings);

  // The report is in the bindings afterwards. One at a time; the program itself may be shared.
  void operator()();

 private:
  struct Prepared {
    KernelFunction function;
    const Kernel* inPieces;  // not null if it is large enough for several threads
    Call call;               // of a work in blocks it lacks the operands
  };
  // An operand in a buffer that is bound anew.
  struct Moving {
    std::size_t work;
    int operand;
    int buffer;
    std::int64_t displacement;
  };

  // Reads the addresses of buffers from `first` to `last`; gives the first bad one, or -1.
  int bind(std::size_t first, std::size_t last);
  void run(Status& status);
  void runBlocked(const Program::Step& step, Status& status) const;
  void runBlocks(const Program::Step& step, std::int64_t begin, std::int64_t end,
                 char* scratch) const;
  bool cancelled() const {
    const std::atomic_ref<double> flag(bindings_[binding::kCancelled]);
    return flag.load(std::memory_order_relaxed) != 0;
  }

  const Program& program_;
  double* bindings_;
  std::size_t step_ = 0;  // the one that runs
  std::vector<char*> buffers_;
  int refused_;  // the fixed buffer that was, or -1
  std::vector<Prepared> prepared_;
  std::vector<Moving> moving_;
};

}  // namespace adjoint
