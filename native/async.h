// Programs on the thread pool.
#pragma once

#include <napi.h>

namespace adjoint {

// (program, bindings: Float64Array, keepAlive) gives a promise that is fulfilled, with nothing,
// when the run has ended, well or not: the report is in the bindings. `keepAlive` holds what is
// bound.
Napi::Value runProgramAsync(const Napi::CallbackInfo& info);

}  // namespace adjoint
