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

}  // namespace adjoint
