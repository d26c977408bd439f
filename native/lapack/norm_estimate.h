// 1-norms of vectors, of inverses that are known by the solves they stand for, and of powers.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "../blas.h"

namespace adjoint {

// Below this order a triangular solve is over before BLAS has looked at its arguments.
inline constexpr int kSmallSolve = 24;

template <class T>
T sumOfMagnitudes(int n, const T* x) {
  if (n > kSmallSolve) return asum(n, x);
  T sum = 0;
  for (int i = 0; i < n; ++i) sum += std::fabs(x[i]);
  return sum;
}

template <class T>
int largest(int n, const T* x) {
  int best = 0;
  for (int i = 1; i < n; ++i) {
    if (std::fabs(x[i]) > std::fabs(x[best])) best = i;
  }
  return best;
}

// Hager's estimate of the 1-norm of an inverse (Higham, Accuracy and Stability of Numerical
// Algorithms, algorithm 15.1), one iteration, with Higham's alternating vector as a safeguard:
// three or four solves instead of gecon's five and more, and without its scaling of every step.
// Returns infinity or NaN where a solve overflows.
template <class T, class Solve>
T inverseNorm(int n, T* x, T* sign, Solve solve) {
  std::fill_n(x, n, T(1) / static_cast<T>(n));
  solve(x, false);
  T estimate = sumOfMagnitudes(n, x);
  if (n == 1) return estimate;
  for (int i = 0; i < n; ++i) sign[i] = std::copysign(T(1), x[i]);
  solve(sign, true);
  const int column = largest(n, sign);
  std::fill_n(x, n, T(0));
  x[column] = 1;
  solve(x, false);
  return std::max(estimate, sumOfMagnitudes(n, x));
}

// Logarithms to the base 2 of the norms of |A|^0 to |A|^count, column-major: bounds for those of
// the powers of A, at the price of a vector product each.
inline std::vector<double> powerNorms(int n, const double* a, int count) {
  std::vector<double> logarithms(static_cast<std::size_t>(count) + 1,
                                 -std::numeric_limits<double>::infinity());
  std::vector<double> from(static_cast<std::size_t>(n), 1.0);
  std::vector<double> to(from);
  double exponent = 0;
  logarithms[0] = 0;
  for (std::size_t power = 1; power < logarithms.size(); ++power) {
    double most = 0;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const double* column = a + j * to.size();
      double sum = 0;
      for (std::size_t i = 0; i < from.size(); ++i) sum += from[i] * std::fabs(column[i]);
      to[j] = sum;
      most = std::max(most, sum);
    }
    if (most == 0) break;
    exponent += std::log2(most);
    logarithms[power] = exponent;
    for (double& x : to) x /= most;
    from.swap(to);
  }
  return logarithms;
}

// The largest of the norms of |A|^i |A|^j, i + j = count: what multiplies E on both sides in the
// first term of a series that a derivative along E leaves out.
inline double largestPair(const std::vector<double>& powers, int count) {
  double most = -std::numeric_limits<double>::infinity();
  for (int i = 0; i <= count; ++i) {
    most = std::max(
        most, powers[static_cast<std::size_t>(i)] + powers[static_cast<std::size_t>(count - i)]);
  }
  return most;
}

}  // namespace adjoint
