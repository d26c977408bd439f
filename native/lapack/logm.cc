// The principal logarithm of a matrix by its real Schur form, dims [...batch, n, n]; Q, T, X. Its
// derivative along E: Q, T, E, L. Q and T are column-major, as the results are. Inverse scaling and
// squaring: Al-Mohy, Higham and Relton 2013, "Computing the Frechet derivative of the matrix
// logarithm and estimating the condition number", algorithms 4.1 and 5.1, with norms of powers in
// place of estimates. Floats are computed in double.
#include <cmath>
#include <utility>

#include "../families.h"
#include "../recursive/lu.h"
#include "condition.h"
#include "matrix.h"
#include "norm_estimate.h"
#include "quasi_triangular.h"

namespace adjoint {
namespace {

using std::int64_t;
using Complex = std::complex<double>;

constexpr int kLargestDegree = 7;
constexpr double kUnitRoundoff = -53;  // its logarithm to the base 2
// The largest norm of X for which the approximant of log(I + X) has a backward error below the unit
// roundoff (Al-Mohy and Higham 2012, table 2.1).
constexpr double kTheta[] = {0, 1.59e-5, 2.31e-3, 1.94e-2, 6.21e-2, 1.28e-1, 2.06e-1, 2.88e-1};

// exp(z) - 1 without cancellation.
Complex expm1(Complex z) {
  const double half = std::sin(z.imag() / 2);
  return {std::expm1(z.real()) * std::cos(z.imag()) - 2 * half * half,
          std::exp(z.real()) * std::sin(z.imag())};
}

// The divided difference of the logarithm, and of the power p.
double logDifference(double x, double y) {
  if (x == y) return 1 / x;
  if (std::fabs(y - x) > std::fabs(x + y) / 2) return (std::log(y) - std::log(x)) / (y - x);
  return 2 * std::atanh((y - x) / (y + x)) / (y - x);
}

double powerDifference(double x, double y, double p) {
  if (x == y) return p * std::pow(x, p - 1);
  if (std::fabs(y - x) > std::fabs(x + y) / 2) return (std::pow(y, p) - std::pow(x, p)) / (y - x);
  const double middle = std::exp(p / 2 * (std::log(x) + std::log(y)));
  return 2 * middle * std::sinh(p * std::atanh((y - x) / (y + x))) / (y - x);
}

// Nodes and weights of Gauss-Legendre quadrature over [0, 1]: the partial fractions of the diagonal
// Pade approximant, r(X) = sum of weight X (I + node X)^-1.
struct Quadrature {
  double nodes[kLargestDegree];
  double weights[kLargestDegree];

  explicit Quadrature(int degree) {
    for (int i = 0; i < degree; ++i) {
      double x = std::cos(3.14159265358979323846 * (i + 0.75) / (degree + 0.5));
      double slope = 1;
      for (int step = 0; step < 8; ++step) {
        double before = 1;
        double value = x;
        for (int k = 2; k <= degree; ++k) {
          before = std::exchange(value, ((2 * k - 1) * x * value - (k - 1) * before) / k);
        }
        slope = degree * (x * value - before) / (x * x - 1);
        x -= value / slope;
      }
      nodes[i] = (1 + x) / 2;
      weights[i] = 1 / ((1 - x * x) * slope * slope);
    }
  }
};

class Logarithm {
 public:
  explicit Logarithm(int n)
      : n_(n), size_(static_cast<int64_t>(n) * n), matrices_(kCount * size_), pivots_(n) {
    for (int i = 0; i < kCount; ++i) slots_[i] = matrices_.data() + i * size_;
  }

  double* input() { return slots_[kT]; }

  // The logarithm of the input.
  const double* value() {
    takeRoots(nullptr);
    double* sum = slots_[kPower];
    std::fill_n(sum, size_, 0.0);
    eachTerm([&](double weight) {
      double* term = slots_[kTerm];
      std::copy_n(slots_[kX], size_, term);
      solveLu(false, n_, n_, slots_[kFactor], n_, pivots_.data(), term, n_);
      for (int64_t i = 0; i < size_; ++i) sum[i] += weight * term[i];
    });
    for (int64_t i = 0; i < size_; ++i) sum[i] = std::ldexp(sum[i], roots_);
    replaceDiagonals(
        sum, [](Complex x) { return std::log(x); }, logDifference);
    return sum;
  }

  // The derivative along `e`, in its place.
  void differentiate(double* e) {
    takeRoots(e);
    double* sum = slots_[kPower];
    std::fill_n(sum, size_, 0.0);
    eachTerm([&](double weight) {
      double* term = slots_[kTerm];
      std::copy_n(e, size_, term);
      solveLu(false, n_, n_, slots_[kFactor], n_, pivots_.data(), term, n_);
      transpose(term);
      solveLu(true, n_, n_, slots_[kFactor], n_, pivots_.data(), term, n_);
      transpose(term);
      for (int64_t i = 0; i < size_; ++i) sum[i] += weight * term[i];
    });
    for (int64_t i = 0; i < size_; ++i) e[i] = std::ldexp(sum[i], roots_);
  }

 private:
  enum Slot { kT, kRoot, kX, kPower, kScratch, kFactor = kScratch, kTerm, kCount };

  // Takes square roots until an approximant is good enough: leaves their number, the degree and,
  // in slot X, the last root less the identity. The derivative of each root takes `e` along.
  void takeRoots(double* e) {
    std::copy_n(slots_[kT], size_, slots_[kRoot]);
    roots_ = 0;
    for (int least = rootsForEigenvalues(); roots_ < least;) takeRoot(e);
    degree_ = 0;
    for (int further = 2; degree_ == 0;) {
      loadX();
      chooseDegree(further);
      if (e != nullptr && degree_ != 0) refineDegree();
      if (degree_ == 0) takeRoot(e);
    }
    const double p = std::ldexp(1.0, -roots_);
    replaceDiagonals(
        slots_[kX], [p](Complex x) { return expm1(p * std::log(x)); },
        [p](double x, double y) { return powerDifference(x, y, p); });
  }

  int rootsForEigenvalues() {
    int most = 0;
    eachBlock([&](int64_t, int order, const double* block) {
      Complex root = blockEigenvalue(order, block, n_);
      int count = 0;
      for (; std::abs(root - 1.0) > kTheta[kLargestDegree]; ++count) root = std::sqrt(root);
      most = std::max(most, count);
    });
    return most;
  }

  void takeRoot(double* e) {
    squareRoot(n_, slots_[kRoot], n_, 0.0);
    if (e != nullptr) {
      const QuasiTriangular<double> root{n_, slots_[kRoot], n_, false};
      solveSylvester(root, root, e, n_);
    }
    ++roots_;
  }

  void loadX() {
    std::copy_n(slots_[kRoot], size_, slots_[kX]);
    for (int64_t i = 0; i < n_; ++i) slots_[kX][i + i * n_] -= 1;
  }

  // X^(k + 1) in place of X^k, and the root of that order of its norm.
  double raise(int power) {
    gemm(CblasNoTrans, CblasNoTrans, n_, n_, n_, slots_[kPower], n_, slots_[kX], n_,
         slots_[kScratch], n_);
    std::swap(slots_[kPower], slots_[kScratch]);
    return std::pow(norm1(n_, slots_[kPower]), 1.0 / power);
  }

  // Leaves degree 0 where another square root is cheaper than a high degree.
  void chooseDegree(int& further) {
    std::copy_n(slots_[kX], size_, slots_[kPower]);
    const double second = raise(2);
    const double third = raise(3);
    for (const int degree : {1, 2}) {
      if (std::max(second, third) <= kTheta[degree]) {
        degree_ = degree;
        return;
      }
    }
    const double fourth = raise(4);
    const double a3 = std::max(third, fourth);
    if (a3 <= kTheta[kLargestDegree]) {
      int degree = 3;
      while (a3 > kTheta[degree]) ++degree;
      if (degree <= 6) {
        degree_ = degree;
        return;
      }
      if (a3 / 2 <= kTheta[5] && further-- > 0) return;
    }
    const double eta = std::min(a3, std::max(fourth, raise(5)));
    for (const int degree : {6, 7}) {
      if (eta <= kTheta[degree]) {
        degree_ = degree;
        return;
      }
    }
  }

  // For the derivative, whose first term that is left out has powers of X on either side of E: it
  // is held against the first that have, 1 and X E X / 3.
  void refineDegree() {
    const auto powers = powerNorms(n_, slots_[kX], 2 * kLargestDegree);
    const double least = std::max(0.0, 2 * powers[1] - std::log2(3.0));
    for (; degree_ <= kLargestDegree; ++degree_) {
      const double m = degree_;
      const double coefficient =
          4 * std::log2(std::tgamma(m + 1)) - 2 * std::log2(std::tgamma(2 * m + 1));
      if (coefficient + largestPair(powers, 2 * degree_) - least <= kUnitRoundoff) return;
    }
    degree_ = 0;
  }

  template <class Visit>
  void eachBlock(Visit visit) const {
    for (int64_t i = 0; i < n_;) {
      const double* block = slots_[kT] + i + i * n_;
      const int order = blockOrder(n_, slots_[kT], n_, static_cast<int>(i));
      visit(i, order, block);
      i += order;
    }
  }

  // What eigenvalues alone determine, without the rounding of all the roots: the diagonal blocks
  // of a function, and entries between two real eigenvalues that are neighbours.
  template <class Function, class Difference>
  void replaceDiagonals(double* x, Function f, Difference difference) const {
    int64_t last = -1;
    eachBlock([&](int64_t i, int order, const double* block) {
      const Complex value = f(blockEigenvalue(order, block, n_));
      double* to = x + i + i * n_;
      to[0] = value.real();
      if (order == 2) {
        // f(T) = Re f I + Im f / Im lambda (T - Re lambda I)
        const double slope = value.imag() / blockEigenvalue(order, block, n_).imag();
        to[1] = slope * block[1];
        to[n_] = slope * block[n_];
        to[n_ + 1] = value.real();
      } else if (i > 0 && last == i - 1) {
        to[-1] = block[-1] * difference(block[-1 - n_], block[0]);
      }
      last = order == 1 ? i : -1;
    });
  }

  // Factors I + node X for each node.
  template <class Visit>
  void eachTerm(Visit visit) {
    const Quadrature quadrature(degree_);
    for (int k = 0; k < degree_; ++k) {
      double* factor = slots_[kFactor];
      for (int64_t i = 0; i < size_; ++i) factor[i] = quadrature.nodes[k] * slots_[kX][i];
      for (int64_t i = 0; i < n_; ++i) factor[i + i * n_] += 1;
      factorLu(n_, factor, n_, pivots_.data());
      visit(quadrature.weights[k]);
    }
  }

  void transpose(double* x) const {
    for (int64_t j = 0; j < n_; ++j) {
      for (int64_t i = 0; i < j; ++i) std::swap(x[i + j * n_], x[j + i * n_]);
    }
  }

  int n_;
  int64_t size_;
  Buffer<double> matrices_;
  Buffer<int> pivots_;
  double* slots_[kCount];
  int roots_ = 0;
  int degree_ = 0;
};

// Whether every eigenvalue has a real logarithm; else the failure is noted.
template <class T>
bool checkEigenvalues(int n, const T* q, const T* t, bool nan, int64_t batch, Status& status) {
  const T error = eigenvalueError(n, q, t);
  for (int64_t i = 0; i < n;) {
    const int order = blockOrder(n, t, n, static_cast<int>(i));
    const std::complex<T> value = blockEigenvalue(order, t + i + i * n, n);
    i += order;
    if (std::abs(value) <= error) {
      if (!nan) status.fail(Code::noValue, batch, 0);
      return false;
    }
    if (order == 1 && value.real() < 0) {
      if (!nan) status.failAt(Code::negativeEigenvalue, batch, std::complex<double>(value));
      return false;
    }
  }
  return true;
}

template <class T>
void logarithm(const Call& call, Status& status) {
  const int r = call.rank;
  const int n = trailing(call, 2, 0);
  if (n == 0) return;
  const bool nan = failsWithNaN(call);
  const int64_t size = static_cast<int64_t>(n) * n;
  const BlasSlot slot;
  Logarithm log(n);
  Buffer<T> copy(size);
  Buffer<T> scratch(size);
  forEachBatch<3>(call, r - 2, [&](int64_t flat, const int64_t* offsets) {
    const T* q = call.operands[0].as<const T>() + offsets[0];
    const T* t = call.operands[1].as<const T>() + offsets[1];
    T* x = call.operands[2].as<T>() + offsets[2];
    if (!isFinite(t[0]) || !checkEigenvalues(n, q, t, nan, flat, status)) {
      fillNaN(size, x);
      return nan;
    }
    std::copy_n(t, size, log.input());
    const double* found = log.value();
    for (int64_t i = 0; i < size; ++i) copy[i] = static_cast<T>(found[i]);
    leaveSchurBasis(n, q, copy.data(), x, scratch.data());
    return true;
  });
}

template <class T>
void derivative(const Call& call, Status& status) {
  const int r = call.rank;
  const int n = trailing(call, 2, 0);
  if (n == 0) return;
  const bool nan = failsWithNaN(call);
  const int64_t size = static_cast<int64_t>(n) * n;
  const int64_t row = call.operands[2].strides[r - 2];
  const int64_t column = call.operands[2].strides[r - 1];
  const BlasSlot slot;
  Logarithm log(n);
  Buffer<double> along(size);
  Buffer<T> scratch(size);
  forEachBatch<4>(call, r - 2, [&](int64_t flat, const int64_t* offsets) {
    const T* q = call.operands[0].as<const T>() + offsets[0];
    const T* t = call.operands[1].as<const T>() + offsets[1];
    T* l = call.operands[3].as<T>() + offsets[3];
    if (!isFinite(t[0]) || !copyFinite<T>(n, n, call.operands[2].as<const T>() + offsets[2], row,
                                          column, l, flat, nan, status)) {
      fillNaN(size, l);
      return nan;
    }
    std::copy_n(t, size, log.input());
    gemmColumns(CblasTrans, CblasNoTrans, n, n, n, q, n, l, n, scratch.data(), n);
    gemmColumns(CblasNoTrans, CblasNoTrans, n, n, n, scratch.data(), n, q, n, l, n);
    std::copy_n(l, size, along.data());
    log.differentiate(along.data());
    for (int64_t i = 0; i < size; ++i) l[i] = static_cast<T>(along[i]);
    leaveSchurBasis(n, q, l, l, scratch.data());
    return true;
  });
}

template <bool kAlong>
int layout(const Call& call) {
  return layoutOfSquareColumns(call, {0, 1, kAlong ? 3 : 2});
}

template <class T>
void addFor(KernelTable& table) {
  constexpr DType kType = dtypeOf<T>();
  table.add(suffixed<T>("logm"), logarithm<T>, {kType, kType}, {kType},
            {.params = 1, .minRank = 2, .layout = layout<false>});
  table.add(suffixed<T>("logmDerivative"), derivative<T>, {kType, kType, kType}, {kType},
            {.params = 1, .minRank = 2, .layout = layout<true>});
}

}  // namespace

void registerLogm(KernelTable& table) {
  addFor<float>(table);
  addFor<double>(table);
}

}  // namespace adjoint
