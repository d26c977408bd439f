// copy, cast and fill: values move, nothing is computed.
#undef HWY_TARGET_INCLUDE
#undef ADJOINT_NOT_COMPILED_FOR
#define HWY_TARGET_INCLUDE "kernels/copy.cc"
#define ADJOINT_NOT_COMPILED_FOR HWY_AVX3 | HWY_SSE4
#include "../simd/each_target.h"

#include <cmath>
#include <complex>
#include <cstdint>
#include <string>
#include <utility>

#include "../families.h"
#include "elementwise.h"
#include "matrix_copy.h"

HWY_BEFORE_NAMESPACE();
namespace adjoint {
namespace HWY_NAMESPACE {
namespace {

using std::int32_t;
using std::int64_t;

template <class T>
void copy(const Call& call, Status&) {
  constexpr int64_t kSize = sizeof(T);
  StridedLoop<2> loop(call, {kSize, kSize});
  const int inner = loop.rank - 1;
  // The axis that is fastest in the input becomes the second innermost, so that a transpose of
  // any axes turns into blocked transposes of matrices.
  int fast = inner;
  for (int axis = 0; axis < inner; ++axis) {
    if (std::abs(loop.strides[axis][0]) < std::abs(loop.strides[fast][0]) &&
        loop.strides[axis][0] != 0) {
      fast = axis;
    }
  }
  if (fast == inner) {
    loop.run([](int64_t n, char* const* at, const int64_t* strides) {
      copyMatrix<T>(1, n, reinterpret_cast<const T*>(at[0]), 0, strides[0] / kSize,
                    reinterpret_cast<T*>(at[1]), n, strides[1] / kSize);
    });
    return;
  }
  const int64_t rows = loop.dims[fast];
  const int64_t fromRow = loop.strides[fast][0] / kSize;
  const int64_t toRow = loop.strides[fast][1] / kSize;
  for (int axis = fast; axis + 1 < loop.rank; ++axis) {
    loop.dims[axis] = loop.dims[axis + 1];
    loop.strides[axis][0] = loop.strides[axis + 1][0];
    loop.strides[axis][1] = loop.strides[axis + 1][1];
  }
  --loop.rank;
  loop.run([&](int64_t n, char* const* at, const int64_t* strides) {
    copyMatrix<T>(rows, n, reinterpret_cast<const T*>(at[0]), fromRow, strides[0] / kSize,
                  reinterpret_cast<T*>(at[1]), toRow, strides[1] / kSize);
  });
}

struct Convert {
  template <class To, class From>
  static To to(From x) {
    if constexpr (std::is_same_v<To, Bool>) {
      return static_cast<Bool>(x != From(0));
    } else if constexpr (std::is_same_v<From, Bool>) {
      return to<To>(static_cast<int32_t>(x != 0));
    } else if constexpr (isComplex<To>) {
      using Part = typename To::value_type;
      if constexpr (isComplex<From>) {
        return To(static_cast<Part>(x.real()), static_cast<Part>(x.imag()));
      } else {
        return To(static_cast<Part>(x));
      }
    } else {
      return static_cast<To>(x);
    }
  }
};

template <class T>
void fill(const Call& call, Status&) {
  constexpr int64_t kSizes[] = {sizeof(T)};
  const T value = Convert::to<T>(call.params[0]);
  forEachRun<1>(call, kSizes, [value](int64_t n, char* const* at, const int64_t* strides) {
    if (strides[0] == sizeof(T)) {
      T* out = reinterpret_cast<T*>(at[0]);
      for (int64_t i = 0; i < n; ++i) out[i] = value;
    } else {
      for (int64_t i = 0; i < n; ++i) *advance<T>(at[0], i * strides[0]) = value;
    }
  });
}

template <class From, class To>
struct Cast {
  static To apply(From x) { return Convert::to<To>(x); }
};

template <class From>
struct Truncate {
  // The lower bound of a double reaches to just above -2^31 - 1, which no float can represent.
  // Both comparisons are false for NaN.
  static bool fits(From x) {
    if constexpr (std::is_same_v<From, float>) return x >= -2147483648.0F && x < 2147483648.0F;
    return x > From(-2147483649.0) && x < From(2147483648.0);
  }
  static int32_t apply(From x, std::uint32_t& failed) {
    const bool good = fits(x);
    failed |= static_cast<std::uint32_t>(!good);
    return static_cast<int32_t>(good ? x : From(0));
  }
  static Code diagnose(From x) {
    std::uint32_t failed = 0;
    apply(x, failed);
    return failed != 0 ? Code::overflow : Code::ok;
  }
};

template <class From, class To>
void addCast(KernelTable& table) {
  if constexpr (!std::is_same_v<From, To>) {
    constexpr bool kChecked = std::is_floating_point_v<From> && std::is_same_v<To, int32_t>;
    constexpr Kind kKind = kChecked ? Kind::general : Kind::elementwise;
    KernelFunction function = nullptr;
    if constexpr (kChecked) {
      function = checkedUnary<Truncate<From>, From, To>;
    } else {
      function = unary<Cast<From, To>, From, To>;
    }
    table.add(suffixed<To>(suffixed<From>("cast").c_str()), function, {dtypeOf<From>()},
              {dtypeOf<To>()}, {.kind = kKind});
  }
}

// Of a complex number only its parts are real: it becomes nothing but complex.
template <class From>
void addCasts(KernelTable& table) {
  if constexpr (!isComplex<From>) {
    addCast<From, float>(table);
    addCast<From, double>(table);
    addCast<From, int32_t>(table);
    addCast<From, Bool>(table);
  }
  addCast<From, std::complex<float>>(table);
  addCast<From, std::complex<double>>(table);
}

// A value that the element type cannot hold would be undefined behaviour in the conversion.
template <class T>
int fillable(const Call& call) {
  const double value = call.params[0];
  if constexpr (std::is_same_v<T, int32_t>) {
    return value >= -2147483648.0 && value <= 2147483647.0 ? kAccepted : kRefusedParams;
  }
  return kAccepted;
}

template <class T>
void addFor(KernelTable& table) {
  table.add(suffixed<T>("copy"), copy<T>, {dtypeOf<T>()}, {dtypeOf<T>()},
            {.kind = Kind::elementwise});
  table.add(suffixed<T>("fill"), fill<T>, {}, {dtypeOf<T>()},
            {.params = 1, .layout = fillable<T>, .kind = Kind::infallible});
  addCasts<T>(table);
}

}  // namespace

void addCopy(KernelTable& table) {
  addFor<float>(table);
  addFor<double>(table);
  addFor<int32_t>(table);
  addFor<Bool>(table);
  addFor<std::complex<float>>(table);
  addFor<std::complex<double>>(table);
}

}  // namespace HWY_NAMESPACE
}  // namespace adjoint
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {
void registerCopy(KernelTable& table) { ADJOINT_DISPATCH(addCopy)(table); }
}  // namespace adjoint
#endif
