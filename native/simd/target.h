// The instruction sets that kernels are compiled for, and the choice among them at run time.
//
// A file of such kernels includes each_target.h and is compiled once per target: Highway includes
// it again and again, in another namespace and under a pragma that allows the target's instructions
// to what stands between HWY_BEFORE_NAMESPACE and HWY_AFTER_NAMESPACE. Everything else, templates
// of the standard library included, keeps the baseline's, so that the linker may choose any copy.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace adjoint {

// Those that this processor has, the best one first: "avx512", "avx2", "sse4" or "neon",
// "baseline".
std::vector<std::string> simdTargets();

// The one that kernels are registered for: its name, and Highway's number for it.
std::string simdTargetName();
std::int64_t simdTarget();

// The bytes of its vectors.
int simdVectorBytes();

// For tests: kernels that are registered from now on are this target's. False if it is not there.
bool selectSimdTarget(const std::string& name);

}  // namespace adjoint
