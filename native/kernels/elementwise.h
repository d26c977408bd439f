// Loops for elementwise operations, compiled for every target (see simd/target.h). An operation is
// a struct with a static apply(); a checked operation (integers that may overflow) also takes a
// mask that it sets when it fails, and diagnose() then says why, for the first failing element in
// row-major order.
#if defined(ADJOINT_KERNELS_ELEMENTWISE_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ADJOINT_KERNELS_ELEMENTWISE_H
#undef ADJOINT_KERNELS_ELEMENTWISE_H
#else
#define ADJOINT_KERNELS_ELEMENTWISE_H
#endif

#include <complex>
#include <cstdint>

#include "../kernel_table.h"
#include "strided_loop.h"

// Outputs may alias inputs exactly, never shifted: no dependency is carried between iterations.
#undef ADJOINT_VECTORISE
#define ADJOINT_VECTORISE _Pragma("GCC ivdep")

HWY_BEFORE_NAMESPACE();
namespace adjoint {
namespace HWY_NAMESPACE {

// Rank 0 and 1 skip the set-up of the general loop: small calls are the most frequent ones. The
// general loop is the baseline's, and one for all bodies: there are hundreds of them.
template <int N, class Body>
void forEachRun(const Call& call, const std::int64_t (&sizes)[N], Body body) {
  struct Run {
    static HWY_NOINLINE void run(void* context, std::int64_t n, char* const* at,
                                 const std::int64_t* strides) {
      (*static_cast<Body*>(context))(n, at, strides);
    }
  };
  if (call.rank > 1) {
    runOverAxes<N>(call, sizes, Run::run, &body);
    return;
  }
  char* at[N];
  std::int64_t strides[N];
  for (int k = 0; k < N; ++k) {
    at[k] = call.operands[k].data;
    strides[k] = call.rank == 0 ? sizes[k] : call.operands[k].strides[0] * sizes[k];
  }
  const std::int64_t count = call.rank == 0 ? 1 : call.dims[0];
  if (count > 0) Run::run(&body, count, at, strides);
}

template <class In, class Out, class Apply>
void unaryRun(std::int64_t n, char* const* at, const std::int64_t* strides, Apply apply) {
  if (strides[1] == sizeof(Out) && strides[0] == sizeof(In)) {
    const In* x = reinterpret_cast<const In*>(at[0]);
    Out* out = reinterpret_cast<Out*>(at[1]);
    ADJOINT_VECTORISE
    for (std::int64_t i = 0; i < n; ++i) out[i] = apply(x[i]);
    return;
  }
  for (std::int64_t i = 0; i < n; ++i) {
    *advance<Out>(at[1], i * strides[1]) = apply(*advance<In>(at[0], i * strides[0]));
  }
}

template <class A, class B, class Out, class Apply>
void binaryRun(std::int64_t n, char* const* at, const std::int64_t* strides, Apply apply) {
  if (strides[2] == sizeof(Out)) {
    const A* a = reinterpret_cast<const A*>(at[0]);
    const B* b = reinterpret_cast<const B*>(at[1]);
    Out* out = reinterpret_cast<Out*>(at[2]);
    if (strides[0] == sizeof(A) && strides[1] == sizeof(B)) {
      ADJOINT_VECTORISE
      for (std::int64_t i = 0; i < n; ++i) out[i] = apply(a[i], b[i]);
      return;
    }
    if (strides[0] == sizeof(A) && strides[1] == 0) {
      const B scalar = *b;
      ADJOINT_VECTORISE
      for (std::int64_t i = 0; i < n; ++i) out[i] = apply(a[i], scalar);
      return;
    }
    if (strides[0] == 0 && strides[1] == sizeof(B)) {
      const A scalar = *a;
      ADJOINT_VECTORISE
      for (std::int64_t i = 0; i < n; ++i) out[i] = apply(scalar, b[i]);
      return;
    }
  }
  for (std::int64_t i = 0; i < n; ++i) {
    *advance<Out>(at[2], i * strides[2]) =
        apply(*advance<A>(at[0], i * strides[0]), *advance<B>(at[1], i * strides[1]));
  }
}

template <class Op, class In, class Out>
void unary(const Call& call, Status&) {
  constexpr std::int64_t kSizes[] = {sizeof(In), sizeof(Out)};
  forEachRun<2>(call, kSizes, [](std::int64_t n, char* const* at, const std::int64_t* strides) {
    unaryRun<In, Out>(n, at, strides, [](In x) -> Out { return Op::apply(x); });
  });
}

template <class Op, class In, class Out>
void binary(const Call& call, Status&) {
  constexpr std::int64_t kSizes[] = {sizeof(In), sizeof(In), sizeof(Out)};
  forEachRun<3>(call, kSizes, [](std::int64_t n, char* const* at, const std::int64_t* strides) {
    binaryRun<In, In, Out>(n, at, strides, [](In a, In b) -> Out { return Op::apply(a, b); });
  });
}

// Of programs: without loops, strides and counts an addition takes a quarter of the time.
template <class Op, class In, class Out>
void unaryOne(const Call& call, Status&) {
  *call.operands[1].as<Out>() = Op::apply(*call.operands[0].as<const In>());
}
template <class Op, class In, class Out>
void binaryOne(const Call& call, Status&) {
  *call.operands[2].as<Out>() =
      Op::apply(*call.operands[0].as<const In>(), *call.operands[1].as<const In>());
}

template <class Op, class In, class Out>
void checkedUnary(const Call& call, Status& status) {
  constexpr std::int64_t kSizes[] = {sizeof(In), sizeof(Out)};
  std::uint32_t failed = 0;
  forEachRun<2>(call, kSizes, [&](std::int64_t n, char* const* at, const std::int64_t* strides) {
    std::uint32_t mask = 0;
    unaryRun<In, Out>(n, at, strides, [&mask](In x) -> Out { return Op::apply(x, mask); });
    failed |= mask;
  });
  if (failed == 0) return;
  visitInOrder<2>(call, kSizes, [&](std::int64_t flat, char* const* at) {
    const Code code = Op::diagnose(*reinterpret_cast<const In*>(at[0]));
    if (code != Code::ok) status.fail(code, flat, 0);
    return code == Code::ok;
  });
  status.fail(Code::overflow, 0, 0);  // an output that overwrote its input cannot be looked at
}

template <class Op, class T>
void checkedBinary(const Call& call, Status& status) {
  constexpr std::int64_t kSizes[] = {sizeof(T), sizeof(T), sizeof(T)};
  std::uint32_t failed = 0;
  forEachRun<3>(call, kSizes, [&](std::int64_t n, char* const* at, const std::int64_t* strides) {
    std::uint32_t mask = 0;
    binaryRun<T, T, T>(n, at, strides, [&mask](T a, T b) { return Op::apply(a, b, mask); });
    failed |= mask;
  });
  if (failed == 0) return;
  visitInOrder<3>(call, kSizes, [&](std::int64_t flat, char* const* at) {
    const Code code =
        Op::diagnose(*reinterpret_cast<const T*>(at[0]), *reinterpret_cast<const T*>(at[1]));
    if (code != Code::ok) status.fail(code, flat, 0);
    return code == Code::ok;
  });
  status.fail(Code::overflow, 0, 0);
}

// Registration under `name` with the suffix of the input's dtype.
template <class Op, class In, class Out = In>
void addUnary(KernelTable& table, const char* name) {
  table.add(suffixed<In>(name), unary<Op, In, Out>, {dtypeOf<In>()}, {dtypeOf<Out>()},
            {.kind = Kind::elementwise, .one = unaryOne<Op, In, Out>});
}
template <class Op, class In, class Out = In>
void addBinary(KernelTable& table, const char* name) {
  table.add(suffixed<In>(name), binary<Op, In, Out>, {dtypeOf<In>(), dtypeOf<In>()},
            {dtypeOf<Out>()}, {.kind = Kind::elementwise, .one = binaryOne<Op, In, Out>});
}
template <class Op>
void addFloatUnary(KernelTable& table, const char* name) {
  addUnary<Op, float>(table, name);
  addUnary<Op, double>(table, name);
}
template <class Op>
void addFloatBinary(KernelTable& table, const char* name) {
  addBinary<Op, float>(table, name);
  addBinary<Op, double>(table, name);
}
template <class Op>
void addComplexUnary(KernelTable& table, const char* name) {
  addUnary<Op, std::complex<float>>(table, name);
  addUnary<Op, std::complex<double>>(table, name);
}
template <class Op>
void addComplexBinary(KernelTable& table, const char* name) {
  addBinary<Op, std::complex<float>>(table, name);
  addBinary<Op, std::complex<double>>(table, name);
}
template <class Op>
void addIntegerUnary(KernelTable& table, const char* name) {
  table.add(suffixed<std::int32_t>(name), checkedUnary<Op, std::int32_t, std::int32_t>,
            {DType::i32}, {DType::i32});
}
template <class Op>
void addIntegerBinary(KernelTable& table, const char* name) {
  table.add(suffixed<std::int32_t>(name), checkedBinary<Op, std::int32_t>, {DType::i32, DType::i32},
            {DType::i32});
}

}  // namespace HWY_NAMESPACE
}  // namespace adjoint
HWY_AFTER_NAMESPACE();

#endif
