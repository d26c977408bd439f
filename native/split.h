// Large elementwise instructions, taken in pieces by several threads.
#pragma once

#include "kernel_table.h"

namespace adjoint {

// Runs a kernel of kind elementwise.
void runElementwise(const Kernel& kernel, const Call& call, Status& status);

}  // namespace adjoint
