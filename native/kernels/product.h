// Products of any numbers. C99 has those of complex numbers look again for infinities, which costs
// several times the product; NumPy's do not, nor does BLAS.
#pragma once

#include <complex>

namespace adjoint {

template <class T>
T product(T a, T b) {
  return a * b;
}
template <class T>
std::complex<T> product(std::complex<T> a, std::complex<T> b) {
  return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

}  // namespace adjoint
