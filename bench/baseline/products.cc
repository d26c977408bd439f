#include <cblas.h>

#include "inputs.h"
#include "serve.h"
#include "works.h"

namespace {

void matmul(const Arguments& arguments) {
  const int n = arguments.at(0);
  const Values a = uniform(squared(n), 1);
  const Values b = uniform(squared(n), 2);
  Values c(squared(n));
  serve(
      [&] {
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a.data(), n, b.data(), n,
                    0, c.data(), n);
      },
      [&] { return magnitude(c); });
}

void batchedMatmulGradient(const Arguments& arguments) {
  const int batch = arguments.at(0);
  const int n = arguments.at(1);
  const std::size_t count = static_cast<std::size_t>(batch) * squared(n);
  const Values a = uniform(count, 1);
  const Values b = uniform(count, 2);
  const Values g = uniform(count, 3);
  Values c(count);
  Values ofA(count);
  Values ofB(count);
  serve(
      [&] {
        for (std::size_t at = 0; at < count; at += squared(n)) {
          cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, &a[at], n, &b[at], n,
                      0, &c[at], n);
          cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, n, n, 1, &g[at], n, &b[at], n, 0,
                      &ofA[at], n);
          cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, n, n, n, 1, &a[at], n, &g[at], n, 0,
                      &ofB[at], n);
        }
      },
      [&] { return magnitude(c) + magnitude(ofA) + magnitude(ofB); });
}

}  // namespace

Works productWorks() {
  return {{"matmul", matmul}, {"batched-matmul-gradient", batchedMatmulGradient}};
}
