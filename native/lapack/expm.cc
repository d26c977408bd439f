// The exponential of square matrices, dims [...batch, n, n]; A, X. Its derivative along E: A, E, L.
// By scaling and squaring: Al-Mohy and Higham 2009, "A new scaling and squaring algorithm for the
// matrix exponential", with norms of powers in place of estimates; the derivative is taken along
// through every step, as in Al-Mohy and Higham 2009, "Computing the Frechet derivative of the
// matrix exponential, with an application to condition number estimation", at three times the cost
// of the value. Floats are computed in double: squaring loses their digits.
#include <cmath>
#include <utility>

#include "../families.h"
#include "../recursive/lu.h"
#include "matrix.h"
#include "norm_estimate.h"

namespace adjoint {
namespace {

using std::int64_t;

struct Approximant {
  int degree;
  // The largest norms for which the backward error of the value, and that of the derivative, are
  // below the unit roundoff.
  double theta;
  double ell;
  double coefficients[14];
};

constexpr Approximant kSmall[] = {
    {3, 1.495585217958292e-2, 1.08e-2, {120, 60, 12, 1}},
    {5, 2.539398330063230e-1, 2.00e-1, {30240, 15120, 3360, 420, 30, 1}},
    {7, 9.504178996162932e-1, 7.83e-1, {17297280, 8648640, 1995840, 277200, 25200, 1512, 56, 1}},
    {9,
     2.097847961257068,
     1.78,
     {17643225600, 8821612800, 2075673600, 302702400, 30270240, 2162160, 110880, 3960, 90, 1}},
};
constexpr Approximant kLargest = {
    13,
    4.25,
    4.25,
    {64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000,
     10559470521600, 670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1}};

// Every slot holds a polynomial in A, so that the order of products does not matter to the values
// and neither does the layout; and, where it is asked for, the derivative of that polynomial along
// E. The products read the matrices row by row, division column by column: it divides from the
// right.
class Exponential {
 public:
  Exponential(int n, bool derivative)
      : n_(n),
        size_(static_cast<int64_t>(n) * n),
        parts_(derivative ? 2 : 1),
        matrices_(parts_ * kCount * size_),
        diagonals_(2 * static_cast<int64_t>(n)),
        pivots_(n) {
    for (int part = 0; part < parts_; ++part) {
      for (int i = 0; i < kCount; ++i) {
        slots_[part][i] = matrices_.data() + (part * kCount + i) * size_;
      }
    }
  }

  double* input() { return slots_[kValue][kA]; }
  double* direction() { return slots_[kDerivative][kA]; }

  // The exponential, or its derivative.
  const double* run() {
    triangular_ = isTriangular();
    if (triangular_ != Triangle::both) keepDiagonals();
    int before = std::max(0, exponentBound() - kLargestExponent);
    scale(kA, -before);
    powers();
    if (!std::isfinite(norm(kA6))) {
      const int more = std::max(0, exponentOf(norm(kA)) - kSafeExponent);
      scale(kA, -more);
      before += more;
      powers();
    }
    const double d6 = std::pow(norm(kA6), 1.0 / 6);
    const double eta = std::max(std::pow(norm(kA4), 1.0 / 4), d6);
    if (before == 0) {
      for (const Approximant& approximant : kSmall) {
        if (eta < (parts_ == 1 ? approximant.theta : approximant.ell) &&
            missingBits(approximant.degree) == 0) {
          evaluateSmall(approximant);
          return slots_[parts_ - 1][kX];
        }
      }
    }
    int squarings = eta > kLargest.theta ? squaringsFor(std::min(eta, higherNorm(d6))) : 0;
    scale(kA, -squarings);
    const int more = missingBits(kLargest.degree);
    scale(kA, -more);
    squarings += more;
    scale(kA2, -2 * squarings);
    scale(kA4, -4 * squarings);
    scale(kA6, -6 * squarings);
    evaluateLargest();
    squarings += before;
    restoreDiagonals(squarings);
    while (squarings-- > 0) {
      multiply(kX, kX, kScratch);
      for (int part = 0; part < parts_; ++part) {
        std::swap(slots_[part][kX], slots_[part][kScratch]);
      }
      restoreDiagonals(squarings);
    }
    return slots_[parts_ - 1][kX];
  }

 private:
  enum Slot { kA, kA2, kA4, kA6, kEven, kOdd, kX, kScratch, kCount };
  enum Part { kValue, kDerivative };
  // Of the norm: below the first, squares do not overflow, below the second sixth powers.
  static constexpr int kLargestExponent = 500;
  static constexpr int kSafeExponent = 160;
  static constexpr double kSix = 2.584962500721156;  // its logarithm to the base 2

  static int exponentOf(double x) { return x > 0 ? std::ilogb(x) : 0; }

  // Of the norm of A, which may itself be out of range.
  int exponentBound() const {
    const double* a = slots_[kValue][kA];
    double largest = 0;
    for (int64_t i = 0; i < size_; ++i) largest = std::max(largest, std::fabs(a[i]));
    return exponentOf(largest) + exponentOf(n_) + 2;
  }

  static int squaringsFor(double eta) {
    return std::max(0, static_cast<int>(std::ceil(std::log2(eta / kLargest.theta))));
  }

  void powers() {
    multiply(kA, kA, kA2);
    multiply(kA2, kA2, kA4);
    multiply(kA2, kA4, kA6);
  }

  // Which triangle A fills; `both` for a matrix that is not triangular.
  Triangle isTriangular() const {
    const double* a = slots_[kValue][kA];
    bool upper = true;
    bool lower = true;
    for (int64_t j = 0; j < n_; ++j) {
      for (int64_t i = 0; i < j; ++i) {
        lower = lower && a[i + j * n_] == 0;
        upper = upper && a[j + i * n_] == 0;
      }
    }
    if (upper) return Triangle::upper;
    return lower ? Triangle::lower : Triangle::both;
  }

  // Where the entry next to the diagonal is, between i and i + 1.
  int64_t beside(int64_t i) const {
    return triangular_ == Triangle::upper ? i + (i + 1) * n_ : i + 1 + i * n_;
  }

  void keepDiagonals() {
    const double* a = slots_[kValue][kA];
    for (int64_t i = 0; i < n_; ++i) diagonals_[i] = a[i + i * n_];
    for (int64_t i = 0; i + 1 < n_; ++i) diagonals_[n_ + i] = a[beside(i)];
  }

  // Al-Mohy and Higham 2009, code fragment 2.1: of the exponential of a triangle, halved so many
  // times, the diagonal and what is next to it are known without the rounding of squarings.
  void restoreDiagonals(int halvings) {
    if (triangular_ == Triangle::both) return;
    double* x = slots_[kValue][kX];
    for (int64_t i = 0; i < n_; ++i) {
      const double a = std::ldexp(diagonals_[i], -halvings);
      x[i + i * n_] = std::exp(a);
      if (i + 1 == n_) break;
      const double b = std::ldexp(diagonals_[i + 1], -halvings);
      const double half = (b - a) / 2;
      double difference = std::exp((a + b) / 2);
      if (std::fabs(half) >= 1)
        difference = (std::exp(b) - std::exp(a)) / (b - a);
      else if (half != 0)
        difference *= std::sinh(half) / half;
      const double found = std::ldexp(diagonals_[n_ + i], -halvings) * difference;
      if (std::isfinite(found)) x[beside(i)] = found;
    }
  }

  void scale(Slot slot, int exponent) {
    if (exponent == 0) return;
    for (int part = 0; part < parts_; ++part) {
      double* x = slots_[part][slot];
      for (int64_t i = 0; i < size_; ++i) x[i] = std::ldexp(x[i], exponent);
    }
  }

  void multiplyParts(const double* x, const double* y, double* to) const {
    gemm(CblasNoTrans, CblasNoTrans, n_, n_, n_, x, n_, y, n_, to, n_);
  }

  void multiply(Slot x, Slot y, Slot to) {
    multiplyParts(slots_[kValue][x], slots_[kValue][y], slots_[kValue][to]);
    if (parts_ == 1) return;
    double* derivative = slots_[kDerivative][to];
    multiplyParts(slots_[kValue][x], slots_[kDerivative][y], derivative);
    addProduct(CblasNoTrans, CblasNoTrans, n_, n_, n_, 1.0, slots_[kValue][y], n_,
               slots_[kDerivative][x], n_, derivative, n_);
  }

  double norm(Slot slot) const {
    const double* x = slots_[kValue][slot];
    double largest = 0;
    for (int64_t j = 0; j < n_; ++j) {
      double sum = 0;
      for (int64_t i = 0; i < n_; ++i) sum += std::fabs(x[i + j * n_]);
      if (!(sum <= largest)) largest = sum;
    }
    return largest;
  }

  // The least bound that A^6, A^8 and A^10 allow; slots Even and Odd are still free.
  double higherNorm(double d6) {
    multiplyParts(slots_[kValue][kA4], slots_[kValue][kA4], slots_[kValue][kEven]);
    multiplyParts(slots_[kValue][kA4], slots_[kValue][kA6], slots_[kValue][kOdd]);
    const double d8 = std::pow(norm(kEven), 1.0 / 8);
    const double d10 = std::pow(norm(kOdd), 1.0 / 10);
    const double bound = std::min(std::max(d6, d8), std::max(d8, d10));
    return std::isfinite(bound) ? bound : d6;
  }

  // How many more squarings rounding asks for: equation 3.5's l, from the norm of |A|^(2m+1). Of a
  // derivative the first term that is left out has powers of A on either side of E, and is held
  // against the first that have: 1 and A E A / 6.
  int missingBits(int degree) const {
    const double m = degree;
    const auto powers = powerNorms(n_, slots_[kValue][kA], 2 * degree + 1);
    const double whole = powers[1];
    if (std::isinf(whole)) return 0;
    const double reciprocal =
        std::tgamma(2 * m + 1) / std::pow(std::tgamma(m + 1), 2) * std::tgamma(2 * m + 2);
    const double relative = parts_ == 1
                                ? powers.back() - whole
                                : largestPair(powers, 2 * degree) - std::max(0.0, 2 * whole - kSix);
    const double bits =
        relative - std::log2(reciprocal) - std::log2(std::numeric_limits<double>::epsilon() / 2);
    return std::max(0, static_cast<int>(std::ceil(std::max(bits, -1.0) / (2 * m))));
  }

  // slots[to] = the sum of c[first + 2 k] A^(2 k), k from 0 to the last power at hand.
  void combine(const double* c, int first, int count, Slot to) {
    const Slot powers[] = {kA2, kA4, kA6, kScratch};
    for (int part = 0; part < parts_; ++part) {
      double* sum = slots_[part][to];
      std::fill_n(sum, size_, 0.0);
      if (part == kValue) {
        for (int64_t i = 0; i < n_; ++i) sum[i + i * n_] = c[first];
      }
      for (int k = 1; k < count; ++k) {
        const double* power = slots_[part][powers[k - 1]];
        const double weight = c[first + 2 * k];
        for (int64_t i = 0; i < size_; ++i) sum[i] += weight * power[i];
      }
    }
  }

  void evaluateSmall(const Approximant& approximant) {
    const int count = (approximant.degree + 1) / 2;
    if (approximant.degree == 9) multiply(kA4, kA4, kScratch);
    combine(approximant.coefficients, 1, count, kX);
    combine(approximant.coefficients, 0, count, kEven);
    multiply(kA, kX, kOdd);
    divide();
  }

  // The high powers of degree 13 are A^6 times another sum of the low ones.
  void addHighPowers(const double* c, int first, Slot to) {
    for (int part = 0; part < parts_; ++part) {
      double* sum = slots_[part][kScratch];
      const double* a2 = slots_[part][kA2];
      const double* a4 = slots_[part][kA4];
      const double* a6 = slots_[part][kA6];
      for (int64_t i = 0; i < size_; ++i) {
        sum[i] = c[first] * a2[i] + c[first + 2] * a4[i] + c[first + 4] * a6[i];
      }
    }
    multiply(kA6, kScratch, kX);
    for (int part = 0; part < parts_; ++part) {
      double* total = slots_[part][to];
      for (int64_t i = 0; i < size_; ++i) total[i] += slots_[part][kX][i];
    }
  }

  void evaluateLargest() {
    const double* c = kLargest.coefficients;
    combine(c, 1, 4, kEven);
    addHighPowers(c, 9, kEven);
    multiply(kA, kEven, kOdd);
    combine(c, 0, 4, kEven);
    addHighPowers(c, 8, kEven);
    divide();
  }

  // X of X (even - odd) = even + odd, and of its derivative dX (even - odd) = d(even + odd) -
  // X d(even - odd).
  void divide() {
    for (int part = 0; part < parts_; ++part) {
      double* even = slots_[part][kEven];
      const double* odd = slots_[part][kOdd];
      double* x = slots_[part][kX];
      for (int64_t i = 0; i < size_; ++i) {
        x[i] = even[i] + odd[i];
        even[i] -= odd[i];
      }
    }
    double* divisor = slots_[kValue][kEven];
    factorLu(n_, divisor, n_, pivots_.data());
    solveLu(false, n_, n_, divisor, n_, pivots_.data(), slots_[kValue][kX], n_);
    if (parts_ == 1) return;
    addProduct(CblasNoTrans, CblasNoTrans, n_, n_, n_, -1.0, slots_[kDerivative][kEven], n_,
               slots_[kValue][kX], n_, slots_[kDerivative][kX], n_);
    solveLu(false, n_, n_, divisor, n_, pivots_.data(), slots_[kDerivative][kX], n_);
  }

  int n_;
  int64_t size_;
  int parts_;
  Triangle triangular_ = Triangle::both;
  Buffer<double> matrices_;
  Buffer<double> diagonals_;
  Buffer<int> pivots_;
  double* slots_[2][kCount];
};

// A and X, or A, E and L.
template <class T, bool kAlong>
void exponential(const Call& call, Status& status) {
  constexpr int kInputs = kAlong ? 2 : 1;
  const int r = call.rank;
  const int n = trailing(call, 2, 0);
  if (n == 0) return;
  const int64_t xRow = call.operands[kInputs].strides[r - 2];
  const int64_t xCol = call.operands[kInputs].strides[r - 1];
  const BlasSlot slot;
  Exponential exponential(n, kAlong);
  Buffer<T> copy(static_cast<int64_t>(n) * n);
  forEachBatch<kInputs + 1>(call, r - 2, [&](int64_t flat, const int64_t* offsets) {
    for (int i = 0; i < kInputs; ++i) {
      const Operand& operand = call.operands[i];
      if (!copyFinite<T>(n, n, operand.as<const T>() + offsets[i], operand.strides[r - 2],
                         operand.strides[r - 1], copy.data(), flat, false, status)) {
        return false;
      }
      std::copy_n(copy.data(), static_cast<int64_t>(n) * n,
                  i == 0 ? exponential.input() : exponential.direction());
    }
    const double* result = exponential.run();
    T* x = call.operands[kInputs].as<T>() + offsets[kInputs];
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t j = 0; j < n; ++j) x[i * xRow + j * xCol] = static_cast<T>(result[i + j * n]);
    }
    return true;
  });
}

int layout(const Call& call) { return isSquare(call, 2) ? kAccepted : kRefusedDims; }

template <class T>
void addFor(KernelTable& table) {
  constexpr DType kType = dtypeOf<T>();
  table.add(suffixed<T>("expm"), exponential<T, false>, {kType}, {kType},
            {.minRank = 2, .layout = layout});
  table.add(suffixed<T>("expmDerivative"), exponential<T, true>, {kType, kType}, {kType},
            {.minRank = 2, .layout = layout});
}

}  // namespace

void registerExpm(KernelTable& table) {
  addFor<float>(table);
  addFor<double>(table);
}

}  // namespace adjoint
