// Elements picked, added and put along an axis by index. The iteration space is that of the
// indices; behind it stands one more axis, the indexed one, over which only the indexed operand
// moves. Negative indices count from the end.
#include <complex>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "../families.h"
#include "../kernel_table.h"
#include "strided_loop.h"

namespace adjoint {
namespace {

using std::int32_t;
using std::int64_t;

// The indexed axis: how long it is, and how far apart its elements are in bytes.
struct Axis {
  int64_t extent;
  int64_t stride;

  // Of the element that an index names; negative if there is none.
  int64_t resolve(int32_t index) const {
    const int64_t place = index < 0 ? index + extent : index;
    return place < extent ? place : -1;
  }
};

template <class T>
Axis indexedAxis(const Call& call, int operand) {
  const int last = call.rank - 1;
  return {call.dims[last], call.operands[operand].strides[last] * static_cast<int64_t>(sizeof(T))};
}

// The space of the indices, with the operands in an order that ends with the one that decides
// which axis runs innermost.
Call indexSpace(const Call& call, int first, int second, int third) {
  return {call.rank - 1,
          call.dims,
          call.params,
          {call.operands[first], call.operands[second], call.operands[third]}};
}

// Calls body(n, indexed, indexed's stride, other, other's stride) for runs of elements with one
// index, strides in bytes. Along the indexed axis runs come in the order of the indices.
template <class T, class Body>
void forEachIndexed(const Call& space, const Axis& axis, Status& status, Body&& body) {
  constexpr int64_t kSizes[] = {sizeof(T), sizeof(int32_t), sizeof(T)};
  StridedLoop<3>(space, kSizes).run([&](int64_t n, char* const* at, const int64_t* strides) {
    const bool shared = strides[1] == 0;
    const int64_t runs = shared ? 1 : n;
    const int64_t length = shared ? n : 1;
    for (int64_t i = 0; i < runs; ++i) {
      const int32_t index = *advance<int32_t>(at[1], i * strides[1]);
      const int64_t place = axis.resolve(index);
      if (place < 0) {
        status.fail(Code::indexRange, 0, index);
        return;
      }
      body(length, at[0] + i * strides[0] + place * axis.stride, strides[0], at[2] + i * strides[2],
           strides[2]);
    }
  });
}

template <class T>
void move(int64_t n, char* from, int64_t fromStride, char* to, int64_t toStride) {
  constexpr int64_t kSize = sizeof(T);
  if (n > 1 && fromStride == kSize && toStride == kSize) {
    std::memmove(to, from, static_cast<std::size_t>(n * kSize));
    return;
  }
  for (int64_t i = 0; i < n; ++i) *advance<T>(to, i * toStride) = *advance<T>(from, i * fromStride);
}

template <class T>
void gather(const Call& call, Status& status) {
  forEachIndexed<T>(indexSpace(call, 0, 1, 2), indexedAxis<T>(call, 0), status, move<T>);
}

// Of several values for one place the last one stays.
template <class T>
void put(const Call& call, Status& status) {
  forEachIndexed<T>(indexSpace(call, 2, 0, 1), indexedAxis<T>(call, 2), status,
                    [](int64_t n, char* to, int64_t toStride, char* from, int64_t fromStride) {
                      move<T>(n, from, fromStride, to, toStride);
                    });
}

template <class T>
void scatterAdd(const Call& call, Status& status) {
  forEachIndexed<T>(indexSpace(call, 2, 0, 1), indexedAxis<T>(call, 2), status,
                    [&](int64_t n, char* to, int64_t toStride, char* from, int64_t fromStride) {
                      for (int64_t i = 0; i < n; ++i) {
                        T& total = *advance<T>(to, i * toStride);
                        const T value = *advance<T>(from, i * fromStride);
                        if constexpr (std::is_same_v<T, int32_t>) {
                          const int64_t wide = int64_t{total} + value;
                          total = static_cast<int32_t>(wide);
                          if (total != wide) status.fail(Code::overflow, 0, 0);
                        } else {
                          total += value;
                        }
                      }
                    });
}

// All but the indexed operand rest on the last axis: they are there even if it is empty.
template <int kIndexed>
int indexedAlone(const Call& call) {
  for (int operand = 0; operand < 3; ++operand) {
    if (operand != kIndexed && call.operands[operand].strides[call.rank - 1] != 0) return operand;
  }
  return kAccepted;
}

template <class T>
void addMoves(KernelTable& table) {
  constexpr DType kType = dtypeOf<T>();
  table.add(suffixed<T>("gather"), gather<T>, {kType, DType::i32}, {kType},
            {.minRank = 1, .layout = indexedAlone<0>});
  table.add(suffixed<T>("put"), put<T>, {DType::i32, kType}, {kType},
            {.minRank = 1, .layout = indexedAlone<2>});
}

template <class T>
void addSums(KernelTable& table) {
  constexpr DType kType = dtypeOf<T>();
  table.add(suffixed<T>("scatterAdd"), scatterAdd<T>, {DType::i32, kType}, {kType},
            {.minRank = 1, .layout = indexedAlone<2>});
}

}  // namespace

void registerGather(KernelTable& table) {
  addMoves<float>(table);
  addMoves<double>(table);
  addMoves<int32_t>(table);
  addMoves<Bool>(table);
  addMoves<std::complex<float>>(table);
  addMoves<std::complex<double>>(table);
  addSums<float>(table);
  addSums<double>(table);
  addSums<int32_t>(table);
  addSums<std::complex<float>>(table);
  addSums<std::complex<double>>(table);
}

}  // namespace adjoint
