#include "special.h"

#include <cmath>
#include <iterator>
#include <limits>

namespace adjoint {
namespace {

constexpr double kPi = 3.141592653589793238462643383279502884;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// The positive root of digamma, in two parts, and the Taylor coefficients there from the first
// power on: only so is digamma relatively accurate near its root.
constexpr double kRootHigh = 1.4616321449683622;
constexpr double kRootLow = 9.549995429965697e-17;
constexpr double kTaylor[] = {
    0.9676722454476212,     -0.4427631689835921,     0.258499760955651,     -0.16394270544240652,
    0.10782405069126237,    -0.07219956125645471,    0.04880428816414311,   -0.03316112647484736,
    0.022597648232218104,   -0.01542476590494896,    0.010538791616612175,  -0.007204534386356869,
    0.004926781395729853,   -0.003369801655439328,   0.002305126326734928,  -0.0015769367714301972,
    0.0010788252019162967,  -0.0007380709389960052,  0.000504953265834602,  -0.0003454680251063077,
    0.00023635601564027053, -0.00016170622091974803, 0.0001106337276874741, -7.569179582195066e-05,
};

// B(2k) / 2k, for digamma's asymptotic series.
constexpr double kDigammaSeries[] = {
    0.08333333333333333,  -0.008333333333333333, 0.003968253968253968, -0.004166666666666667,
    0.007575757575757576, -0.021092796092796094, 0.08333333333333333,  -0.4432598039215686,
};

// B(2k) / (2k)!, for the Euler-Maclaurin sum of the Hurwitz zeta function.
constexpr double kZetaSeries[] = {
    0.08333333333333333,   -0.001388888888888889,  3.306878306878307e-05,  -8.267195767195768e-07,
    2.08767569878681e-08,  -5.284190138687493e-10, 1.3382536530684679e-11, -3.3896802963225827e-13,
    8.586062056277845e-15, -2.174868698558062e-16, 5.5090028283602295e-18, -1.3954464685812522e-19,
    3.534707039629467e-21,
};

bool isWhole(double x) { return x == std::floor(x); }

double digammaAtPositive(double x) {
  const double fromRoot = (x - kRootHigh) - kRootLow;
  if (std::fabs(fromRoot) < 0.3) {
    double sum = 0;
    for (auto term = std::rbegin(kTaylor); term != std::rend(kTaylor); ++term) {
      sum = sum * fromRoot + *term;
    }
    return sum * fromRoot;
  }
  double shift = 0;
  for (; x < 10; x += 1) shift += 1 / x;
  const double square = 1 / (x * x);
  double series = 0;
  for (auto term = std::rbegin(kDigammaSeries); term != std::rend(kDigammaSeries); ++term) {
    series = (series + *term) * square;
  }
  return std::log(x) - 0.5 / x - series - shift;
}

}  // namespace

double logGamma(double x) {
#if defined(__GLIBC__) || defined(__APPLE__)
  int sign = 0;
  return lgamma_r(x, &sign);  // std::lgamma writes a global
#else
  return std::lgamma(x);
#endif
}

double digamma(double x) {
  if (x > 0) return digammaAtPositive(x);
  if (x == 0) return std::copysign(kInfinity, -x);
  if (std::isnan(x) || isWhole(x)) return kNaN;
  // psi(x) = psi(1 - x) - pi / tan(pi x); the tangent's period is taken off first.
  return digammaAtPositive(1 - x) - kPi / std::tan(kPi * (x - std::nearbyint(x)));
}

// n! zeta(n + 1, x). Everything is scaled by x^(n+1), so that neither the power nor the factorial
// overflows or vanishes by itself.
double Polygamma::atPositive(double x) const {
  if (std::isinf(x)) return 0;
  const double s = n_ + 1;
  double sum = 0;
  double q = x;
  for (; q < 12 + n_; q += 1) {
    const double term = std::pow(x / q, s);
    sum += term;
    if (term < sum * 1e-18) break;  // q is irrelevant from here on
  }
  double tail = q / (s - 1) + 0.5;
  double rising = s / q;
  for (int k = 0; k < static_cast<int>(std::size(kZetaSeries)); ++k) {
    const double term = kZetaSeries[k] * rising;
    tail += term;
    if (std::fabs(term) < tail * 1e-18) break;
    rising *= (s + 2 * k + 1) / q * ((s + 2 * k + 2) / q);
  }
  if (q >= 12 + n_) sum += std::pow(x / q, s) * tail;
  double result = sum / x;
  for (int i = 1; i <= n_; ++i) result *= i / x;
  return result;
}

double Polygamma::operator()(double x) const {
  if (n_ == 0) return digamma(x);
  if (std::isnan(x)) return x;
  const bool odd = n_ % 2 != 0;
  if (x > 0) return odd ? atPositive(x) : -atPositive(x);
  if (isWhole(x)) {  // a pole, of the same sign on both sides only if n is odd
    if (odd) return kInfinity;
    return x == 0 ? std::copysign(kInfinity, -x) : kNaN;
  }
  // The sum of (x + j)^(-n-1) over j, its negative bases mirrored.
  // Where n is even the first two nearly cancel: they are subtracted from each other first.
  const double above = atPositive(x - std::floor(x));
  const double below = atPositive(std::ceil(x) - x);
  const double rest = atPositive(1 - x);
  return odd ? above + (below - rest) : (below - above) - rest;
}

}  // namespace adjoint
