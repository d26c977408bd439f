// The kernel families. A new file of kernels adds its line here; a new kernel does not.
#pragma once

namespace adjoint {

class KernelTable;

void registerArithmetic(KernelTable& table);
void registerCopy(KernelTable& table);
void registerReduce(KernelTable& table);
void registerMatmul(KernelTable& table);

inline constexpr void (*kFamilies[])(KernelTable&) = {
    registerArithmetic,
    registerCopy,
    registerReduce,
    registerMatmul,
};

}  // namespace adjoint
