// The inputs of the benchmarks: the numbers that inputs.mjs makes.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

inline std::vector<double> uniform(std::size_t count, std::uint32_t seed) {
  std::vector<double> values(count);
  std::uint32_t state = seed;
  for (double& value : values) {
    state = state * 1664525U + 1013904223U;
    value = static_cast<double>(state) / 4294967296.0 - 0.5;
  }
  return values;
}

inline std::vector<double> symmetric(std::size_t n, std::uint32_t seed) {
  const std::vector<double> u = uniform(n * n, seed);
  std::vector<double> a(n * n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) a[i * n + j] = u[i * n + j] + u[j * n + i];
  return a;
}

inline double magnitude(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += std::abs(value);
  return sum;
}
