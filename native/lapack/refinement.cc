// Solves by iterative refinement (Higham, Accuracy and Stability of Numerical Algorithms, chapter
// 12): the factors are those of the working precision, residuals are computed in twice that.
// dims [...batch, n, n', k]; A, LU, pivots, B, X (column-major), or A, row-major L, B, X.
#include <cmath>
#include <vector>

#include "../families.h"
#include "../recursive/lu.h"
#include "../recursive/triangular.h"
#include "condition.h"
#include "matrix.h"
#include "right_hand_sides.h"

namespace adjoint {
namespace {

using std::int32_t;
using std::int64_t;

// What it takes to go on: every correction at most half as large as the one before.
constexpr double kProgress = 0.5;
constexpr int kMaxSteps = 100;

// The exponent that brings the largest magnitude into [1/2, 1); 0 for zeros.
template <class T>
int exponentOf(int64_t count, const T* x) {
  T largest = 0;
  for (int64_t i = 0; i < count; ++i) largest = std::max(largest, std::fabs(x[i]));
  int exponent = 0;
  std::frexp(largest, &exponent);
  return exponent;
}

template <class T>
void scaleBy(int exponent, int64_t count, T* x) {
  if (exponent == 0) return;
  for (int64_t i = 0; i < count; ++i) x[i] = std::ldexp(x[i], exponent);
}

// A x = b by columns of A. A product of floats is exact in double.
void residual(int64_t n, const float* a, const float* x, const float* b, double* r, double*) {
  for (int64_t i = 0; i < n; ++i) r[i] = b[i];
  for (int64_t j = 0; j < n; ++j) {
    const double value = x[j];
    const float* column = a + j * n;
    for (int64_t i = 0; i < n; ++i) r[i] -= static_cast<double>(column[i]) * value;
  }
}

// Veltkamp's splitting: two halves whose products with such halves are exact.
inline double upperHalf(double x) {
  constexpr double kSplitter = 134217729.0;  // 2^27 + 1
  const double scaled = kSplitter * x;
  return scaled - (scaled - x);
}

// Ogita, Rump and Oishi 2005, "Accurate sum and dot product": the rounding errors of all products
// and sums are summed beside them.
void residual(int64_t n, const double* a, const double* x, const double* b, double* r,
              double* errors) {
  for (int64_t i = 0; i < n; ++i) {
    r[i] = b[i];
    errors[i] = 0;
  }
  for (int64_t j = 0; j < n; ++j) {
    const double value = -x[j];
    const double high = upperHalf(value);
    const double low = value - high;
    const double* column = a + j * n;
    for (int64_t i = 0; i < n; ++i) {
      const double entry = column[i];
      const double entryHigh = upperHalf(entry);
      const double entryLow = entry - entryHigh;
      const double product = entry * value;
      const double productError =
          entryLow * low - (((product - entryHigh * high) - entryLow * high) - entryHigh * low);
      const double sum = r[i] + product;
      const double part = sum - r[i];
      errors[i] += ((r[i] - (sum - part)) + (product - part)) + productError;
      r[i] = sum;
    }
  }
  for (int64_t i = 0; i < n; ++i) r[i] += errors[i];
}

template <class T>
double largest(int64_t n, const T* x) {
  double norm = 0;
  for (int64_t i = 0; i < n; ++i) {
    if (!isFinite(x[i])) return std::numeric_limits<double>::infinity();
    norm = std::max(norm, static_cast<double>(std::fabs(x[i])));
  }
  return norm;
}

// Refines one right-hand side after another for one matrix. All numbers are kept around 1, so that
// residuals of small or large equations do not leave the range of T.
template <class T>
class Refinement {
 public:
  explicit Refinement(int64_t n)
      : n_(n), a_(n * n), b_(n), y_(n), step_(n), residual_(n), errors_(n) {}

  // Element (i, j) of the matrix of the equations is at i * row + j * col.
  void setMatrix(const T* a, int64_t row, int64_t col) {
    copyMatrix<T>(n_, n_, a, row, col, a_.data(), 1, n_);
    exponent_ = exponentOf(n_ * n_, a_.data());
    scaleBy(-exponent_, n_ * n_, a_.data());
  }

  T norm() { return std::ldexp(norm1(static_cast<int>(n_), a_.data()), exponent_); }

  // x holds the right-hand side, then the solution. `solve` is that of the factors. False where
  // corrections stop shrinking before they are as small as rounding errors.
  template <class Solve>
  bool refine(T* x, Solve&& solve) {
    constexpr double kEpsilon = std::numeric_limits<T>::epsilon();
    const int exponent = exponentOf(n_, x);
    for (int64_t i = 0; i < n_; ++i) {
      b_[i] = std::ldexp(x[i], -exponent);
      residual_[i] = b_[i];
      y_[i] = 0;
    }
    bool converged = false;
    double previous = std::numeric_limits<double>::infinity();
    for (int count = 0; count < kMaxSteps; ++count) {
      const int scale = exponentOf(n_, residual_.data());
      // The factors have the exponent of A: half of it for the step, half for A times the step.
      const int half = exponent_ / 2;
      for (int64_t i = 0; i < n_; ++i) {
        step_[i] = static_cast<T>(std::ldexp(residual_[i], exponent_ - half - scale));
      }
      solve(step_.data());
      scaleBy(half + scale, n_, step_.data());
      const double size = largest(n_, step_.data());
      const double rounding = kEpsilon * largest(n_, y_.data());
      if (!(size <= kProgress * previous)) {
        converged = count > 0 && size <= 8 * rounding;
        break;
      }
      for (int64_t i = 0; i < n_; ++i) y_[i] += step_[i];
      converged = size <= rounding;
      if (converged || size == 0) break;
      previous = size;
      residual(n_, a_.data(), y_.data(), b_.data(), residual_.data(), errors_.data());
    }
    for (int64_t i = 0; i < n_; ++i) x[i] = std::ldexp(y_[i], exponent - exponent_);
    return converged;
  }

 private:
  int64_t n_;
  int exponent_ = 0;
  Buffer<T> a_, b_, y_, step_;
  Buffer<double> residual_, errors_;
};

// Where the right-hand sides of a call stand among its operands, and what its last one means.
struct Sides {
  int b;
  bool transposed;
  bool measure;
};

// What is known of factors: the row of a zero pivot, or one of these.
constexpr int64_t kRegular = -1;
constexpr int64_t kNaN = -2;

// `factor(offsets, matrix)` prepares factors and says what is known of them, `solve(x)` solves with
// them in place, `rcond(norm)` estimates.
template <class T, int kOperands, class Factor, class Solve, class Rcond>
void refineAll(const Call& call, Status& status, Sides roles, Factor&& factor, Solve&& solve,
               Rcond&& rcond) {
  const int r = call.rank;
  const int64_t n = call.dims[r - 3];
  const RightHandSides sides(call, roles.b);
  if (n == 0 || sides.columns() == 0) return;
  const bool nan = failsWithNaN(call);
  const int64_t size = n * call.dims[r - 1];
  int64_t row = call.operands[0].strides[r - 3];
  int64_t col = call.operands[0].strides[r - 2];
  if (roles.transposed) std::swap(row, col);
  Refinement<T> refinement(n);
  std::vector<int64_t> bad;
  const BlasSlot slot;
  forEachBatch<kOperands>(call, sides.batchAxes(), [&](int64_t flat, const int64_t* offsets) {
    const T* b = call.operands[roles.b].as<const T>() + offsets[roles.b];
    T* x = call.operands[roles.b + 1].as<T>() + offsets[roles.b + 1];
    const int64_t first = flat * sides.repeats();
    const int64_t zero = factor(offsets, first);
    if (status.code != Code::ok) return false;
    if (zero != kRegular) {
      if (zero != kNaN && !nan) status.fail(Code::singular, first, zero + 1);
      fillNaN(size * sides.repeats(), x);
      return zero == kNaN || nan;
    }
    bad.clear();
    const bool finite = sides.copy(b, x, [&](int64_t index, int64_t where) {
      if (!nan) status.fail(Code::nonFinite, first + index, where);
      bad.push_back(index);
      return nan;
    });
    if (!finite) return false;
    refinement.setMatrix(call.operands[0].as<const T>() + offsets[0], row, col);
    for (int64_t column = 0; column < sides.columns(); ++column) {
      if (!allFinite(n, x + column * n)) continue;
      if (refinement.refine(x + column * n, solve) || !roles.measure) continue;
      const T estimate = rcond(refinement.norm());
      const int64_t matrix = first + column * n / size;
      status.measure(std::isnan(estimate) ? 0.0 : static_cast<double>(estimate), matrix);
    }
    for (const int64_t index : bad) fillNaN(size, x + index * size);
    return true;
  });
}

template <class T>
int64_t zeroOnDiagonal(int64_t n, const T* factors) {
  for (int64_t i = 0; i < n; ++i) {
    if (factors[i + i * n] == 0) return i;
    if (std::isnan(factors[i + i * n])) return kNaN;
  }
  return kRegular;
}

template <class T>
void solveLU(const Call& call, Status& status) {
  const int n = trailing(call, 3, 0);
  const bool transposed = call.params[1] != 0;
  Buffer<int> integers(n);
  Buffer<T> work(4 * static_cast<int64_t>(n));
  const T* lu = nullptr;
  const int32_t* pivots = nullptr;
  const auto factor = [&](const int64_t* offsets, int64_t first) -> int64_t {
    lu = call.operands[1].as<const T>() + offsets[1];
    pivots = call.operands[2].as<const int32_t>() + offsets[2];
    for (int64_t i = 0; i < n; ++i) {
      if (pivots[i] < 0 || pivots[i] >= n) {
        status.fail(Code::indexRange, first, i);
        return i;
      }
    }
    return zeroOnDiagonal(n, lu);
  };
  const auto solve = [&](T* x) { solveLu(transposed, n, 1, lu, n, pivots, x, n); };
  const auto rcond = [&](T norm) { return rcondLU(n, lu, norm, work.data(), integers.data()); };
  refineAll<T, 5>(call, status, {.b = 3, .transposed = transposed, .measure = call.params[2] != 0},
                  factor, solve, rcond);
}

template <class T>
void solveCholesky(const Call& call, Status& status) {
  const int n = trailing(call, 3, 0);
  Buffer<T> factors(static_cast<int64_t>(n) * n);
  Buffer<int> integers(n);
  Buffer<T> work(4 * static_cast<int64_t>(n));
  const int64_t row = call.operands[1].strides[call.rank - 3];
  const int64_t col = call.operands[1].strides[call.rank - 2];
  const auto factor = [&](const int64_t* offsets, int64_t) -> int64_t {
    copyMatrix<T>(n, n, call.operands[1].as<const T>() + offsets[1], row, col, factors.data(), 1,
                  n);
    return zeroOnDiagonal(n, factors.data());
  };
  const auto solve = [&](T* x) {
    for (const CBLAS_TRANSPOSE trans : {CblasNoTrans, CblasTrans}) {
      solveTriangle(CblasLeft, CblasLower, trans, CblasNonUnit, n, 1, factors.data(), n, x, n);
    }
  };
  const auto rcond = [&](T norm) {
    return rcondCholesky('L', n, factors.data(), norm, work.data(), integers.data());
  };
  refineAll<T, 4>(call, status, {.b = 2, .transposed = false, .measure = call.params[1] != 0},
                  factor, solve, rcond);
}

int layoutLU(const Call& call) {
  if (!isSquare(call, 3)) return kRefusedDims;
  for (int i = 0; i < 3; ++i) {
    if (!isChoice(call.params[i], 2)) return kRefusedParams;
  }
  const int64_t n = leadingDimension(trailing(call, 3, 0));
  if (call.operands[0].strides[call.rank - 1] != 0) return 0;
  if (!hasStrides(call, 1, {1, n, 0})) return 1;
  if (!hasStrides(call, 2, {1, 0, 0})) return 2;
  if (call.operands[3].strides[call.rank - 2] != 0) return 3;
  return hasStrides(call, 4, {1, 0, n}) ? kAccepted : 4;
}

int layoutCholesky(const Call& call) {
  if (!isSquare(call, 3)) return kRefusedDims;
  if (!isChoice(call.params[0], 2) || !isChoice(call.params[1], 2)) return kRefusedParams;
  for (int i = 0; i < 2; ++i) {
    if (call.operands[i].strides[call.rank - 1] != 0) return i;
  }
  if (call.operands[2].strides[call.rank - 2] != 0) return 2;
  return hasStrides(call, 3, {1, 0, leadingDimension(trailing(call, 3, 0))}) ? kAccepted : 3;
}

template <class T>
void addFor(KernelTable& table) {
  constexpr DType kType = dtypeOf<T>();
  table.add(suffixed<T>("refinedGetrs"), solveLU<T>, {kType, kType, DType::i32, kType}, {kType},
            {.params = 3, .minRank = 3, .layout = layoutLU});
  table.add(suffixed<T>("refinedPotrs"), solveCholesky<T>, {kType, kType, kType}, {kType},
            {.params = 2, .minRank = 3, .layout = layoutCholesky});
}

}  // namespace

void registerRefinement(KernelTable& table) {
  addFor<float>(table);
  addFor<double>(table);
}

}  // namespace adjoint
