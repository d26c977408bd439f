// op(A) X + X op(B) = C by the Schur forms of A and B: dims [...batch, m, m', n, n']; Q and T of A,
// Q and T of B (all column-major), C, X (column-major).
#include <vector>

#include "../families.h"
#include "condition.h"
#include "lapack.h"
#include "matrix.h"
#include "norm_estimate.h"
#include "quasi_triangular.h"

namespace adjoint {
namespace {

using std::int64_t;

enum Operand { kQa, kTa, kQb, kTb, kC, kX, kOperands };

template <class T>
std::vector<std::complex<T>> eigenvalues(int n, const T* t) {
  std::vector<std::complex<T>> found;
  for (int64_t i = 0; i < n;) {
    const int order = blockOrder(n, t, n, static_cast<int>(i));
    found.push_back(blockEigenvalue(order, t + i + i * n, n));
    i += order;
  }
  return found;
}

template <class T>
T normInf(int n, const T* a, T* sums) {
  std::fill_n(sums, n, T(0));
  for (int64_t j = 0; j < n; ++j) {
    for (int64_t i = 0; i < n; ++i) sums[i] += std::fabs(a[i + j * n]);
  }
  return *std::max_element(sums, sums + n);
}

template <class T>
class Sylvester {
 public:
  Sylvester(const Call& call, int m, int n)
      : m_(m),
        n_(n),
        size_(static_cast<int64_t>(m) * n),
        transposeA_(call.params[1] != 0),
        transposeB_(call.params[2] != 0),
        measured_(call.params[3] != 0),
        product_(size_),
        work_(measured_ ? 2 * size_ : 0),
        sums_(n) {}

  bool measured() const { return measured_; }

  void setForms(const T* const* forms) {
    qa_ = forms[kQa];
    qb_ = forms[kQb];
    a_ = {m_, forms[kTa], m_, transposeA_};
    b_ = {n_, forms[kTb], n_, transposeB_};
  }

  // Whether eigenvalues of A and -B are equal as far as rounding lets one tell; which.
  bool share(std::complex<T>* common) const {
    const T tolerance = eigenvalueError(m_, qa_, a_.data) + eigenvalueError(n_, qb_, b_.data);
    const auto ofB = eigenvalues(n_, b_.data);
    for (const std::complex<T>& x : eigenvalues(m_, a_.data)) {
      for (const std::complex<T>& y : ofB) {
        // Both are above the real axis: the conjugate is nearer to -x.
        if (std::abs(x + std::conj(y)) > tolerance) continue;
        *common = x;
        return true;
      }
    }
    return false;
  }

  // X in place of C.
  bool solve(T* x) {
    T* product = product_.data();
    gemmColumns(CblasTrans, CblasNoTrans, m_, n_, m_, qa_, m_, x, m_, product, m_);
    gemmColumns(CblasNoTrans, CblasNoTrans, m_, n_, n_, product, m_, qb_, n_, x, m_);
    if (!solveSylvester(a_, b_, x, m_)) return false;
    gemmColumns(CblasNoTrans, CblasNoTrans, m_, n_, m_, qa_, m_, x, m_, product, m_);
    gemmColumns(CblasNoTrans, CblasTrans, m_, n_, n_, product, m_, qb_, n_, x, m_);
    return true;
  }

  // Of the equation of the Schur forms, a linear system with m n unknowns.
  T rcond() {
    if (size_ > kLargestBlasInteger) return 1;
    const T inverse = inverseNorm<T>(static_cast<int>(size_), work_.data(), work_.data() + size_,
                                     [&](T* x, bool transposed) {
                                       QuasiTriangular<T> a = a_;
                                       QuasiTriangular<T> b = b_;
                                       a.transposed = a.transposed != transposed;
                                       b.transposed = b.transposed != transposed;
                                       solveSylvester(a, b, x, m_);
                                     });
    const T norm = norm1(m_, a_.data) + normInf(n_, b_.data, sums_.data());
    return T(1) / inverse / norm;
  }

 private:
  int m_, n_;
  int64_t size_;
  bool transposeA_, transposeB_, measured_;
  Buffer<T> product_, work_, sums_;
  const T* qa_ = nullptr;
  const T* qb_ = nullptr;
  QuasiTriangular<T> a_{}, b_{};
};

template <class T>
void solve(const Call& call, Status& status) {
  const int r = call.rank;
  const int m = trailing(call, 4, 0);
  const int n = trailing(call, 4, 2);
  if (m == 0 || n == 0) return;
  const bool nan = failsWithNaN(call);
  const int64_t row = call.operands[kC].strides[r - 4];
  const int64_t column = call.operands[kC].strides[r - 2];
  const BlasSlot slot;
  Sylvester<T> sylvester(call, m, n);
  forEachBatch<kOperands>(call, r - 4, [&](int64_t flat, const int64_t* offsets) {
    const T* forms[kC];
    for (int i = 0; i < kC; ++i) forms[i] = call.operands[i].as<const T>() + offsets[i];
    T* x = call.operands[kX].as<T>() + offsets[kX];
    // A matrix that failed before has a form of NaN.
    bool good = copyFinite<T>(m, n, call.operands[kC].as<const T>() + offsets[kC], row, column, x,
                              flat, nan, status);
    good = good && isFinite(*forms[kTa]) && isFinite(*forms[kTb]);
    if (good) {
      sylvester.setForms(forms);
      std::complex<T> common = 0;
      if (sylvester.measured() && sylvester.share(&common)) {
        good = false;
        if (!nan) status.failAt(Code::commonEigenvalue, flat, common);
      } else {
        good = sylvester.solve(x);
        if (!good && !nan) status.fail(Code::noDerivative, flat, 0);
      }
      if (good && sylvester.measured()) {
        status.measure(static_cast<double>(sylvester.rcond()), flat);
      }
    }
    if (!good) fillNaN(static_cast<int64_t>(m) * n, x);
    return good || nan;
  });
}

int layout(const Call& call) {
  const int m = trailing(call, 4, 0);
  const int n = trailing(call, 4, 2);
  if (!blasSizes(call, 4) || m != trailing(call, 4, 1) || n != trailing(call, 4, 3)) {
    return kRefusedDims;
  }
  for (const int i : {0, 1, 2, 3}) {
    if (!isChoice(call.params[i], 2)) return kRefusedParams;
  }
  const int64_t ofA = leadingDimension(m);
  const int64_t ofB = leadingDimension(n);
  for (const int i : {kQa, kTa}) {
    if (!hasStrides(call, i, {1, ofA, 0, 0})) return i;
  }
  for (const int i : {kQb, kTb}) {
    if (!hasStrides(call, i, {0, 0, 1, ofB})) return i;
  }
  const int64_t* c = call.operands[kC].strides + call.rank;
  if (c[-3] != 0 || c[-1] != 0) return kC;
  return hasStrides(call, kX, {1, 0, ofA, 0}) ? kAccepted : kX;
}

template <class T>
void addFor(KernelTable& table) {
  constexpr DType kType = dtypeOf<T>();
  table.add(suffixed<T>("sylvester"), solve<T>, {kType, kType, kType, kType, kType}, {kType},
            {.params = 4, .minRank = 4, .layout = layout});
}

}  // namespace

void registerSylvester(KernelTable& table) {
  addFor<float>(table);
  addFor<double>(table);
}

}  // namespace adjoint
