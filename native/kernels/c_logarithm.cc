// The C library's logarithm: NumPy's legacy streams of random numbers are made with it, and are the
// same to the last bit only with it.
#include <cmath>

#include "../families.h"
#include "../simd/baseline.h"
#include "elementwise.h"

namespace adjoint {
namespace HWY_NAMESPACE {
namespace {

struct CLogarithm {
  static double apply(double x) { return std::log(x); }
};

}  // namespace
}  // namespace HWY_NAMESPACE

void registerCLogarithm(KernelTable& table) {
  HWY_NAMESPACE::addUnary<HWY_NAMESPACE::CLogarithm, double>(table, "cLogarithm");
}

}  // namespace adjoint
