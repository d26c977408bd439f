// Walks over iteration spaces.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <utility>

#include "../instruction.h"

namespace adjoint {

template <class T>
T* advance(char* base, std::int64_t bytes) {
  return reinterpret_cast<T*>(base + bytes);
}

// Calls body(flatIndex, data) for every element in row-major order until it returns false.
template <int N, class Body>
void visitInOrder(const Call& call, const std::int64_t (&sizes)[N], Body&& body) {
  std::int64_t index[kMaxRank];
  char* at[N];
  for (int k = 0; k < N; ++k) at[k] = call.operands[k].data;
  for (int axis = 0; axis < call.rank; ++axis) {
    if (call.dims[axis] == 0) return;
    index[axis] = 0;
  }
  for (std::int64_t flat = 0;; ++flat) {
    if (!body(flat, at)) return;
    int axis = call.rank - 1;
    for (; axis >= 0; --axis) {
      for (int k = 0; k < N; ++k) at[k] += call.operands[k].strides[axis] * sizes[k];
      if (++index[axis] < call.dims[axis]) break;
      for (int k = 0; k < N; ++k) {
        at[k] -= call.operands[k].strides[axis] * sizes[k] * call.dims[axis];
      }
      index[axis] = 0;
    }
    if (axis < 0) return;
  }
}

// For spaces whose order does not matter: axes are sorted by the output's strides and merged where
// every operand allows it, so that most calls end as one flat loop. Strides are in bytes, the
// outermost axis comes first.
template <int N>
struct StridedLoop {
  int rank = 0;
  bool empty = false;
  char* data[N];
  std::int64_t dims[kMaxRank];
  std::int64_t strides[kMaxRank][N];

  StridedLoop(const Call& call, const std::int64_t (&sizes)[N]) {
    for (int k = 0; k < N; ++k) data[k] = call.operands[k].data;
    for (int axis = 0; axis < call.rank; ++axis) {
      if (call.dims[axis] == 1) continue;
      if (call.dims[axis] == 0) empty = true;
      dims[rank] = call.dims[axis];
      for (int k = 0; k < N; ++k) strides[rank][k] = call.operands[k].strides[axis] * sizes[k];
      ++rank;
    }
    if (rank > 1) {
      sortAxes();
      mergeAxes();
    }
    if (rank == 0) {
      rank = 1;
      dims[0] = 1;
      // One element: contiguous is as good as any other stride.
      for (int k = 0; k < N; ++k) strides[0][k] = sizes[k];
    }
  }

  // body(count, data, strides) runs over the innermost axis.
  template <class Body>
  void run(Body&& body) const {
    if (empty) return;
    const int inner = rank - 1;
    char* at[N];
    for (int k = 0; k < N; ++k) at[k] = data[k];
    if (inner == 0) {
      body(dims[0], at, strides[0]);
      return;
    }
    std::int64_t index[kMaxRank];
    for (int axis = 0; axis < inner; ++axis) index[axis] = 0;
    for (;;) {
      body(dims[inner], at, strides[inner]);
      int axis = inner - 1;
      for (; axis >= 0; --axis) {
        for (int k = 0; k < N; ++k) at[k] += strides[axis][k];
        if (++index[axis] < dims[axis]) break;
        for (int k = 0; k < N; ++k) at[k] -= strides[axis][k] * dims[axis];
        index[axis] = 0;
      }
      if (axis < 0) return;
    }
  }

 private:
  // Insertion sort: the axes are almost always in order already.
  void sortAxes() {
    for (int i = 1; i < rank; ++i) {
      for (int j = i; j > 0 && inside(j - 1, j); --j) {
        std::swap(dims[j - 1], dims[j]);
        for (int k = 0; k < N; ++k) std::swap(strides[j - 1][k], strides[j][k]);
      }
    }
  }
  // Whether axis a varies faster in memory than axis b: the output decides.
  bool inside(int a, int b) const {
    for (int k = N - 1; k >= 0; --k) {
      const std::int64_t x = std::abs(strides[a][k]);
      const std::int64_t y = std::abs(strides[b][k]);
      if (x != y) return x < y;
    }
    return false;
  }
  void mergeAxes() {
    int last = 0;
    for (int axis = 1; axis < rank; ++axis) {
      bool merges = true;
      for (int k = 0; k < N; ++k) {
        merges = merges && strides[last][k] == strides[axis][k] * dims[axis];
      }
      if (merges) {
        dims[last] *= dims[axis];
      } else {
        ++last;
        dims[last] = dims[axis];
      }
      for (int k = 0; k < N; ++k) strides[last][k] = strides[axis][k];
    }
    rank = last + 1;
  }
};

// The same for a body that is a function with a context.
template <int N>
void runOverAxes(const Call& call, const std::int64_t (&sizes)[N],
                 void (*run)(void* context, std::int64_t n, char* const* at,
                             const std::int64_t* strides),
                 void* context) {
  StridedLoop<N>(call, sizes)
      .run([run, context](std::int64_t n, char* const* at, const std::int64_t* strides) {
        run(context, n, at, strides);
      });
}

}  // namespace adjoint
