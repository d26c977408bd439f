#include "blas.h"

#include <mutex>
#include <semaphore>

extern "C" void ilaver_(int* major, int* minor, int* patch);

namespace adjoint {
namespace {

constexpr int kSlots = 64;

std::counting_semaphore<kSlots>& slots() {
  static std::counting_semaphore<kSlots> semaphore(kSlots);
  return semaphore;
}

}  // namespace

BlasSlot::BlasSlot() { slots().acquire(); }
BlasSlot::~BlasSlot() { slots().release(); }

BlasInfo blasInfo() {
  BlasInfo info;
  int major = 0;
  int minor = 0;
  int patch = 0;
  ilaver_(&major, &minor, &patch);
  info.lapack = std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
#if defined(ADJOINT_ACCELERATE)
  info.name = "Accelerate";
#else
  info.name = "OpenBLAS";
  info.config = openblas_get_config();
  info.core = openblas_get_corename();
#endif
  return info;
}

void useOneBlasThread() {
#if !defined(ADJOINT_ACCELERATE)
  static std::once_flag once;
  std::call_once(once, [] { openblas_set_num_threads(1); });
#endif
}

}  // namespace adjoint
