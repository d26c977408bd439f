// The addon's declarations of LAPACK, and what the baselines call beyond them.
#pragma once

#include "../../native/lapack/lapack.h"

#include <cblas.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>

extern "C" {
void dsyevr_(const char* jobz, const char* range, const char* uplo, const int* n, double* a,
             const int* lda, const double* vl, const double* vu, const int* il, const int* iu,
             const double* abstol, int* m, double* w, double* z, const int* ldz, int* isuppz,
             double* work, const int* lwork, int* iwork, const int* liwork, int* info, std::size_t,
             std::size_t, std::size_t);
void dpotri_(const char* uplo, const int* n, double* a, const int* lda, int* info, std::size_t);
void dgecon_(const char* norm, const int* n, const double* a, const int* lda, const double* anorm,
             double* rcond, double* work, int* iwork, int* info, std::size_t);
double dlange_(const char* norm, const int* m, const int* n, const double* a, const int* lda,
               double* work, std::size_t);
void dgetri_(const int* n, double* a, const int* lda, const int* pivots, double* work,
             const int* lwork, int* info);
void dgetrs_(const char* trans, const int* n, const int* nrhs, const double* a, const int* lda,
             const int* pivots, double* b, const int* ldb, int* info, std::size_t);
}

inline int getri(int n, double* a, int lda, const int* pivots, double* work, int lwork) {
  int info = 0;
  dgetri_(&n, a, &lda, pivots, work, &lwork, &info);
  return info;
}

inline int getrs(char trans, int n, int columns, const double* a, int lda, const int* pivots,
                 double* b, int ldb) {
  int info = 0;
  dgetrs_(&trans, &n, &columns, a, &lda, pivots, b, &ldb, &info, 1);
  return info;
}

inline void require(int info, const char* routine) {
  if (info == 0) return;
  std::fprintf(stderr, "%s: info %d\n", routine, info);
  std::exit(1);
}
