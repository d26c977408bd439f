#include "kernel_table.h"

#include <cstddef>
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
                grain_,
                requirements.one != nullptr ? requirements.one : function};
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

void KernelTable::takeFunctionsOf(const KernelTable& other) {
  for (std::size_t i = 0; i < kernels_.size(); ++i) {
    kernels_[i].function = other.kernels_[i].function;
    kernels_[i].one = other.kernels_[i].one;
  }
}

namespace {

// Measured: what computes gains from a second thread early, what moves memory late and little.
constexpr std::int64_t kGrainOfFunctions = std::int64_t{1} << 17;
constexpr std::int64_t kGrainOfMemory = std::int64_t{1} << 18;

KernelTable build() {
  KernelTable table;
  for (auto* family : kFamilies) {
    const bool computes = family == registerElementary || family == registerComplexElementary ||
                          family == registerGamma;
    table.add(family, computes ? kGrainOfFunctions : kGrainOfMemory);
  }
  return table;
}

KernelTable& theTable() {
  static KernelTable table = build();
  return table;
}

}  // namespace

const KernelTable& kernelTable() { return theTable(); }

void bindKernelsAgain() { theTable().takeFunctionsOf(build()); }

}  // namespace adjoint
