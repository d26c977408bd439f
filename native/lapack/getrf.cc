// LU factorisation with partial pivoting, and the determinant that follows from it.
#include <cmath>

#include "../families.h"
#include "../recursive/lu.h"
#include "condition.h"
#include "matrix.h"

namespace adjoint {
namespace {

using std::int32_t;
using std::int64_t;

// dims [...batch, n, n]; A, LU (column-major), pivots counted from zero.
template <class T>
void factor(const Call& call, Status& status) {
  const int r = call.rank;
  const int n = trailing(call, 2, 0);
  if (n == 0) return;
  const bool nan = failsWithNaN(call);
  const bool keepSingular = call.params[1] != 0;
  const bool measure = call.params[2] != 0;
  const int64_t size = static_cast<int64_t>(n) * n;
  Buffer<T> work(measure ? 4 * static_cast<int64_t>(n) : 0);
  Buffer<int> integers(measure ? n : 0);
  const BlasSlot slot;
  forEachBatch<3>(call, r - 2, [&](int64_t flat, const int64_t* offsets) {
    const T* a = call.operands[0].as<const T>() + offsets[0];
    T* lu = call.operands[1].as<T>() + offsets[1];
    int32_t* pivots = call.operands[2].as<int32_t>() + offsets[2];
    bool good = copyFinite<T>(n, n, a, call.operands[0].strides[r - 2],
                              call.operands[0].strides[r - 1], lu, flat, nan, status);
    if (good) {
      const T norm = measure ? norm1(n, lu) : T(0);
      const int info = factorLu(n, lu, n, pivots);
      if (measure) {
        const T rcond = info != 0 ? T(0) : rcondLU(n, lu, norm, work.data(), integers.data());
        status.measure(static_cast<double>(rcond), flat);
      }
      good = info == 0 || keepSingular;
      if (!good && !nan) status.fail(Code::singular, flat, info);
    }
    if (!good) {
      fillNaN(size, lu);
      for (int i = 0; i < n; ++i) pivots[i] = i;
    }
    return good || nan;
  });
}

int factorLayout(const Call& call) {
  if (!isSquare(call, 2)) return kRefusedDims;
  for (int i = 0; i < 3; ++i) {
    if (!isChoice(call.params[i], 2)) return kRefusedParams;
  }
  if (!hasStrides(call, 1, {1, leadingDimension(trailing(call, 2, 0))})) return 1;
  return hasStrides(call, 2, {1, 0}) ? kAccepted : 2;
}

template <class T>
T signOf(int n, const T* lu, const int32_t* pivots) {
  bool negative = false;
  for (int64_t i = 0; i < n; ++i) {
    const T pivot = lu[i + i * n];
    if (pivot == 0 || std::isnan(pivot)) return pivot;
    negative = negative != ((pivot < 0) != (pivots[i] != i));
  }
  return negative ? T(-1) : T(1);
}

template <class T>
void determinant(const Call& call, Status&) {
  const int n = trailing(call, 2, 0);
  forEachBatch<3>(call, call.rank - 2, [&](int64_t, const int64_t* offsets) {
    const T* lu = call.operands[0].as<const T>() + offsets[0];
    const int32_t* pivots = call.operands[1].as<const int32_t>() + offsets[1];
    T product = 1;
    for (int64_t i = 0; i < n; ++i) {
      product *= pivots[i] == i ? lu[i + i * n] : -lu[i + i * n];
    }
    call.operands[2].as<T>()[offsets[2]] = product;
    return true;
  });
}

template <class T>
void signAndLog(const Call& call, Status&) {
  const int n = trailing(call, 2, 0);
  forEachBatch<4>(call, call.rank - 2, [&](int64_t, const int64_t* offsets) {
    const T* lu = call.operands[0].as<const T>() + offsets[0];
    const int32_t* pivots = call.operands[1].as<const int32_t>() + offsets[1];
    T sum = 0;
    for (int64_t i = 0; i < n; ++i) sum += std::log(std::fabs(lu[i + i * n]));
    call.operands[2].as<T>()[offsets[2]] = signOf(n, lu, pivots);
    call.operands[3].as<T>()[offsets[3]] = sum;
    return true;
  });
}

template <int kOutputs>
int determinantLayout(const Call& call) {
  if (!isSquare(call, 2)) return kRefusedDims;
  if (!hasStrides(call, 0, {1, leadingDimension(trailing(call, 2, 0))})) return 0;
  if (!hasStrides(call, 1, {1, 0})) return 1;
  for (int i = 2; i < 2 + kOutputs; ++i) {
    if (!hasStrides(call, i, {0, 0})) return i;
  }
  return kAccepted;
}

template <class T>
void addFor(KernelTable& table) {
  constexpr DType kType = dtypeOf<T>();
  table.add(suffixed<T>("getrf"), factor<T>, {kType}, {kType, DType::i32},
            {.params = 3, .minRank = 2, .layout = factorLayout});
  table.add(suffixed<T>("luDet"), determinant<T>, {kType, DType::i32}, {kType},
            {.minRank = 2, .layout = determinantLayout<1>});
  table.add(suffixed<T>("luSlogdet"), signAndLog<T>, {kType, DType::i32}, {kType, kType},
            {.minRank = 2, .layout = determinantLayout<2>});
}

}  // namespace

void registerGetrf(KernelTable& table) {
  addFor<float>(table);
  addFor<double>(table);
}

}  // namespace adjoint
