// A = Q T Q^T, T tridiagonal: dims [...batch, n, n]; A, then the factor, column-major. It holds T
// in its diagonal and subdiagonal, the reflectors of Q below, and their factors tau in the rest of
// its first row.
#include <cmath>

#include "../families.h"
#include "matrix.h"
#include "tridiagonal_form.h"

namespace adjoint {
namespace {

using std::int64_t;

template <class T>
void writeFactor(std::int64_t n, TridiagonalForm<T>& form, int exponent, T* factor) {
  for (int64_t j = 0; j < n; ++j) {
    const T* column = form.matrix() + j * form.ld();
    T* to = factor + j * n;
    std::fill_n(to, j, T(0));
    to[j] = std::ldexp(form.diagonal()[j], -exponent);
    if (j + 1 == n) break;
    to[j + 1] = std::ldexp(form.below()[j], -exponent);
    for (int64_t i = j + 2; i < n; ++i) to[i] = column[i];
  }
  for (int64_t j = 1; j < n; ++j) factor[j * n] = form.tau()[j - 1];
}

template <class T>
void factorise(const Call& call, Status& status) {
  const int r = call.rank;
  const int n = trailing(call, 2, 0);
  if (n == 0) return;
  const bool nan = failsWithNaN(call);
  const auto triangle = static_cast<Triangle>(static_cast<int>(call.params[1]));
  TridiagonalForm<T> form(n);
  forEachBatch<2>(call, r - 2, [&](int64_t flat, const int64_t* offsets) {
    const T* a = call.operands[0].as<const T>() + offsets[0];
    T* factor = call.operands[1].as<T>() + offsets[1];
    const bool good = copyLowerFinite(n, triangle, a, call.operands[0].strides[r - 2],
                                      call.operands[0].strides[r - 1], form.matrix(), form.ld(),
                                      flat, nan, status);
    if (good) {
      writeFactor(n, form, form.reduce(), factor);
    } else {
      fillNaN(static_cast<int64_t>(n) * n, factor);
    }
    return good || nan;
  });
}

int layout(const Call& call) {
  if (!isSquare(call, 2)) return kRefusedDims;
  if (!isChoice(call.params[0], 2) || !isChoice(call.params[1], 3)) return kRefusedParams;
  return hasStrides(call, 1, {1, leadingDimension(trailing(call, 2, 0))}) ? kAccepted : 1;
}

template <class T>
void addFor(KernelTable& table) {
  constexpr DType kType = dtypeOf<T>();
  table.add(suffixed<T>("sytrd"), factorise<T>, {kType}, {kType},
            {.params = 2, .minRank = 2, .layout = layout});
}

}  // namespace

void registerSytrd(KernelTable& table) {
  addFor<float>(table);
  addFor<double>(table);
}

}  // namespace adjoint
