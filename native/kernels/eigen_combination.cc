// Σ c_i v_i v_iᵀ: dims [...batch, n, n', k]; v [n, k], c [k], the row-major result [n, n].
#include <cstdint>

#include "../families.h"
#include "../lapack/matrix.h"
#include "symmetric_product.h"

namespace adjoint {
namespace {

using std::int64_t;

// One vector: each product is the same from both sides.
template <class T>
void outerSquare(int64_t n, T c, const T* v, int64_t step, T* packed, T* out) {
  for (int64_t i = 0; i < n; ++i) packed[i] = v[i * step];
  for (int64_t i = 0; i < n; ++i) {
    const T x = packed[i];
    for (int64_t j = 0; j < n; ++j) out[i * n + j] = c * (x * packed[j]);
  }
}

template <class T>
void combineAll(const Call& call) {
  const int r = call.rank;
  const int64_t n = call.dims[r - 3];
  const int64_t k = call.dims[r - 1];
  const Operand& v = call.operands[0];
  const Operand& c = call.operands[1];
  const Operand& out = call.operands[2];
  const int64_t row = v.strides[r - 3];
  const int64_t column = v.strides[r - 1];
  const int64_t step = c.strides[r - 1];
  Buffer<T> vectors(n * k);
  Buffer<T> weighted(n * k);
  forEachBatch<3>(call, r - 3, [&](int64_t, const int64_t* offsets) {
    const T* from = v.as<const T>() + offsets[0];
    const T* weights = c.as<const T>() + offsets[1];
    T* to = out.as<T>() + offsets[2];
    if (k == 0) {
      std::fill_n(to, n * n, T(0));
    } else if (k == 1) {
      outerSquare(n, *weights, from, row, vectors.data(), to);
    } else {
      const T* all = from;
      if (row != k || column != 1) {
        copyMatrix<T>(n, k, from, row, column, vectors.data(), k, 1);
        all = vectors.data();
      }
      for (int64_t i = 0; i < n; ++i) {
        for (int64_t j = 0; j < k; ++j) weighted[i * k + j] = all[i * k + j] * weights[j * step];
      }
      symmetricProduct(n, k, weighted.data(), all, to);
    }
    return true;
  });
}

template <class T>
void combine(const Call& call, Status&) {
  const int64_t n = call.dims[call.rank - 3];
  const int64_t k = call.dims[call.rank - 1];
  if (n == 0) return;
  if (k <= 1 || std::max(n, k) <= kSmall) {
    combineAll<T>(call);
  } else {
    const BlasSlot slot;
    combineAll<T>(call);
  }
}

int layout(const Call& call) {
  if (!blasSizes(call, 3)) return kRefusedDims;
  const int r = call.rank;
  const int n = trailing(call, 3, 0);
  if (trailing(call, 3, 1) != n) return kRefusedDims;
  if (call.operands[0].strides[r - 2] != 0) return 0;
  if (call.operands[1].strides[r - 3] != 0 || call.operands[1].strides[r - 2] != 0) return 1;
  return hasStrides(call, 2, {leadingDimension(n), 1, 0}) ? kAccepted : 2;
}

template <class T>
void addFor(KernelTable& table) {
  constexpr DType kType = dtypeOf<T>();
  table.add(suffixed<T>("eigenCombination"), combine<T>, {kType, kType}, {kType},
            {.minRank = 3, .layout = layout, .kind = Kind::infallible});
}

}  // namespace

void registerEigenCombination(KernelTable& table) {
  addFor<float>(table);
  addFor<double>(table);
}

}  // namespace adjoint
