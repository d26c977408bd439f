// Householder's reduction column by column (Golub and Van Loan, "Matrix Computations", section
// 8.3.1), where one pass over the matrix does the update by a reflector and the product with the
// next one: half the memory traffic of both.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "lapack/tridiagonalise.cc"
#include "../simd/each_target.h"

#include "tridiagonalise.h"

#include <cmath>
#include <limits>

#include "padded_vector.h"

HWY_BEFORE_NAMESPACE();
namespace adjoint {
namespace HWY_NAMESPACE {
namespace {

using std::int64_t;

// Columns are taken four at a time: what they share is read once.
constexpr int64_t kGroup = 4;

template <class T>
HWY_INLINE T sumOf(Vector<T> x) {
  return hn::GetLane(hn::SumOfLanes(Tag<T>(), x));
}

// Below this a sum of squares has lost digits to underflow.
template <class T>
constexpr T kTinySquare = std::numeric_limits<T>::min() /
                          (std::numeric_limits<T>::epsilon() * std::numeric_limits<T>::epsilon());

template <class T>
class Reduction {
 public:
  Reduction(int64_t n, T* a, T* work)
      : n_(n),
        rows_(paddedOrder<T>(n)),
        ld_(paddedStride<T>(n)),
        a_(a),
        v_(work),
        w_(v_ + rows_),
        u_(w_ + rows_),
        y_(u_ + rows_) {
    for (int64_t i = 0; i < 4 * rows_; ++i) work[i] = 0;
  }

  void run(T* diagonal, T* below, T* tau) {
    for (int64_t k = 0; k < n_; ++k) {
      takeColumn(k);
      diagonal[k] = u_[k];
      if (k + 1 == n_) break;
      // What is finished takes no further part.
      v_[k] = w_[k] = u_[k] = 0;
      tau[k] = reflect(k, below[k]);
      multiply(k);
      makeUpdate(k, tau[k]);
    }
  }

 private:
  const Tag<T> d;

  // Column k with the update that is due: u.
  void takeColumn(int64_t k) {
    const T* column = a_ + k * ld_;
    const Vector<T> v = hn::Set(d, v_[k]);
    const Vector<T> w = hn::Set(d, w_[k]);
    for (int64_t i = k / kLanes<T> * kLanes<T>; i < rows_; i += kLanes<T>) {
      const Vector<T> x = hn::NegMulAdd(hn::Load(d, v_ + i), w, hn::Load(d, column + i));
      hn::Store(hn::NegMulAdd(hn::Load(d, w_ + i), v, x), d, u_ + i);
    }
    for (int64_t i = k / kLanes<T> * kLanes<T>; i < k; ++i) u_[i] = 0;
  }

  // I - tau u uᵀ maps what is below the diagonal of column k to its first element, `left`.
  T reflect(int64_t k, T& left) {
    const int64_t first = k + 1;
    const int64_t start = first / kLanes<T> * kLanes<T>;
    T head = u_[first];
    u_[first] = 0;
    T sum = squares(start);
    int exponent = 0;
    if (HWY_UNLIKELY(sum < kTinySquare<T>)) {
      T largest = 0;
      for (int64_t i = start; i < n_; ++i) largest = std::fmax(largest, std::fabs(u_[i]));
      if (largest == 0) {
        left = head;
        u_[first] = 1;
        keep(k, start, 1);
        return 0;
      }
      exponent = std::ilogb(std::fmax(largest, std::fabs(head)));
      head = std::ldexp(head, -exponent);
      for (int64_t i = start; i < n_; ++i) u_[i] = std::ldexp(u_[i], -exponent);
      sum = squares(start);
    }
    const T norm = std::sqrt(head * head + sum);
    const T beta = head > 0 ? -norm : norm;
    left = exponent == 0 ? beta : std::ldexp(beta, exponent);
    u_[first] = head - beta;
    keep(k, start, 1 / (head - beta));
    u_[first] = 1;
    return (beta - head) / beta;
  }

  T squares(int64_t start) const {
    Vector<T> sum = hn::Zero(d);
    for (int64_t i = start; i < rows_; i += kLanes<T>) {
      const Vector<T> x = hn::Load(d, u_ + i);
      sum = hn::MulAdd(x, x, sum);
    }
    return sumOf<T>(sum);
  }

  void keep(int64_t k, int64_t start, T factor) {
    T* column = a_ + k * ld_;
    for (int64_t i = start; i < rows_; i += kLanes<T>) {
      const Vector<T> x = hn::Mul(hn::Set(d, factor), hn::Load(d, u_ + i));
      hn::Store(x, d, u_ + i);
      hn::Store(x, d, column + i);
    }
  }

  // A -= v wᵀ + w vᵀ and y = A u, for what is behind k.
  void multiply(int64_t k) {
    constexpr int64_t kBlock = kLanes < T >> kGroup ? kLanes<T> : kGroup;
    const int64_t start = (k + 1) / kBlock * kBlock;
    for (int64_t i = start; i < rows_; i += kLanes<T>) hn::Store(hn::Zero(d), d, y_ + i);
    for (int64_t j = (k + 1) / kGroup * kGroup; j < n_; j += kGroup) {
      T* c0 = a_ + j * ld_;
      T* c1 = c0 + ld_;
      T* c2 = c1 + ld_;
      T* c3 = c2 + ld_;
      const Vector<T> v0 = hn::Set(d, v_[j]), v1 = hn::Set(d, v_[j + 1]);
      const Vector<T> v2 = hn::Set(d, v_[j + 2]), v3 = hn::Set(d, v_[j + 3]);
      const Vector<T> w0 = hn::Set(d, w_[j]), w1 = hn::Set(d, w_[j + 1]);
      const Vector<T> w2 = hn::Set(d, w_[j + 2]), w3 = hn::Set(d, w_[j + 3]);
      const Vector<T> u0 = hn::Set(d, u_[j]), u1 = hn::Set(d, u_[j + 1]);
      const Vector<T> u2 = hn::Set(d, u_[j + 2]), u3 = hn::Set(d, u_[j + 3]);
      Vector<T> s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
      // The block on the diagonal is full; below it every element stands for two.
      const int64_t block = j / kBlock * kBlock;
      for (int64_t i = block; i < block + kBlock; i += kLanes<T>) {
        const Vector<T> v = hn::Load(d, v_ + i);
        const Vector<T> w = hn::Load(d, w_ + i);
        const Vector<T> a0 = updated(c0 + i, v, w, v0, w0);
        const Vector<T> a1 = updated(c1 + i, v, w, v1, w1);
        const Vector<T> a2 = updated(c2 + i, v, w, v2, w2);
        const Vector<T> a3 = updated(c3 + i, v, w, v3, w3);
        const Vector<T> y = hn::MulAdd(a1, u1, hn::MulAdd(a0, u0, hn::Load(d, y_ + i)));
        hn::Store(hn::MulAdd(a3, u3, hn::MulAdd(a2, u2, y)), d, y_ + i);
      }
      if (block + kBlock == rows_) continue;
      for (int64_t i = block + kBlock; i < rows_; i += kLanes<T>) {
        const Vector<T> v = hn::Load(d, v_ + i);
        const Vector<T> w = hn::Load(d, w_ + i);
        const Vector<T> u = hn::Load(d, u_ + i);
        const Vector<T> a0 = updated(c0 + i, v, w, v0, w0);
        const Vector<T> a1 = updated(c1 + i, v, w, v1, w1);
        const Vector<T> a2 = updated(c2 + i, v, w, v2, w2);
        const Vector<T> a3 = updated(c3 + i, v, w, v3, w3);
        s0 = hn::MulAdd(a0, u, s0);
        s1 = hn::MulAdd(a1, u, s1);
        s2 = hn::MulAdd(a2, u, s2);
        s3 = hn::MulAdd(a3, u, s3);
        const Vector<T> y = hn::MulAdd(a1, u1, hn::MulAdd(a0, u0, hn::Load(d, y_ + i)));
        hn::Store(hn::MulAdd(a3, u3, hn::MulAdd(a2, u2, y)), d, y_ + i);
      }
      y_[j] += sumOf<T>(s0);
      y_[j + 1] += sumOf<T>(s1);
      y_[j + 2] += sumOf<T>(s2);
      y_[j + 3] += sumOf<T>(s3);
    }
    for (int64_t i = start; i <= k; ++i) y_[i] = 0;
  }

  HWY_INLINE Vector<T> updated(T* at, Vector<T> v, Vector<T> w, Vector<T> vj, Vector<T> wj) const {
    const Vector<T> x = hn::NegMulAdd(w, vj, hn::NegMulAdd(v, wj, hn::Load(d, at)));
    hn::Store(x, d, at);
    return x;
  }

  // v = u, and w such that the update applies the reflector from both sides.
  void makeUpdate(int64_t k, T tau) {
    const int64_t start = (k + 1) / kLanes<T> * kLanes<T>;
    Vector<T> sum = hn::Zero(d);
    for (int64_t i = start; i < rows_; i += kLanes<T>) {
      sum = hn::MulAdd(hn::Load(d, u_ + i), hn::Load(d, y_ + i), sum);
    }
    const Vector<T> along = hn::Set(d, tau * tau * sumOf<T>(sum) / 2);
    const Vector<T> factor = hn::Set(d, tau);
    for (int64_t i = start; i < rows_; i += kLanes<T>) {
      const Vector<T> u = hn::Load(d, u_ + i);
      const Vector<T> w = hn::NegMulAdd(along, u, hn::Mul(factor, hn::Load(d, y_ + i)));
      hn::Store(u, d, v_ + i);
      hn::Store(w, d, w_ + i);
    }
  }

  int64_t n_, rows_, ld_;
  T* a_;
  T *v_, *w_, *u_, *y_;
};

// The reflector of column k; what is before it stays 0.
template <class T>
void readReflector(int64_t k, int64_t n, const T* column, T* u) {
  u[k + 1] = 1;
  for (int64_t i = k + 2; i < n; ++i) u[i] = column[i];
}

template <class T>
void accumulate(int64_t n, const T* a, const T* tau, T* q, T* u) {
  const Tag<T> d;
  const int64_t rows = paddedOrder<T>(n);
  const int64_t ld = paddedStride<T>(n);
  for (int64_t i = 0; i < rows * ld; ++i) q[i] = 0;
  for (int64_t i = 0; i < n; ++i) q[i + i * ld] = 1;
  T* v = u + rows;
  for (int64_t i = 0; i < 2 * rows; ++i) u[i] = 0;
  // Two reflectors at a time, the one of the later column first.
  for (int64_t k = n - 3; k >= 0; k -= 2) {
    const int64_t before = k > 0 ? k - 1 : k;
    const int64_t start = (before + 1) / kLanes<T> * kLanes<T>;
    readReflector(k, n, a + k * ld, u);
    readReflector(before, n, a + before * ld, v);
    const T tauBefore = k > 0 ? tau[before] : 0;
    Vector<T> sum = hn::Zero(d);
    for (int64_t i = start; i < rows; i += kLanes<T>) {
      sum = hn::MulAdd(hn::Load(d, u + i), hn::Load(d, v + i), sum);
    }
    const Vector<T> factor = hn::Set(d, tau[k]);
    const Vector<T> factorBefore = hn::Set(d, tauBefore);
    const Vector<T> coupling = hn::Set(d, sumOf<T>(sum));
    for (int64_t j = (before + 1) / kGroup * kGroup; j < n; j += kGroup) {
      T* c0 = q + j * ld;
      T* c1 = c0 + ld;
      T* c2 = c1 + ld;
      T* c3 = c2 + ld;
      Vector<T> s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
      Vector<T> t0 = s0, t1 = s0, t2 = s0, t3 = s0;
      for (int64_t i = start; i < rows; i += kLanes<T>) {
        const Vector<T> x = hn::Load(d, u + i);
        const Vector<T> y = hn::Load(d, v + i);
        const Vector<T> q0 = hn::Load(d, c0 + i), q1 = hn::Load(d, c1 + i);
        const Vector<T> q2 = hn::Load(d, c2 + i), q3 = hn::Load(d, c3 + i);
        s0 = hn::MulAdd(x, q0, s0);
        s1 = hn::MulAdd(x, q1, s1);
        s2 = hn::MulAdd(x, q2, s2);
        s3 = hn::MulAdd(x, q3, s3);
        t0 = hn::MulAdd(y, q0, t0);
        t1 = hn::MulAdd(y, q1, t1);
        t2 = hn::MulAdd(y, q2, t2);
        t3 = hn::MulAdd(y, q3, t3);
      }
      s0 = hn::Mul(factor, hn::SumOfLanes(d, s0));
      s1 = hn::Mul(factor, hn::SumOfLanes(d, s1));
      s2 = hn::Mul(factor, hn::SumOfLanes(d, s2));
      s3 = hn::Mul(factor, hn::SumOfLanes(d, s3));
      t0 = hn::Mul(factorBefore, hn::NegMulAdd(s0, coupling, hn::SumOfLanes(d, t0)));
      t1 = hn::Mul(factorBefore, hn::NegMulAdd(s1, coupling, hn::SumOfLanes(d, t1)));
      t2 = hn::Mul(factorBefore, hn::NegMulAdd(s2, coupling, hn::SumOfLanes(d, t2)));
      t3 = hn::Mul(factorBefore, hn::NegMulAdd(s3, coupling, hn::SumOfLanes(d, t3)));
      for (int64_t i = start; i < rows; i += kLanes<T>) {
        const Vector<T> x = hn::Load(d, u + i);
        const Vector<T> y = hn::Load(d, v + i);
        hn::Store(hn::NegMulAdd(t0, y, hn::NegMulAdd(s0, x, hn::Load(d, c0 + i))), d, c0 + i);
        hn::Store(hn::NegMulAdd(t1, y, hn::NegMulAdd(s1, x, hn::Load(d, c1 + i))), d, c1 + i);
        hn::Store(hn::NegMulAdd(t2, y, hn::NegMulAdd(s2, x, hn::Load(d, c2 + i))), d, c2 + i);
        hn::Store(hn::NegMulAdd(t3, y, hn::NegMulAdd(s3, x, hn::Load(d, c3 + i))), d, c3 + i);
      }
    }
  }
}

void reduce64(int64_t n, double* a, double* diagonal, double* below, double* tau, double* work) {
  Reduction<double>(n, a, work).run(diagonal, below, tau);
}
void reduce32(int64_t n, float* a, float* diagonal, float* below, float* tau, float* work) {
  Reduction<float>(n, a, work).run(diagonal, below, tau);
}
void accumulate64(int64_t n, const double* a, const double* tau, double* q, double* work) {
  accumulate(n, a, tau, q, work);
}
void accumulate32(int64_t n, const float* a, const float* tau, float* q, float* work) {
  accumulate(n, a, tau, q, work);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace adjoint
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {

void tridiagonalise(std::int64_t n, double* a, double* diagonal, double* below, double* tau,
                    double* work) {
  ADJOINT_DISPATCH(reduce64)(n, a, diagonal, below, tau, work);
}
void tridiagonalise(std::int64_t n, float* a, float* diagonal, float* below, float* tau,
                    float* work) {
  ADJOINT_DISPATCH(reduce32)(n, a, diagonal, below, tau, work);
}
void accumulateReflectors(std::int64_t n, const double* a, const double* tau, double* q,
                          double* work) {
  ADJOINT_DISPATCH(accumulate64)(n, a, tau, q, work);
}
void accumulateReflectors(std::int64_t n, const float* a, const float* tau, float* q, float* work) {
  ADJOINT_DISPATCH(accumulate32)(n, a, tau, q, work);
}

}  // namespace adjoint
#endif
