// Operations whose result is a truth value.
#undef HWY_TARGET_INCLUDE
#undef ADJOINT_NOT_COMPILED_FOR
#define HWY_TARGET_INCLUDE "kernels/compare.cc"
#define ADJOINT_NOT_COMPILED_FOR HWY_AVX3 | HWY_SSE4
#include "../simd/each_target.h"

#include <cmath>
#include <cstdint>

#include "../families.h"
#include "elementwise.h"

HWY_BEFORE_NAMESPACE();
namespace adjoint {
namespace HWY_NAMESPACE {
namespace {

#define ADJOINT_TRUTH(Name, parameters, expression) \
  struct Name {                                     \
    template <class T>                              \
    static Bool apply parameters {                  \
      return static_cast<Bool>(expression);         \
    }                                               \
  };

ADJOINT_TRUTH(Equal, (T a, T b), a == b)
ADJOINT_TRUTH(NotEqual, (T a, T b), a != b)
ADJOINT_TRUTH(Less, (T a, T b), a < b)
ADJOINT_TRUTH(LessEqual, (T a, T b), a <= b)
ADJOINT_TRUTH(Greater, (T a, T b), a > b)
ADJOINT_TRUTH(GreaterEqual, (T a, T b), a >= b)
ADJOINT_TRUTH(LogicalAnd, (T a, T b), (a != 0) & (b != 0))
ADJOINT_TRUTH(LogicalOr, (T a, T b), (a | b) != 0)
ADJOINT_TRUTH(LogicalXor, (T a, T b), (a != 0) != (b != 0))
ADJOINT_TRUTH(LogicalNot, (T x), x == 0)
ADJOINT_TRUTH(IsFinite, (T x), std::isfinite(x))
ADJOINT_TRUTH(IsInf, (T x), std::isinf(x))
ADJOINT_TRUTH(IsNaN, (T x), x != x)

#undef ADJOINT_TRUTH

template <class Op>
void addComparison(KernelTable& table, const char* name) {
  addBinary<Op, float, Bool>(table, name);
  addBinary<Op, double, Bool>(table, name);
  addBinary<Op, std::int32_t, Bool>(table, name);
  addBinary<Op, Bool, Bool>(table, name);
}

template <class Op>
void addClassification(KernelTable& table, const char* name) {
  addUnary<Op, float, Bool>(table, name);
  addUnary<Op, double, Bool>(table, name);
}

}  // namespace

void addCompare(KernelTable& table) {
  addComparison<Equal>(table, "equal");
  addComparison<NotEqual>(table, "notEqual");
  addBinary<Equal, std::complex<float>, Bool>(table, "equal");
  addBinary<Equal, std::complex<double>, Bool>(table, "equal");
  addBinary<NotEqual, std::complex<float>, Bool>(table, "notEqual");
  addBinary<NotEqual, std::complex<double>, Bool>(table, "notEqual");
  addComparison<Less>(table, "less");
  addComparison<LessEqual>(table, "lessEqual");
  addComparison<Greater>(table, "greater");
  addComparison<GreaterEqual>(table, "greaterEqual");
  addBinary<LogicalAnd, Bool>(table, "logicalAnd");
  addBinary<LogicalOr, Bool>(table, "logicalOr");
  addBinary<LogicalXor, Bool>(table, "logicalXor");
  addUnary<LogicalNot, Bool>(table, "logicalNot");
  addClassification<IsFinite>(table, "isFinite");
  addClassification<IsInf>(table, "isInf");
  addClassification<IsNaN>(table, "isNaN");
}

}  // namespace HWY_NAMESPACE
}  // namespace adjoint
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {
void registerCompare(KernelTable& table) { ADJOINT_DISPATCH(addCompare)(table); }
}  // namespace adjoint
#endif
