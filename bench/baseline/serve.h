// The protocol of serve.mjs: warm up, say ready, answer every line (a number of samples) with that
// many.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <limits>
#include <string>

template <typename Work>
double batch(const Work& work, long iterations) {
  const auto start = std::chrono::steady_clock::now();
  for (long i = 0; i < iterations; ++i) work();
  const std::chrono::duration<double, std::nano> elapsed = std::chrono::steady_clock::now() - start;
  return elapsed.count();
}

struct WarmedUp {
  long iterations;
  double time;
};

template <typename Work>
WarmedUp warmUp(const Work& work) {
  constexpr double kBatch = 5e6;
  constexpr double kWarmUp = 3e8;
  long iterations = 1;
  double elapsed = 0;
  for (double total = 0; total < kWarmUp;) {
    elapsed = batch(work, iterations);
    total += elapsed;
    if (elapsed >= kBatch) continue;
    const double factor = std::min(10.0, 1.2 * kBatch / std::max(elapsed, 1.0));
    iterations =
        std::max(iterations + 1, static_cast<long>(static_cast<double>(iterations) * factor));
  }
  return {iterations, elapsed / static_cast<double>(iterations)};
}

inline double resident(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(field)) return 1024 * std::stod(line.substr(field.size() + 1));
  return 0;
}

template <typename Work>
double peakGrowth(const Work& work) {
  constexpr int kCalls = 5;
  std::ofstream("/proc/self/clear_refs") << 5 << std::flush;
  const double before = resident("VmRSS");
  for (int i = 0; i < kCalls; ++i) work();
  return resident("VmHWM") - before;
}

// `check` makes a number of what the last call of `work` left behind, or NaN where that is not the
// whole work, so that there is nothing to compare.
template <typename Work, typename Check>
void serve(const Work& work, const Check& check) {
  const char* const asked = std::getenv("ADJOINT_BENCH");
  if (asked != nullptr && std::string(asked) == "memory") {
    std::printf("{\"bytes\":%.17g}\n", peakGrowth(work));
    return;
  }
  const auto [iterations, time] = warmUp(work);
  work();
  std::printf("{\"ready\":true,\"iterations\":%ld,\"time\":%.17g,\"check\":", iterations, time);
  const double result = check();
  if (std::isnan(result))
    std::printf("null}\n");
  else
    std::printf("%.17g}\n", result);
  std::fflush(stdout);
  for (int count = 0; std::cin >> count;) {
    std::printf("{\"samples\":[");
    for (int i = 0; i < count; ++i)
      std::printf("%s%.17g", i > 0 ? "," : "",
                  batch(work, iterations) / static_cast<double>(iterations));
    std::printf("]}\n");
    std::fflush(stdout);
  }
}

inline double nothingToCompare() { return std::numeric_limits<double>::quiet_NaN(); }
