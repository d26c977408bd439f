// What one core can do at best: fused multiply-adds in registers, and a triad through each level of
// the caches (McCalpin 1995, STREAM: 24 bytes an element).
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <new>

#include "works.h"

namespace {

#if defined(__AVX512F__)
constexpr std::size_t kWidth = 8;
#elif defined(__AVX__)
constexpr std::size_t kWidth = 4;
#else
constexpr std::size_t kWidth = 2;
#endif
using Vector [[gnu::vector_size(kWidth * sizeof(double))]] = double;

volatile double sink = 0;

// The least time of some repetitions, in ns.
template <typename Work>
double least(const Work& work) {
  double best = 1e300;
  for (int i = 0; i < 20; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double, std::nano> elapsed =
        std::chrono::steady_clock::now() - start;
    best = std::min(best, elapsed.count());
  }
  return best;
}

// Twelve chains hide the latency of two units. In 1e9 operations a second.
double fusedMultiplyAdds() {
  constexpr int kSteps = 1'000'000;
  constexpr int kChains = 12;
  const double start = sink;
  const double time = least([start] {
    std::array<Vector, kChains> sums;
    for (int i = 0; i < kChains; ++i) sums[i] = Vector{} + (start + i);
    const Vector factor = Vector{} + (start + 0.999);
    const Vector term = Vector{} + (start + 1e-3);
    for (int i = 0; i < kSteps; ++i) {
#pragma GCC unroll 12
      for (Vector& sum : sums) sum = sum * factor + term;
    }
    Vector total{};
    for (const Vector& sum : sums) total += sum;
    sink = total[0];
  });
  return 2.0 * kSteps * kChains * kWidth / time;
}

// Zeros on a boundary of a page.
struct Aligned {
  explicit Aligned(std::size_t count)
      : values(new (std::align_val_t{4096}) Vector[count / kWidth + 1]()) {}
  ~Aligned() { operator delete[](values, std::align_val_t{4096}); }
  Aligned(const Aligned&) = delete;
  Aligned& operator=(const Aligned&) = delete;
  Vector* const values;
};

// Not inlined, so that no pass over the arrays is taken for the next one.
[[gnu::noinline]] void triad(std::size_t count, Vector* __restrict a, const Vector* b,
                             const Vector* c) {
#pragma GCC unroll 4
  for (std::size_t i = 0; i < count; ++i) a[i] = b[i] + 3.0 * c[i];
}

// In 1e9 bytes a second, for three arrays of so many bytes together.
double triadRate(std::size_t bytes) {
  const std::size_t count = bytes / (3 * sizeof(double));
  const Aligned a(count);
  const Aligned b(count);
  const Aligned c(count);
  const std::size_t passes = std::max<std::size_t>(1, (std::size_t{1} << 26) / bytes);
  const double time = least([&] {
    for (std::size_t pass = 0; pass < passes; ++pass) {
      triad(count / kWidth, a.values, b.values, c.values);
      sink = a.values[count / 2 / kWidth][0];
    }
  });
  return static_cast<double>(passes) * static_cast<double>(count) * 3 * sizeof(double) / time;
}

void limits(const Arguments&) {
  std::printf(
      "{\"fusedMultiplyAdds\":%.4g,\"triad\":{\"24 KB\":%.4g,\"384 KB\":%.4g,\"6 MB\":%.4g,\"384 "
      "MB\":%.4g}}\n",
      fusedMultiplyAdds(), triadRate(24 << 10), triadRate(384 << 10), triadRate(6 << 20),
      triadRate(384 << 20));
}

}  // namespace

Works limitWorks() { return {{"limits", limits}}; }
