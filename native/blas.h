// BLAS behind overloads for float, double and their complex numbers, and the gate in front of it.
#pragma once

#if defined(ADJOINT_ACCELERATE)
#include <Accelerate/Accelerate.h>
#else
#include <cblas.h>
#endif

#include <complex>
#include <cstdint>
#include <limits>
#include <string>

namespace adjoint {

// OpenBLAS keeps a fixed table of buffers that too many concurrent callers overflow: whoever calls
// BLAS or LAPACK holds one of a limited number of slots meanwhile.
class BlasSlot {
 public:
  BlasSlot();
  ~BlasSlot();
  BlasSlot(const BlasSlot&) = delete;
  BlasSlot& operator=(const BlasSlot&) = delete;
};

struct BlasInfo {
  std::string name;
  std::string config;
  std::string core;
  std::string lapack;
};
BlasInfo blasInfo();
// Threads inside one BLAS call wait for each other in a loop, ten times longer than they work while
// another process has a core; and a fork meanwhile never ends. Products are split here instead.
void useOneBlasThread();
// Whether products of small matrices run near the peak: then recursions over them beat LAPACK.
bool hasFastSmallProducts();
// What products of matrices keep for the next of them, in all threads.
std::int64_t scratchBytes();

inline constexpr std::int64_t kLargestBlasInteger = std::numeric_limits<int>::max();

// C = alpha op(A) op(B) + beta C, column-major; where C is overwritten (beta = 0) it is not read.
void multiply(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, double alpha,
              const double* a, int lda, const double* b, int ldb, double beta, double* c, int ldc);
void multiply(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, float alpha,
              const float* a, int lda, const float* b, int ldb, float beta, float* c, int ldc);
// C = op(A) op(B), row-major.
template <class T>
void gemm(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, const T* a, int lda,
          const T* b, int ldb, T* c, int ldc) {
  multiply(tb, ta, n, m, k, T(1), b, ldb, a, lda, T(0), c, ldc);
}
inline void gemm(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k,
                 const std::complex<double>* a, int lda, const std::complex<double>* b, int ldb,
                 std::complex<double>* c, int ldc) {
  const std::complex<double> one = 1;
  const std::complex<double> zero = 0;
  cblas_zgemm(CblasRowMajor, ta, tb, m, n, k, &one, a, lda, b, ldb, &zero, c, ldc);
}
inline void gemm(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k,
                 const std::complex<float>* a, int lda, const std::complex<float>* b, int ldb,
                 std::complex<float>* c, int ldc) {
  const std::complex<float> one = 1;
  const std::complex<float> zero = 0;
  cblas_cgemm(CblasRowMajor, ta, tb, m, n, k, &one, a, lda, b, ldb, &zero, c, ldc);
}
// The same, column-major.
template <class T>
void gemmColumns(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, const T* a, int lda,
                 const T* b, int ldb, T* c, int ldc) {
  gemm(tb, ta, n, m, k, b, ldb, a, lda, c, ldc);
}
// C += alpha op(A) op(B), column-major.
template <class T>
void addProduct(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, T alpha, const T* a,
                int lda, const T* b, int ldb, T* c, int ldc) {
  multiply(ta, tb, m, n, k, alpha, a, lda, b, ldb, T(1), c, ldc);
}
inline void gemv(CBLAS_TRANSPOSE t, int m, int n, const double* a, int lda, const double* x,
                 int incx, double* y, int incy) {
  cblas_dgemv(CblasRowMajor, t, m, n, 1.0, a, lda, x, incx, 1.0, y, incy);
}
inline void gemv(CBLAS_TRANSPOSE t, int m, int n, const float* a, int lda, const float* x, int incx,
                 float* y, int incy) {
  cblas_sgemv(CblasRowMajor, t, m, n, 1.0F, a, lda, x, incx, 1.0F, y, incy);
}
inline void gemv(CBLAS_TRANSPOSE t, int m, int n, const std::complex<double>* a, int lda,
                 const std::complex<double>* x, int incx, std::complex<double>* y, int incy) {
  const std::complex<double> one = 1;
  cblas_zgemv(CblasRowMajor, t, m, n, &one, a, lda, x, incx, &one, y, incy);
}
inline void gemv(CBLAS_TRANSPOSE t, int m, int n, const std::complex<float>* a, int lda,
                 const std::complex<float>* x, int incx, std::complex<float>* y, int incy) {
  const std::complex<float> one = 1;
  cblas_cgemv(CblasRowMajor, t, m, n, &one, a, lda, x, incx, &one, y, incy);
}
inline double dot(int n, const double* x, int incx, const double* y, int incy) {
  return cblas_ddot(n, x, incx, y, incy);
}
inline float dot(int n, const float* x, int incx, const float* y, int incy) {
  return cblas_sdot(n, x, incx, y, incy);
}
inline std::complex<double> dot(int n, const std::complex<double>* x, int incx,
                                const std::complex<double>* y, int incy) {
  std::complex<double> sum;
  cblas_zdotu_sub(n, x, incx, y, incy, &sum);
  return sum;
}
inline std::complex<float> dot(int n, const std::complex<float>* x, int incx,
                               const std::complex<float>* y, int incy) {
  std::complex<float> sum;
  cblas_cdotu_sub(n, x, incx, y, incy, &sum);
  return sum;
}
inline double asum(int n, const double* x) { return cblas_dasum(n, x, 1); }
inline float asum(int n, const float* x) { return cblas_sasum(n, x, 1); }
inline void trsm(CBLAS_SIDE side, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_DIAG diag, int m,
                 int n, const double* a, int lda, double* b, int ldb) {
  cblas_dtrsm(CblasColMajor, side, uplo, trans, diag, m, n, 1.0, a, lda, b, ldb);
}
inline void trsm(CBLAS_SIDE side, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_DIAG diag, int m,
                 int n, const float* a, int lda, float* b, int ldb) {
  cblas_strsm(CblasColMajor, side, uplo, trans, diag, m, n, 1.0F, a, lda, b, ldb);
}
inline void trsv(CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_DIAG diag, int n, const double* a,
                 int lda, double* x) {
  cblas_dtrsv(CblasColMajor, uplo, trans, diag, n, a, lda, x, 1);
}
inline void trsv(CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_DIAG diag, int n, const float* a,
                 int lda, float* x) {
  cblas_strsv(CblasColMajor, uplo, trans, diag, n, a, lda, x, 1);
}

}  // namespace adjoint
