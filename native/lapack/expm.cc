// The exponential of square matrices, dims [...batch, n, n], by scaling and squaring: Al-Mohy and
// Higham 2009, "A new scaling and squaring algorithm for the matrix exponential", with the norms of
// A^4 and A^6 in place of estimates. Floats are computed in double: squaring loses their digits.
#include <cmath>
#include <utility>

#include "../families.h"
#include "lapack.h"
#include "matrix.h"

namespace adjoint {
namespace {

using std::int64_t;

struct Approximant {
  int degree;
  double theta;  // the largest norm for which the backward error is below the unit roundoff
  double coefficients[14];
};

constexpr Approximant kSmall[] = {
    {3, 1.495585217958292e-2, {120, 60, 12, 1}},
    {5, 2.539398330063230e-1, {30240, 15120, 3360, 420, 30, 1}},
    {7, 9.504178996162932e-1, {17297280, 8648640, 1995840, 277200, 25200, 1512, 56, 1}},
    {9,
     2.097847961257068,
     {17643225600, 8821612800, 2075673600, 302702400, 30270240, 2162160, 110880, 3960, 90, 1}},
};
constexpr Approximant kLargest = {
    13,
    4.25,
    {64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000,
     10559470521600, 670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1}};

// Everything here is a polynomial in A, so that the order of products does not matter and neither
// does the layout.
class Exponential {
 public:
  explicit Exponential(int n)
      : n_(n),
        size_(static_cast<int64_t>(n) * n),
        matrices_(kCount * size_),
        sums_(2 * static_cast<int64_t>(n)),
        pivots_(n) {
    for (int i = 0; i < kCount; ++i) slots_[i] = matrices_.data() + i * size_;
  }

  double* input() { return slots_[kA]; }

  const double* run() {
    // Far beyond every threshold, so that the powers do not overflow.
    const int before = std::max(0, exponentOf(norm(slots_[kA])) - 20);
    scale(slots_[kA], -before);
    multiply(kA, kA, kA2);
    multiply(kA2, kA2, kA4);
    multiply(kA2, kA4, kA6);
    const double eta =
        std::max(std::pow(norm(slots_[kA4]), 1.0 / 4), std::pow(norm(slots_[kA6]), 1.0 / 6));
    if (before == 0) {
      for (const Approximant& approximant : kSmall) {
        if (eta < approximant.theta && missingBits(approximant.degree) == 0) {
          return evaluateSmall(approximant);
        }
      }
    }
    int squarings = 0;
    if (eta > kLargest.theta) {
      squarings = static_cast<int>(std::ceil(std::log2(eta / kLargest.theta)));
    }
    scale(slots_[kA], -squarings);
    const int more = missingBits(kLargest.degree);
    scale(slots_[kA], -more);
    squarings += more;
    scale(slots_[kA2], -2 * squarings);
    scale(slots_[kA4], -4 * squarings);
    scale(slots_[kA6], -6 * squarings);
    evaluateLargest();
    for (int i = 0; i < squarings + before; ++i) {
      multiply(kX, kX, kScratch);
      std::swap(slots_[kX], slots_[kScratch]);
    }
    return slots_[kX];
  }

 private:
  enum Slot { kA, kA2, kA4, kA6, kEven, kOdd, kX, kScratch, kCount };

  static int exponentOf(double x) { return x > 0 ? std::ilogb(x) : 0; }

  void scale(double* x, int exponent) const {
    if (exponent == 0) return;
    for (int64_t i = 0; i < size_; ++i) x[i] = std::ldexp(x[i], exponent);
  }

  void multiply(Slot x, Slot y, Slot to) {
    gemm(CblasNoTrans, CblasNoTrans, n_, n_, n_, slots_[x], n_, slots_[y], n_, slots_[to], n_);
  }

  double norm(const double* x) const {
    double largest = 0;
    for (int64_t j = 0; j < n_; ++j) {
      double sum = 0;
      for (int64_t i = 0; i < n_; ++i) sum += std::fabs(x[i + j * n_]);
      if (!(sum <= largest)) largest = sum;
    }
    return largest;
  }

  // How many more squarings rounding asks for: equation 3.5's l, from the norm of |A|^(2m+1).
  int missingBits(int degree) {
    const double whole = norm(slots_[kA]);
    if (whole == 0) return 0;
    double* from = sums_.data();
    double* to = from + n_;
    std::fill_n(from, n_, 1.0);
    for (int power = 0; power < 2 * degree + 1; ++power) {
      for (int64_t j = 0; j < n_; ++j) {
        const double* column = slots_[kA] + j * n_;
        double sum = 0;
        for (int64_t i = 0; i < n_; ++i) sum += from[i] * std::fabs(column[i]);
        to[j] = sum;
      }
      std::swap(from, to);
    }
    const double power = *std::max_element(from, from + n_);
    const double m = degree;
    const double reciprocal =
        std::tgamma(2 * m + 1) / std::pow(std::tgamma(m + 1), 2) * std::tgamma(2 * m + 2);
    const double alpha = power / whole / reciprocal;
    const double bits = std::log2(alpha / (std::numeric_limits<double>::epsilon() / 2));
    return std::max(0, static_cast<int>(std::ceil(std::max(bits, -1.0) / (2 * m))));
  }

  // slots[to] = the sum of c[first + 2 k] A^(2 k), k from 0 to the last power at hand.
  void combine(const double* c, int first, int count, Slot to) {
    const Slot powers[] = {kA2, kA4, kA6, kScratch};
    double* sum = slots_[to];
    std::fill_n(sum, size_, 0.0);
    for (int64_t i = 0; i < n_; ++i) sum[i + i * n_] = c[first];
    for (int k = 1; k < count; ++k) {
      const double* power = slots_[powers[k - 1]];
      const double weight = c[first + 2 * k];
      for (int64_t i = 0; i < size_; ++i) sum[i] += weight * power[i];
    }
  }

  const double* evaluateSmall(const Approximant& approximant) {
    const int count = (approximant.degree + 1) / 2;
    if (approximant.degree == 9) multiply(kA4, kA4, kScratch);
    combine(approximant.coefficients, 1, count, kX);
    combine(approximant.coefficients, 0, count, kEven);
    multiply(kA, kX, kOdd);
    divide();
    return slots_[kX];
  }

  // The high powers of degree 13 are A^6 times another sum of the low ones.
  void addHighPowers(const double* c, int first, Slot to) {
    double* sum = slots_[kScratch];
    const double* a2 = slots_[kA2];
    const double* a4 = slots_[kA4];
    const double* a6 = slots_[kA6];
    for (int64_t i = 0; i < size_; ++i) {
      sum[i] = c[first] * a2[i] + c[first + 2] * a4[i] + c[first + 4] * a6[i];
    }
    multiply(kA6, kScratch, kX);
    double* total = slots_[to];
    for (int64_t i = 0; i < size_; ++i) total[i] += slots_[kX][i];
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

  // X of (even - odd) X = even + odd.
  void divide() {
    double* even = slots_[kEven];
    const double* odd = slots_[kOdd];
    double* x = slots_[kX];
    for (int64_t i = 0; i < size_; ++i) {
      x[i] = even[i] + odd[i];
      even[i] -= odd[i];
    }
    getrf(n_, even, n_, pivots_.data());
    getrs('N', n_, n_, even, n_, pivots_.data(), x, n_);
  }

  int n_;
  int64_t size_;
  Buffer<double> matrices_;
  Buffer<double> sums_;
  Buffer<int> pivots_;
  double* slots_[kCount];
};

template <class T>
void exponential(const Call& call, Status& status) {
  const int r = call.rank;
  const int n = trailing(call, 2, 0);
  if (n == 0) return;
  const int64_t aRow = call.operands[0].strides[r - 2];
  const int64_t aCol = call.operands[0].strides[r - 1];
  const int64_t xRow = call.operands[1].strides[r - 2];
  const int64_t xCol = call.operands[1].strides[r - 1];
  const BlasSlot slot;
  Exponential exponential(n);
  Buffer<T> copy(static_cast<int64_t>(n) * n);
  forEachBatch<2>(call, r - 2, [&](int64_t flat, const int64_t* offsets) {
    if (!copyFinite<T>(n, n, call.operands[0].as<const T>() + offsets[0], aRow, aCol, copy.data(),
                       flat, false, status)) {
      return false;
    }
    std::copy_n(copy.data(), static_cast<int64_t>(n) * n, exponential.input());
    const double* result = exponential.run();
    T* x = call.operands[1].as<T>() + offsets[1];
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
  table.add(suffixed<T>("expm"), exponential<T>, {kType}, {kType},
            {.minRank = 2, .layout = layout});
}

}  // namespace

void registerExpm(KernelTable& table) {
  addFor<float>(table);
  addFor<double>(table);
}

}  // namespace adjoint
