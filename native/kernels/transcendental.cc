// Elementary functions: the C library's, whose edge cases are IEEE's.
#include <cmath>
#include <complex>

#include "../families.h"
#include "elementwise.h"
#include "product.h"
#include "special.h"

namespace adjoint {
namespace {

#define ADJOINT_UNARY(Name, expression) \
  struct Name {                         \
    template <class T>                  \
    static T apply(T x) {               \
      return expression;                \
    }                                   \
  };
#define ADJOINT_BINARY(Name, expression) \
  struct Name {                          \
    template <class T>                   \
    static T apply(T a, T b) {           \
      return expression;                 \
    }                                    \
  };

ADJOINT_UNARY(Exp, std::exp(x))
ADJOINT_UNARY(Expm1, std::expm1(x))
ADJOINT_UNARY(Log, std::log(x))
ADJOINT_UNARY(Log1p, std::log1p(x))
ADJOINT_UNARY(Log2, std::log2(x))
ADJOINT_UNARY(Log10, std::log10(x))
ADJOINT_UNARY(Sin, std::sin(x))
ADJOINT_UNARY(Cos, std::cos(x))
ADJOINT_UNARY(Tan, std::tan(x))
ADJOINT_UNARY(Asin, std::asin(x))
ADJOINT_UNARY(Acos, std::acos(x))
ADJOINT_UNARY(Atan, std::atan(x))
ADJOINT_UNARY(Sinh, std::sinh(x))
ADJOINT_UNARY(Cosh, std::cosh(x))
ADJOINT_UNARY(Tanh, std::tanh(x))
ADJOINT_UNARY(Asinh, std::asinh(x))
ADJOINT_UNARY(Acosh, std::acosh(x))
ADJOINT_UNARY(Atanh, std::atanh(x))
ADJOINT_UNARY(Erf, std::erf(x))
ADJOINT_UNARY(Erfc, std::erfc(x))
ADJOINT_UNARY(LogGamma, static_cast<T>(logGamma(static_cast<double>(x))))
ADJOINT_UNARY(Digamma, static_cast<T>(digamma(static_cast<double>(x))))
ADJOINT_BINARY(Atan2, std::atan2(a, b))
ADJOINT_BINARY(Hypot, std::hypot(a, b))

#undef ADJOINT_UNARY
#undef ADJOINT_BINARY

struct Sigmoid {
  template <class T>
  static T apply(T x) {
    const T small = std::exp(-std::fabs(x));  // never overflows
    return (x >= 0 ? T(1) : small) / (T(1) + small);
  }
};
struct LogAddExp {
  template <class T>
  static T apply(T a, T b) {
    if (a == b) return a + T(0.693147180559945309417232121458176568L);  // infinities included
    const T difference = a - b;
    if (difference > 0) return a + std::log1p(std::exp(-difference));
    if (difference <= 0) return b + std::log1p(std::exp(difference));
    return difference;  // NaN
  }
};
struct Pow {
  template <class T>
  static T apply(T a, T b) {
    return std::pow(a, b);
  }
};

// Small whole exponents by multiplication, as NumPy does: exact where products are.
struct ComplexPow {
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

template <class T>
void power(const Call& call, Status& status) {
  constexpr std::int64_t kSizes[] = {sizeof(T), sizeof(T), sizeof(T)};
  bool square = call.rank > 0;
  for (int axis = 0; axis < call.rank; ++axis) {
    if (call.dims[axis] == 0) return;
    square = square && call.operands[1].strides[axis] == 0;
  }
  if (!square || *call.operands[1].as<const T>() != T(2)) {
    binary<Pow, T, T>(call, status);
    return;
  }
  forEachRun<3>(call, kSizes, [](std::int64_t n, char* const* at, const std::int64_t* strides) {
    binaryRun<T, T, T>(n, at, strides, [](T a, T) -> T { return a * a; });
  });
}

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
void addFor(KernelTable& table) {
  table.add(suffixed<T>("pow"), power<T>, {dtypeOf<T>(), dtypeOf<T>()}, {dtypeOf<T>()},
            {.kind = Kind::elementwise});
  table.add(suffixed<T>("polygamma"), polygammaKernel<T>, {dtypeOf<T>()}, {dtypeOf<T>()},
            {.params = 1, .layout = polygammaOrder, .kind = Kind::elementwise});
}

}  // namespace

void registerTranscendental(KernelTable& table) {
  addFloatUnary<Exp>(table, "exp");
  addFloatUnary<Expm1>(table, "expm1");
  addFloatUnary<Log>(table, "log");
  addFloatUnary<Log1p>(table, "log1p");
  addFloatUnary<Log2>(table, "log2");
  addFloatUnary<Log10>(table, "log10");
  addFloatUnary<Sin>(table, "sin");
  addFloatUnary<Cos>(table, "cos");
  addFloatUnary<Tan>(table, "tan");
  addFloatUnary<Asin>(table, "asin");
  addFloatUnary<Acos>(table, "acos");
  addFloatUnary<Atan>(table, "atan");
  addFloatUnary<Sinh>(table, "sinh");
  addFloatUnary<Cosh>(table, "cosh");
  addFloatUnary<Tanh>(table, "tanh");
  addFloatUnary<Asinh>(table, "asinh");
  addFloatUnary<Acosh>(table, "acosh");
  addFloatUnary<Atanh>(table, "atanh");
  addFloatUnary<Erf>(table, "erf");
  addFloatUnary<Erfc>(table, "erfc");
  addFloatUnary<LogGamma>(table, "lgamma");
  addFloatUnary<Digamma>(table, "digamma");
  addFloatUnary<Sigmoid>(table, "sigmoid");
  addFloatBinary<Atan2>(table, "atan2");
  addFloatBinary<Hypot>(table, "hypot");
  addFloatBinary<LogAddExp>(table, "logaddexp");
  addComplexUnary<Exp>(table, "exp");
  addComplexUnary<Log>(table, "log");
  addComplexUnary<Sin>(table, "sin");
  addComplexUnary<Cos>(table, "cos");
  addComplexUnary<Tan>(table, "tan");
  addComplexUnary<Sinh>(table, "sinh");
  addComplexUnary<Cosh>(table, "cosh");
  addComplexUnary<Tanh>(table, "tanh");
  addComplexBinary<ComplexPow>(table, "pow");
  addFor<float>(table);
  addFor<double>(table);
}

}  // namespace adjoint
