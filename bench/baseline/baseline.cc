// The same work by direct calls of BLAS and LAPACK: `baseline WORK N`, or `baseline info`.
#include <cblas.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "inputs.h"
#include "serve.h"

// Only OpenBLAS is linked, which brings LAPACK's Fortran interface. Lengths of strings come last.
extern "C" {
void dsyevd_(const char* jobz, const char* uplo, const int* n, double* a, const int* lda, double* w,
             double* work, const int* lwork, int* iwork, const int* liwork, int* info,
             std::size_t jobzLength, std::size_t uploLength);
void dgetrf_(const int* m, const int* n, double* a, const int* lda, int* ipiv, int* info);
void dgetrs_(const char* trans, const int* n, const int* nrhs, const double* a, const int* lda,
             const int* ipiv, double* b, const int* ldb, int* info, std::size_t transLength);
}

namespace {

void require(int info, const char* routine) {
  if (info == 0) return;
  std::fprintf(stderr, "%s: info %d\n", routine, info);
  std::exit(1);
}

void copy(const std::vector<double>& from, std::vector<double>& to) {
  std::memcpy(to.data(), from.data(), from.size() * sizeof(double));
}

void matmul(int n) {
  const auto count = static_cast<std::size_t>(n) * static_cast<std::size_t>(n);
  const std::vector<double> a = uniform(count, 1);
  const std::vector<double> b = uniform(count, 2);
  std::vector<double> c(count);
  serve(
      [&] {
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1.0, a.data(), n, b.data(),
                    n, 0.0, c.data(), n);
      },
      [&] { return magnitude(c); });
}

// In place, so the matrix is copied before each call.
void eigh(int n) {
  const std::vector<double> a = symmetric(static_cast<std::size_t>(n), 1);
  std::vector<double> v(a.size());
  std::vector<double> w(static_cast<std::size_t>(n));
  std::vector<double> work(1);
  std::vector<int> iwork(1);
  int lwork = -1;
  int liwork = -1;
  int info = 0;
  const auto call = [&] {
    dsyevd_("V", "L", &n, v.data(), &n, w.data(), work.data(), &lwork, iwork.data(), &liwork, &info,
            1, 1);
    require(info, "dsyevd");
  };
  call();
  lwork = static_cast<int>(work[0]);
  liwork = iwork[0];
  work.resize(static_cast<std::size_t>(lwork));
  iwork.resize(static_cast<std::size_t>(liwork));
  serve(
      [&] {
        copy(a, v);
        call();
      },
      [&] { return magnitude(w); });
}

// One right-hand side. The matrix is row-major, as adjoint has it, so its transpose is factorised
// and solved.
void solve(int n) {
  const auto size = static_cast<std::size_t>(n);
  const std::vector<double> a = uniform(size * size, 1);
  const std::vector<double> b = uniform(size, 2);
  std::vector<double> lu(size * size);
  std::vector<double> x(size);
  std::vector<int> pivots(size);
  const int one = 1;
  serve(
      [&] {
        int info = 0;
        copy(a, lu);
        copy(b, x);
        dgetrf_(&n, &n, lu.data(), &n, pivots.data(), &info);
        require(info, "dgetrf");
        dgetrs_("T", &n, &one, lu.data(), &n, pivots.data(), x.data(), &n, &info, 1);
        require(info, "dgetrs");
      },
      [&] { return magnitude(x); });
}

void printInfo() {
  std::printf("{\"config\":\"%s\",\"core\":\"%s\",\"threads\":%d}\n", openblas_get_config(),
              openblas_get_corename(), openblas_get_num_threads());
}

}  // namespace

int main(int argc, char** argv) {
  const std::string work = argc > 1 ? argv[1] : "";
  const int n = argc > 2 ? std::atoi(argv[2]) : 0;
  if (work == "info") {
    printInfo();
  } else if (work == "matmul" && n > 0) {
    matmul(n);
  } else if (work == "eigh" && n > 0) {
    eigh(n);
  } else if (work == "solve" && n > 0) {
    solve(n);
  } else {
    std::fprintf(stderr, "usage: baseline matmul|eigh|solve N, or baseline info\n");
    return 1;
  }
  return 0;
}
