// Functions of the gamma family that the C library lacks, in double precision.
#pragma once

namespace adjoint {

inline constexpr int kLargestPolygamma = 10000;

double logGamma(double x);
double digamma(double x);

// The n-th derivative of digamma.
class Polygamma {
 public:
  explicit Polygamma(int n) : n_(n) {}
  double operator()(double x) const;

 private:
  double atPositive(double x) const;
  int n_;
};

}  // namespace adjoint
