#include "kernel_table.h"

#include <new>
#include <utility>

#include "families.h"

namespace adjoint {

void KernelTable::add(std::string name, KernelFunction function,
                      std::initializer_list<DType> inputs, std::initializer_list<DType> outputs,
                      Requirements requirements) {
  Kernel kernel{std::move(name),
                function,
                requirements.layout,
                requirements.minRank,
                static_cast<int>(inputs.size() + outputs.size()),
                static_cast<int>(outputs.size()),
                requirements.params,
                {},
                {}};
  int i = 0;
  for (DType dtype : inputs) kernel.dtypes[i++] = dtype;
  for (DType dtype : outputs) kernel.dtypes[i++] = dtype;
  for (i = 0; i < kernel.operandCount; ++i) kernel.itemSizes[i] = itemSize(kernel.dtypes[i]);
  kernels_.push_back(std::move(kernel));
}

const KernelTable& kernelTable() {
  static const KernelTable table = [] {
    KernelTable built;
    for (auto* family : kFamilies) family(built);
    return built;
  }();
  return table;
}

namespace {

Status refuse(int refusedSlot) {
  Status status;
  status.code = Code::badInstruction;
  status.info = refusedSlot;
  return status;
}

Status run(const double* frame) {
  static const std::vector<Kernel>& kernels = kernelTable().all();
  const double id = frame[slot::kKernel];
  if (!(id >= 0 && id < static_cast<double>(kernels.size()))) return refuse(slot::kKernel);
  const Kernel& kernel = kernels[static_cast<std::size_t>(id)];
  Instruction instruction;
  int refused = decode(frame, kernel, instruction);
  if (refused == 0) refused = checkDoor(instruction, kernel);
  if (refused != 0) return refuse(refused);
  Status status;
  try {
    kernel.function(instruction.call, status);
  } catch (const std::bad_alloc&) {
    status.code = Code::outOfMemory;
  }
  return status;
}

}  // namespace

void execute(double* frame) {
  const Status status = run(frame);
  frame[slot::kStatus] = static_cast<double>(status.code);
  frame[slot::kInfo] = status.info;
  frame[slot::kBatch] = status.batch;
  frame[slot::kRcond] = status.rcond;
  frame[slot::kRcondBatch] = status.rcondBatch;
}

}  // namespace adjoint
