// The inputs of the benchmarks and the numbers that results are compared by: what inputs.mjs and
// checks.mjs make.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

using Values = std::vector<double>;

inline std::size_t squared(int n) {
  return static_cast<std::size_t>(n) * static_cast<std::size_t>(n);
}

inline Values uniform(std::size_t count, std::uint32_t seed) {
  Values values(count);
  std::uint32_t state = seed;
  for (double& value : values) {
    state = state * 1664525U + 1013904223U;
    value = static_cast<double>(state) / 4294967296.0 - 0.5;
  }
  return values;
}

inline Values addedToDiagonal(Values a, std::size_t n, double shift) {
  for (std::size_t i = 0; i < n; ++i) a[i * n + i] += shift;
  return a;
}

inline Values symmetric(std::size_t n, std::uint32_t seed) {
  const Values u = uniform(n * n, seed);
  Values a(n * n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) a[i * n + j] = u[i * n + j] + u[j * n + i];
  return a;
}

inline Values wellConditioned(std::size_t n, std::uint32_t seed) {
  return addedToDiagonal(uniform(n * n, seed), n, std::sqrt(static_cast<double>(n)));
}

inline Values positiveDefinite(std::size_t n, std::uint32_t seed) {
  return addedToDiagonal(symmetric(n, seed), n, 2 * std::sqrt(static_cast<double>(n)));
}

inline Values squaredDistances(std::size_t n, std::uint32_t seed) {
  const Values points = uniform(n, seed);
  Values distances(n * n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      const double difference = 10 * points[i] - 10 * points[j];
      distances[i * n + j] = difference * difference;
    }
  return distances;
}

inline double magnitude(const Values& values) {
  double sum = 0;
  for (const double value : values) sum += std::abs(value);
  return sum;
}

inline double quadraticForm(const Values& g, std::size_t n) {
  const Values u = uniform(n, 99);
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) sum += u[i] * g[i * n + j] * u[j];
  return sum;
}

inline double dot(const Values& a, const Values& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}
