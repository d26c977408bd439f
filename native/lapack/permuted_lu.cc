// A = P L U written out, rectangular too: dims [...batch, m, m, n, k] with k = min(m, n); A (m x
// n), P (m x m), L (m x k), U (k x n).
#include <numeric>
#include <utility>

#include "../families.h"
#include "lapack.h"
#include "matrix.h"

namespace adjoint {
namespace {

using std::int64_t;

// Column i of P has its one in the row of A that pivoting brought to row i.
template <class T>
void writePermutation(int m, const int* order, T* p, int64_t row, int64_t col) {
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < m; ++j) p[i * row + j * col] = order[j] == i ? T(1) : T(0);
  }
}

template <class T>
void writeLower(int64_t m, int64_t k, const T* lu, T* l, int64_t row, int64_t col) {
  for (int64_t j = 0; j < k; ++j) {
    for (int64_t i = 0; i < m; ++i) {
      const T diagonalOrAbove = i == j ? T(1) : T(0);
      l[i * row + j * col] = i > j ? lu[i + j * m] : diagonalOrAbove;
    }
  }
}

template <class T>
void writeUpper(int64_t m, int64_t k, int64_t n, const T* lu, T* u, int64_t row, int64_t col) {
  for (int64_t j = 0; j < n; ++j) {
    for (int64_t i = 0; i < k; ++i) u[i * row + j * col] = i <= j ? lu[i + j * m] : T(0);
  }
}

template <class T>
void factor(const Call& call, Status& status) {
  const int r = call.rank;
  const int m = trailing(call, 4, 0);
  const int n = trailing(call, 4, 2);
  const int k = trailing(call, 4, 3);
  const bool nan = failsWithNaN(call);
  const auto stride = [&call, r](int operand, int axis) {
    return call.operands[operand].strides[r - 4 + axis];
  };
  Buffer<T> lu(static_cast<int64_t>(m) * n);
  Buffer<int> pivots(k);
  Buffer<int> order(m);
  const BlasSlot slot;
  forEachBatch<4>(call, r - 4, [&](int64_t flat, const int64_t* offsets) {
    const bool good = copyFinite<T>(m, n, call.operands[0].as<const T>() + offsets[0], stride(0, 0),
                                    stride(0, 2), lu.data(), flat, nan, status);
    std::iota(order.data(), order.data() + m, 0);
    if (good) {
      // A zero pivot is no failure: the factors exist.
      if (k > 0) getrf(m, n, lu.data(), m, pivots.data());
      for (int i = 0; i < k; ++i) std::swap(order[i], order[pivots[i] - 1]);
    } else {
      fillNaN(static_cast<int64_t>(m) * n, lu.data());
    }
    writePermutation(m, order.data(), call.operands[1].as<T>() + offsets[1], stride(1, 0),
                     stride(1, 1));
    writeLower(m, k, lu.data(), call.operands[2].as<T>() + offsets[2], stride(2, 0), stride(2, 3));
    writeUpper(m, k, n, lu.data(), call.operands[3].as<T>() + offsets[3], stride(3, 3),
               stride(3, 2));
    return good || nan;
  });
}

int layout(const Call& call) {
  if (!blasSizes(call, 4)) return kRefusedDims;
  const int m = trailing(call, 4, 0);
  const int k = std::min(m, trailing(call, 4, 2));
  if (trailing(call, 4, 1) != m || trailing(call, 4, 3) != k) return kRefusedDims;
  if (!isChoice(call.params[0], 2)) return kRefusedParams;
  constexpr int kForeign[4][2] = {{1, 3}, {2, 3}, {1, 2}, {0, 1}};
  for (int operand = 0; operand < 4; ++operand) {
    const int64_t* strides = call.operands[operand].strides + call.rank - 4;
    for (const int axis : kForeign[operand]) {
      if (strides[axis] != 0) return operand;
    }
  }
  return kAccepted;
}

template <class T>
void addFor(KernelTable& table) {
  constexpr DType kType = dtypeOf<T>();
  table.add(suffixed<T>("permutedLu"), factor<T>, {kType}, {kType, kType, kType},
            {.params = 1, .minRank = 4, .layout = layout});
}

}  // namespace

void registerPermutedLu(KernelTable& table) {
  addFor<float>(table);
  addFor<double>(table);
}

}  // namespace adjoint
