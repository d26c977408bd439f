#include "kernel_table.h"

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
                requirements.kind,
                {},
                {},
                grain_};
  int i = 0;
  for (DType dtype : inputs) kernel.dtypes[i++] = dtype;
  for (DType dtype : outputs) kernel.dtypes[i++] = dtype;
  for (i = 0; i < kernel.operandCount; ++i) kernel.itemSizes[i] = itemSize(kernel.dtypes[i]);
  kernels_.push_back(std::move(kernel));
}

void KernelTable::add(void (*family)(KernelTable&), std::int64_t grain) {
  grain_ = grain;
  family(*this);
}

// Measured: what computes gains from a second thread early, what moves memory late and little.
constexpr std::int64_t kGrainOfFunctions = std::int64_t{1} << 16;
constexpr std::int64_t kGrainOfMemory = std::int64_t{1} << 18;

const KernelTable& kernelTable() {
  static const KernelTable table = [] {
    KernelTable built;
    for (auto* family : kFamilies) {
      built.add(family, family == registerTranscendental ? kGrainOfFunctions : kGrainOfMemory);
    }
    return built;
  }();
  return table;
}

}  // namespace adjoint
