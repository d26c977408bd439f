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
}

inline void require(int info, const char* routine) {
  if (info == 0) return;
  std::fprintf(stderr, "%s: info %d\n", routine, info);
  std::exit(1);
}
