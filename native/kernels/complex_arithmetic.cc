// Arithmetic on complex numbers.
#include <complex>

#include "../families.h"
#include "../simd/baseline.h"
#include "elementwise.h"
#include "field_arithmetic.h"
#include "product.h"

namespace adjoint {
namespace HWY_NAMESPACE {
namespace {

struct Mul {
  template <class T>
  static T apply(T a, T b) {
    return product(a, b);
  }
};
struct ThroughTanh {
  template <class T>
  static T apply(T t, T y) {
    return product(t, T(1) - product(y, y));
  }
};
struct Conj {
  template <class T>
  static T apply(T x) {
    return std::conj(x);
  }
};
struct Square {
  template <class T>
  static T apply(T x) {
    return product(x, x);
  }
};

}  // namespace
}  // namespace HWY_NAMESPACE

void registerComplexArithmetic(KernelTable& table) {
  using namespace HWY_NAMESPACE;
  addComplexBinary<Add>(table, "add");
  addComplexBinary<Sub>(table, "sub");
  addComplexBinary<Mul>(table, "mul");
  addComplexBinary<Div>(table, "div");
  addComplexBinary<ThroughTanh>(table, "throughTanh");
  addComplexUnary<Neg>(table, "neg");
  addComplexUnary<Conj>(table, "conj");
  addComplexUnary<Reciprocal>(table, "reciprocal");
  addComplexUnary<Square>(table, "square");
  addComplexUnary<Sqrt>(table, "sqrt");
  addComplexUnary<Rsqrt>(table, "rsqrt");
}

}  // namespace adjoint
