// lgamma, digamma and polygamma, in double precision for every type.
#include <cmath>
#include <cstdint>

#include "../families.h"
#include "../simd/baseline.h"
#include "elementwise.h"
#include "special.h"

namespace adjoint {
namespace HWY_NAMESPACE {
namespace {

struct LogGamma {
  template <class T>
  static T apply(T x) {
    return static_cast<T>(logGamma(static_cast<double>(x)));
  }
};
struct Digamma {
  template <class T>
  static T apply(T x) {
    return static_cast<T>(digamma(static_cast<double>(x)));
  }
};

template <class T>
void polygammaKernel(const Call& call, Status&) {
  constexpr std::int64_t kSizes[] = {sizeof(T), sizeof(T)};
  const Polygamma polygamma(static_cast<int>(call.params[0]));
  forEachRun<2>(call, kSizes, [&](std::int64_t n, char* const* at, const std::int64_t* strides) {
    unaryRun<T, T>(n, at, strides,
                   [&](T x) -> T { return static_cast<T>(polygamma(static_cast<double>(x))); });
  });
}

int polygammaOrder(const Call& call) {
  const double n = call.params[0];
  return n >= 0 && n <= kLargestPolygamma && n == std::floor(n) ? kAccepted : kRefusedParams;
}

template <class T>
void addPolygamma(KernelTable& table) {
  table.add(suffixed<T>("polygamma"), polygammaKernel<T>, {dtypeOf<T>()}, {dtypeOf<T>()},
            {.params = 1, .layout = polygammaOrder, .kind = Kind::elementwise});
}

}  // namespace
}  // namespace HWY_NAMESPACE

void registerGamma(KernelTable& table) {
  using namespace HWY_NAMESPACE;
  addFloatUnary<LogGamma>(table, "lgamma");
  addFloatUnary<Digamma>(table, "digamma");
  addPolygamma<float>(table);
  addPolygamma<double>(table);
}

}  // namespace adjoint
