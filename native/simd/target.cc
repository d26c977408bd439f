#include "target.h"

#include <atomic>

#include "enabled_targets.h"

#include <hwy/detect_targets.h>

namespace adjoint {
namespace {

struct Target {
  const char* name;
  std::int64_t number;
  int vectorBytes;
  bool supported;
};

// The system's part (are wide registers saved?) is in what __builtin_cpu_supports says.
std::vector<Target> allTargets() {
  std::vector<Target> targets;
#if HWY_ARCH_X86 && (defined(__GNUC__) || defined(__clang__))
  __builtin_cpu_init();
  const bool sse4 = __builtin_cpu_supports("sse4.1") != 0 &&
                    __builtin_cpu_supports("sse4.2") != 0 &&
                    __builtin_cpu_supports("pclmul") != 0 && __builtin_cpu_supports("aes") != 0;
  const bool avx2 = sse4 && __builtin_cpu_supports("avx2") != 0 &&
                    __builtin_cpu_supports("fma") != 0 && __builtin_cpu_supports("bmi") != 0 &&
                    __builtin_cpu_supports("bmi2") != 0;
  const bool avx512 =
      avx2 && __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512vl") != 0 &&
      __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
      __builtin_cpu_supports("avx512cd") != 0;
  targets.push_back({"avx512", HWY_AVX3, 64, avx512 && (HWY_TARGETS & HWY_AVX3) != 0});
  targets.push_back({"avx2", HWY_AVX2, 32, avx2 && (HWY_TARGETS & HWY_AVX2) != 0});
  targets.push_back({"sse4", HWY_SSE4, 16, sse4 && (HWY_TARGETS & HWY_SSE4) != 0});
#endif
#if HWY_ARCH_ARM
  targets.push_back({"neon", HWY_NEON, 16, HWY_STATIC_TARGET == HWY_NEON});
#endif
  if (targets.empty() || HWY_STATIC_TARGET > targets.back().number) {
    targets.push_back({"baseline", HWY_STATIC_TARGET, 16, true});
  }
  return targets;
}

const std::vector<Target>& supported() {
  static const std::vector<Target> targets = [] {
    std::vector<Target> found;
    for (const Target& target : allTargets()) {
      if (target.supported) found.push_back(target);
    }
    return found;
  }();
  return targets;
}

std::atomic<const Target*>& selected() {
  static std::atomic<const Target*> target = &supported().front();
  return target;
}

}  // namespace

std::vector<std::string> simdTargets() {
  std::vector<std::string> names;
  for (const Target& target : supported()) names.emplace_back(target.name);
  return names;
}

std::string simdTargetName() { return selected().load()->name; }

std::int64_t simdTarget() { return selected().load()->number; }

int simdVectorBytes() { return selected().load()->vectorBytes; }

bool selectSimdTarget(const std::string& name) {
  for (const Target& target : supported()) {
    if (target.name != name) continue;
    selected() = &target;
    return true;
  }
  return false;
}

}  // namespace adjoint
