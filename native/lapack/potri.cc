// What follows from a Cholesky factor, over dims [...batch, n, n] with row-major L: the condition
// of its matrix, the determinant and the inverse. A matrix without a factor has NaN in its place,
// from the first element on.
#include <cmath>

#include "../families.h"
#include "../kernels/symmetric_product.h"
#include "../recursive/triangular.h"
#include "condition.h"
#include "lapack.h"
#include "matrix.h"

namespace adjoint {
namespace {

using std::int64_t;

// A, L, rcond [...batch, 0, 0]; 0 where there is no factor.
template <class T>
void condition(const Call& call, Status& status) {
  const int r = call.rank;
  const int n = trailing(call, 2, 0);
  const auto triangle = static_cast<Triangle>(static_cast<int>(call.params[0]));
  Buffer<T> work(4 * static_cast<int64_t>(n));
  Buffer<int> integers(n);
  const BlasSlot slot;
  forEachBatch<3>(call, r - 2, [&](int64_t flat, const int64_t* offsets) {
    const T* a = call.operands[0].as<const T>() + offsets[0];
    const T* l = call.operands[1].as<const T>() + offsets[1];
    T& rcond = call.operands[2].as<T>()[offsets[2]];
    rcond = 1;
    if (n == 0) return true;
    rcond = 0;
    if (!std::isnan(*l)) {
      const T norm = norm1Symmetric(n, triangle, a, call.operands[0].strides[r - 2],
                                    call.operands[0].strides[r - 1], work.data());
      // Row-major L is column-major L^T.
      rcond = rcondCholesky('U', n, l, norm, work.data(), integers.data());
    }
    status.measure(static_cast<double>(rcond), flat);
    return true;
  });
}

// L, sign, log |det A|.
template <class T>
void determinant(const Call& call, Status&) {
  const int n = trailing(call, 2, 0);
  forEachBatch<3>(call, call.rank - 2, [&](int64_t, const int64_t* offsets) {
    const T* l = call.operands[0].as<const T>() + offsets[0];
    T sum = 0;
    for (int64_t i = 0; i < n; ++i) sum += std::log(l[i + i * n]);
    call.operands[1].as<T>()[offsets[1]] = std::isnan(sum) ? sum : T(1);
    call.operands[2].as<T>()[offsets[2]] = 2 * sum;
    return true;
  });
}

// L, the row-major inverse of A = L L^T.
template <class T>
void inverse(const Call& call, Status&) {
  const int n = trailing(call, 2, 0);
  if (n == 0) return;
  const int64_t size = static_cast<int64_t>(n) * n;
  const BlasSlot slot;
  forEachBatch<2>(call, call.rank - 2, [&](int64_t, const int64_t* offsets) {
    const T* l = call.operands[0].as<const T>() + offsets[0];
    T* x = call.operands[1].as<T>() + offsets[1];
    if (std::isnan(*l)) {
      fillNaN(size, x);
      return true;
    }
    std::copy_n(l, size, x);
    // W = L^-T is upper triangular for LAPACK, and A^-1 = W W^T.
    invertTriangle(CblasUpper, CblasNonUnit, n, x, n);
    lauum('U', n, x, n);
    mirrorLower(n, x);
    return true;
  });
}

bool isFactor(const Call& call, int operand) {
  return hasStrides(call, operand, {leadingDimension(trailing(call, 2, 0)), 1});
}

int conditionLayout(const Call& call) {
  if (!isSquare(call, 2)) return kRefusedDims;
  if (!isChoice(call.params[0], 3)) return kRefusedParams;
  if (!isFactor(call, 1)) return 1;
  return hasStrides(call, 2, {0, 0}) ? kAccepted : 2;
}

int determinantLayout(const Call& call) {
  if (!isSquare(call, 2)) return kRefusedDims;
  if (!isFactor(call, 0)) return 0;
  if (!hasStrides(call, 1, {0, 0})) return 1;
  return hasStrides(call, 2, {0, 0}) ? kAccepted : 2;
}

int inverseLayout(const Call& call) {
  if (!isSquare(call, 2)) return kRefusedDims;
  if (!isFactor(call, 0)) return 0;
  return isFactor(call, 1) ? kAccepted : 1;
}

template <class T>
void addFor(KernelTable& table) {
  constexpr DType kType = dtypeOf<T>();
  table.add(suffixed<T>("pocon"), condition<T>, {kType, kType}, {kType},
            {.params = 1, .minRank = 2, .layout = conditionLayout});
  table.add(suffixed<T>("choleskySlogdet"), determinant<T>, {kType}, {kType, kType},
            {.minRank = 2, .layout = determinantLayout});
  table.add(suffixed<T>("potri"), inverse<T>, {kType}, {kType},
            {.minRank = 2, .layout = inverseLayout});
}

}  // namespace

void registerPotri(KernelTable& table) {
  addFor<float>(table);
  addFor<double>(table);
}

}  // namespace adjoint
