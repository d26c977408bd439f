#include <cmath>

#include "serve.h"
#include "works.h"

namespace {

void scalarGradient(const Arguments&) {
  volatile double input = 2;
  volatile double value = 0;
  volatile double gradient = 0;
  serve(
      [&] {
        const double x = input;
        const double s = std::sin(x);
        const double c = std::cos(x);
        const double e = std::exp(x);
        value = s * x + c * e;
        gradient = c * x + s - s * e + c * e;
      },
      [&] { return value + 10 * gradient; });
}

}  // namespace

Works scalarWorks() { return {{"scalar-gradient", scalarGradient}}; }
