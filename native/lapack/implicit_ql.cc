// Implicit QL, or QR where the elements grow towards the other end (Dubrulle, Martin and Wilkinson,
// "The implicit QL algorithm", 1968; Parlett, "The Symmetric Eigenvalue Problem", chapter 8).
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "lapack/implicit_ql.cc"
#include "../simd/each_target.h"

#include <cmath>
#include <limits>

#include "implicit_ql.h"
#include "padded_vector.h"

HWY_BEFORE_NAMESPACE();
namespace adjoint {
namespace HWY_NAMESPACE {
namespace {

using std::int64_t;

// Rotations of neighbouring columns, one after another: of `first` with the one a step on, then of
// that with the next.
struct Sweep {
  int64_t first;
  int64_t step;
  int64_t count;
  int64_t at;  // of the cosines and sines
};

// Applies a sweep to a panel: kVectors vectors of rows of columns that lie `ld` apart.
template <int kVectors, class T>
void rotate(const Sweep& sweep, const T* rotations, T* panel, int64_t ld) {
  const Tag<T> d;
  const int64_t step = sweep.step * ld;
  T* column = panel + sweep.first * ld;
  // Each column is read and written once: what a rotation leaves for the next stays here.
  Vector<T> x0 = hn::Load(d, column);
  Vector<T> x1 = x0, x2 = x0, x3 = x0;
  if constexpr (kVectors > 1) x1 = hn::Load(d, column + kLanes<T>);
  if constexpr (kVectors > 2) x2 = hn::Load(d, column + 2 * kLanes<T>);
  if constexpr (kVectors > 3) x3 = hn::Load(d, column + 3 * kLanes<T>);
  for (int64_t i = 0; i < sweep.count; ++i, column += step) {
    const Vector<T> c = hn::Set(d, rotations[2 * i]);
    const Vector<T> s = hn::Set(d, rotations[2 * i + 1]);
    const Vector<T> y0 = hn::Load(d, column + step);
    hn::Store(hn::MulAdd(s, y0, hn::Mul(c, x0)), d, column);
    x0 = hn::NegMulAdd(s, x0, hn::Mul(c, y0));
    if constexpr (kVectors > 1) {
      const Vector<T> y1 = hn::Load(d, column + step + kLanes<T>);
      hn::Store(hn::MulAdd(s, y1, hn::Mul(c, x1)), d, column + kLanes<T>);
      x1 = hn::NegMulAdd(s, x1, hn::Mul(c, y1));
    }
    if constexpr (kVectors > 2) {
      const Vector<T> y2 = hn::Load(d, column + step + 2 * kLanes<T>);
      hn::Store(hn::MulAdd(s, y2, hn::Mul(c, x2)), d, column + 2 * kLanes<T>);
      x2 = hn::NegMulAdd(s, x2, hn::Mul(c, y2));
    }
    if constexpr (kVectors > 3) {
      const Vector<T> y3 = hn::Load(d, column + step + 3 * kLanes<T>);
      hn::Store(hn::MulAdd(s, y3, hn::Mul(c, x3)), d, column + 3 * kLanes<T>);
      x3 = hn::NegMulAdd(s, x3, hn::Mul(c, y3));
    }
  }
  hn::Store(x0, d, column);
  if constexpr (kVectors > 1) hn::Store(x1, d, column + kLanes<T>);
  if constexpr (kVectors > 2) hn::Store(x2, d, column + 2 * kLanes<T>);
  if constexpr (kVectors > 3) hn::Store(x3, d, column + 3 * kLanes<T>);
}

// Takes rotations down and applies many at once to a few rows, which stay in the cache meanwhile.
template <class T>
class Rotations {
 public:
  Rotations(int64_t n, T* q, T* log) : n_(n), ld_(paddedStride<T>(n)), q_(q), log_(log) {}

  // Where the cosines and sines of the next sweep go, in turn.
  T* begin(int64_t first, int64_t step) {
    if (count_ == kSweeps) apply();
    sweeps_[count_] = {first, step, 0, used_};
    return log_ + used_;
  }
  void end(int64_t count) {
    sweeps_[count_++].count = count;
    used_ += 2 * count;
  }

  void apply() {
    const int64_t vectors = (n_ + kLanes<T> - 1) / kLanes<T>;
    for (int64_t v = 0; v < vectors; v += 4) {
      T* panel = q_ + v * kLanes<T>;
      switch (vectors - v) {
        case 1:
          rotateAll<1>(panel);
          break;
        case 2:
          rotateAll<2>(panel);
          break;
        case 3:
          rotateAll<3>(panel);
          break;
        default:
          rotateAll<4>(panel);
      }
    }
    count_ = 0;
    used_ = 0;
  }

 private:
  template <int kVectors>
  void rotateAll(T* panel) {
    for (int i = 0; i < count_; ++i) rotate<kVectors>(sweeps_[i], log_ + sweeps_[i].at, panel, ld_);
  }

  static constexpr int kSweeps = 32;
  static_assert(rotationSpace(1) == 2 * kSweeps);
  int64_t n_, ld_;
  T* q_;
  T* log_;
  Sweep sweeps_[kSweeps];
  int count_ = 0;
  int64_t used_ = 0;
};

// c g + s f = r and c f - s g = 0
template <class T>
struct Rotation {
  T c, s, r;
};

template <class T>
HWY_INLINE Rotation<T> rotationOf(T g, T f) {
  constexpr T kTinySquare = std::numeric_limits<T>::min() /
                            (std::numeric_limits<T>::epsilon() * std::numeric_limits<T>::epsilon());
  const T square = f * f + g * g;
  if (HWY_LIKELY(square >= kTinySquare)) {
    const T r = std::sqrt(square);
    const T inverse = 1 / r;
    return {g * inverse, f * inverse, r};
  }
  const T largest = std::fmax(std::fabs(f), std::fabs(g));
  if (largest == 0) return {1, 0, 0};
  const int exponent = std::ilogb(largest);
  const T x = std::ldexp(g, -exponent);
  const T y = std::ldexp(f, -exponent);
  const T r = std::sqrt(x * x + y * y);
  return {x / r, y / r, std::ldexp(r, exponent)};
}

template <class T>
class ImplicitQl {
 public:
  ImplicitQl(int64_t n, T* diagonal, T* below, T* q, T* log)
      : n_(n), d_(diagonal), e_(below), rotations_(n, q, log), sweepsLeft_(30 * n) {}

  int run() {
    int64_t next = 0;
    while (next < n_) {
      const int64_t first = next;
      int64_t last = first;
      while (last + 1 < n_ && !splitsGraded(last)) ++last;
      next = last + 1;
      if (last == first) continue;
      const int exponent = exponentOf(first, last);
      scale(first, last, -exponent);
      // Small values first: they keep their digits.
      if (std::fabs(d_[last]) < std::fabs(d_[first])) {
        solve(last, first);
      } else {
        solve(first, last);
      }
      scale(first, last, exponent);
    }
    rotations_.apply();
    int left = 0;
    for (int64_t i = 0; i + 1 < n_; ++i) left += e_[i] != 0;
    return left;
  }

 private:
  static constexpr T kUnit = std::numeric_limits<T>::epsilon() / 2;

  bool splitsGraded(int64_t i) {
    const T size = std::sqrt(std::fabs(d_[i])) * std::sqrt(std::fabs(d_[i + 1]));
    if (std::fabs(e_[i]) > kUnit * size) return false;
    e_[i] = 0;
    return true;
  }

  // A block with a scale of its own is brought near 1 if its squares may leave the range.
  int exponentOf(int64_t first, int64_t last) const {
    constexpr int kSafe = std::numeric_limits<T>::max_exponent / 8;
    T largest = std::fabs(d_[last]);
    for (int64_t i = first; i < last; ++i) {
      largest = std::fmax(largest, std::fmax(std::fabs(d_[i]), std::fabs(e_[i])));
    }
    if (largest == 0) return 0;
    const int exponent = std::ilogb(largest);
    return std::abs(exponent) < kSafe ? 0 : exponent;
  }

  void scale(int64_t first, int64_t last, int exponent) {
    if (exponent == 0) return;
    for (int64_t i = first; i <= last; ++i) d_[i] = std::ldexp(d_[i], exponent);
    for (int64_t i = first; i < last; ++i) e_[i] = std::ldexp(e_[i], exponent);
  }

  // What couples i to the one a step on.
  T& between(int64_t i, int64_t step) { return e_[step > 0 ? i : i - 1]; }

  // A block from its one end to the other.
  void solve(int64_t near, int64_t end) {
    const int64_t step = near < end ? 1 : -1;
    while (near != end) {
      int64_t far = near;
      while (far != end && !splits(between(far, step), d_[far], d_[far + step])) far += step;
      if (far != end) between(far, step) = 0;
      if (far == near) {
        near += step;
      } else if (far == near + step) {
        solvePair(near, far, between(near, step));
        if (far == end) return;
        near = far + step;
      } else {
        if (sweepsLeft_-- == 0) return;
        chase(near, far, step);
      }
    }
  }

  static bool splits(T e, T x, T y) {
    return e * e <= kUnit * kUnit * std::fabs(x) * std::fabs(y) + std::numeric_limits<T>::min();
  }

  // Jacobi's rotation (Golub and Van Loan, "Matrix Computations", section 8.5.2).
  void solvePair(int64_t near, int64_t far, T& e) {
    const T t = 1 / withLarger((d_[far] - d_[near]) / (2 * e));
    const T c = 1 / std::sqrt(1 + t * t);
    d_[near] -= t * e;
    d_[far] += t * e;
    e = 0;
    T* log = rotations_.begin(far, near - far);
    log[0] = c;
    log[1] = t * c;
    rotations_.end(1);
  }

  static T withLarger(T x) {
    const T root = std::sqrt(1 + x * x);
    return x >= 0 ? x + root : x - root;
  }

  // One sweep from far to near, with Wilkinson's shift.
  void chase(int64_t near, int64_t far, int64_t step) {
    T& last = between(near, step);
    const T shift = last / withLarger((d_[near + step] - d_[near]) / (2 * last));
    T g = d_[far] - d_[near] + shift;
    T c = 1;
    T s = 1;
    T p = 0;
    T* log = rotations_.begin(far, -step);
    int64_t count = 0;
    for (int64_t i = far; i != near; i -= step) {
      const int64_t before = i - step;
      const T e = between(before, step);
      const T b = c * e;
      const Rotation<T> rotation = rotationOf(g, s * e);
      c = rotation.c;
      s = rotation.s;
      if (i != far) between(i, step) = rotation.r;
      const T x = d_[i] - p;
      const T r = (d_[before] - x) * s + 2 * c * b;
      p = s * r;
      d_[i] = x + p;
      g = c * r - b;
      log[2 * count] = c;
      log[2 * count + 1] = s;
      ++count;
    }
    rotations_.end(count);
    d_[near] -= p;
    last = g;
  }

  int64_t n_;
  T *d_, *e_;
  Rotations<T> rotations_;
  int64_t sweepsLeft_;
};

int ql64(int64_t n, double* diagonal, double* below, double* q, double* rotations) {
  return ImplicitQl<double>(n, diagonal, below, q, rotations).run();
}
int ql32(int64_t n, float* diagonal, float* below, float* q, float* rotations) {
  return ImplicitQl<float>(n, diagonal, below, q, rotations).run();
}

int largestOrder() { return kLanes<double> > 2 ? 256 : 96; }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace adjoint
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {

int implicitQl(std::int64_t n, double* diagonal, double* below, double* q, double* rotations) {
  return ADJOINT_DISPATCH(ql64)(n, diagonal, below, q, rotations);
}
int implicitQl(std::int64_t n, float* diagonal, float* below, float* q, float* rotations) {
  return ADJOINT_DISPATCH(ql32)(n, diagonal, below, q, rotations);
}

int largestOrderForQl() { return ADJOINT_DISPATCH(largestOrder)(); }

}  // namespace adjoint
#endif
