// What the door knows about a kernel. Every family file registers its own.
#pragma once

#include <complex>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <type_traits>
#include <vector>

#include "instruction.h"

namespace adjoint {

enum class DType : std::uint8_t { f32, f64, i32, boolean, c64, c128 };

using Bool = std::uint8_t;  // one byte, 0 or 1; a C++ bool must not hold anything else

template <class T>
inline constexpr bool isComplex = false;
template <class T>
inline constexpr bool isComplex<std::complex<T>> = true;

constexpr std::int64_t itemSize(DType dtype) {
  switch (dtype) {
    case DType::c128:
      return 16;
    case DType::f64:
    case DType::c64:
      return 8;
    case DType::f32:
    case DType::i32:
      return 4;
    case DType::boolean:
      return 1;
  }
  return 1;
}

template <class T>
constexpr DType dtypeOf() {
  if constexpr (std::is_same_v<T, float>) return DType::f32;
  if constexpr (std::is_same_v<T, double>) return DType::f64;
  if constexpr (std::is_same_v<T, std::int32_t>) return DType::i32;
  if constexpr (std::is_same_v<T, std::complex<float>>) return DType::c64;
  if constexpr (std::is_same_v<T, std::complex<double>>) return DType::c128;
  return DType::boolean;
}

template <class T>
std::string suffixed(const char* name) {
  constexpr const char* kSuffixes[] = {"_f32", "_f64", "_i32", "_bool", "_c64", "_c128"};
  return std::string(name) + kSuffixes[static_cast<int>(dtypeOf<T>())];
}

using KernelFunction = void (*)(const Call&, Status&);

// A kernel that relies on more than extents (equal dims, column-major outputs) has the door check
// it: the operand whose strides are refused, or one of these.
using LayoutCheck = int (*)(const Call&);
inline constexpr int kAccepted = -1;
inline constexpr int kRefusedDims = -2;
inline constexpr int kRefusedParams = -3;

// What a program may do with a kernel besides running it whole and in its place.
enum class Kind : std::uint8_t {
  general,      // it may fail, or measure: never dropped
  infallible,   // it only writes its outputs
  elementwise,  // and each element depends on the operands at its own index: may run in pieces
  reduction,    // and partial results, reduced once more, give the whole: may run in pieces
};

struct Kernel {
  std::string name;
  KernelFunction function;
  LayoutCheck layout;
  int minRank;
  int operandCount;
  int outputCount;  // the last ones
  int paramCount;
  Kind kind;
  DType dtypes[kMaxOperands];
  std::int64_t itemSizes[kMaxOperands];
  std::int64_t grain;  // elements that are worth a thread's while, where it may run in pieces
  KernelFunction one;  // the same for a single element: faster, or the function itself
};

struct Requirements {
  int params = 0;
  int minRank = 0;
  LayoutCheck layout = nullptr;
  Kind kind = Kind::general;
  KernelFunction one = nullptr;
};

class KernelTable {
 public:
  void add(std::string name, KernelFunction function, std::initializer_list<DType> inputs,
           std::initializer_list<DType> outputs, Requirements requirements = {});
  // Adds the kernels of a family, of which so many elements are worth a thread's while.
  void add(void (*family)(KernelTable&), std::int64_t grain);
  const std::vector<Kernel>& all() const { return kernels_; }
  void takeFunctionsOf(const KernelTable& other);

 private:
  std::vector<Kernel> kernels_;
  std::int64_t grain_ = 0;
};

const KernelTable& kernelTable();

// For tests, while nothing runs: calls the functions of the SIMD target that is selected now.
void bindKernelsAgain();

}  // namespace adjoint
