// Programs in the background.
#pragma once

#include <napi.h>

namespace adjoint {

// The function runProgramAsync of binding.d.ts for an environment.
Napi::Function makeRunProgramAsync(Napi::Env env);

}  // namespace adjoint
