// Elementary functions of complex numbers: the C library's.
#include <cmath>
#include <complex>

#include "../families.h"
#include "../simd/baseline.h"
#include "elementwise.h"
#include "product.h"

namespace adjoint {
namespace HWY_NAMESPACE {
namespace {

#define ADJOINT_UNARY(Name, expression) \
  struct Name {                         \
    template <class T>                  \
    static T apply(T x) {               \
      return expression;                \
    }                                   \
  };

ADJOINT_UNARY(Exp, std::exp(x))
ADJOINT_UNARY(Log, std::log(x))
ADJOINT_UNARY(Sin, std::sin(x))
ADJOINT_UNARY(Cos, std::cos(x))
ADJOINT_UNARY(Tan, std::tan(x))
ADJOINT_UNARY(Sinh, std::sinh(x))
ADJOINT_UNARY(Cosh, std::cosh(x))
ADJOINT_UNARY(Tanh, std::tanh(x))

#undef ADJOINT_UNARY

// Small whole exponents by multiplication, as NumPy does: exact where products are.
struct Pow {
  template <class T>
  static T apply(T a, T b) {
    using Real = typename T::value_type;
    constexpr Real kLargest = 100;
    if (b == T(0)) return T(1);
    if (a == T(0) && b.real() > 0) return T(0);
    const Real n = b.real();
    if (b.imag() != 0 || n != std::nearbyint(n) || std::fabs(n) > kLargest) return std::pow(a, b);
    T result(1);
    T square = a;
    for (int left = static_cast<int>(std::fabs(n)); left != 0; left >>= 1) {
      if ((left & 1) != 0) result = product(result, square);
      square = product(square, square);
    }
    return n < 0 ? T(1) / result : result;
  }
};

}  // namespace
}  // namespace HWY_NAMESPACE

void registerComplexElementary(KernelTable& table) {
  using namespace HWY_NAMESPACE;
  addComplexUnary<Exp>(table, "exp");
  addComplexUnary<Log>(table, "log");
  addComplexUnary<Sin>(table, "sin");
  addComplexUnary<Cos>(table, "cos");
  addComplexUnary<Tan>(table, "tan");
  addComplexUnary<Sinh>(table, "sinh");
  addComplexUnary<Cosh>(table, "cosh");
  addComplexUnary<Tanh>(table, "tanh");
  addComplexBinary<Pow>(table, "pow");
}

}  // namespace adjoint
