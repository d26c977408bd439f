// LAPACK behind overloads for float and double, column-major as LAPACK is. Each returns `info`.
// The Fortran symbols are declared here, with the lengths of their character arguments.
#pragma once

#include <complex>
#include <cstddef>

extern "C" {
#define ADJOINT_LAPACK(p, T)                                                                       \
  void p##gees_(const char* jobvs, const char* sort, int (*select)(const T*, const T*),            \
                const int* n, T* a, const int* lda, int* sdim, T* wr, T* wi, T* vs,                \
                const int* ldvs, T* work, const int* lwork, int* bwork, int* info, std::size_t,    \
                std::size_t);                                                                      \
  void p##lasy2_(const int* ltranl, const int* ltranr, const int* isgn, const int* n1,             \
                 const int* n2, const T* tl, const int* ldtl, const T* tr, const int* ldtr,        \
                 const T* b, const int* ldb, T* scale, T* x, const int* ldx, T* xnorm, int* info); \
  void p##syevd_(const char* jobz, const char* uplo, const int* n, T* a, const int* lda, T* w,     \
                 T* work, const int* lwork, int* iwork, const int* liwork, int* info, std::size_t, \
                 std::size_t);                                                                     \
  void p##getrf_(const int* m, const int* n, T* a, const int* lda, int* ipiv, int* info);          \
  void p##geqrf_(const int* m, const int* n, T* a, const int* lda, T* tau, T* work,                \
                 const int* lwork, int* info);                                                     \
  void p##orgqr_(const int* m, const int* n, const int* k, T* a, const int* lda, const T* tau,     \
                 T* work, const int* lwork, int* info);                                            \
  void p##gecon_(const char* norm, const int* n, const T* a, const int* lda, const T* anorm,       \
                 T* rcond, T* work, int* iwork, int* info, std::size_t);                           \
  void p##potrf_(const char* uplo, const int* n, T* a, const int* lda, int* info, std::size_t);    \
  void p##lauum_(const char* uplo, const int* n, T* a, const int* lda, int* info, std::size_t);    \
  void p##pocon_(const char* uplo, const int* n, const T* a, const int* lda, const T* anorm,       \
                 T* rcond, T* work, int* iwork, int* info, std::size_t);                           \
  void p##gesdd_(const char* jobz, const int* m, const int* n, T* a, const int* lda, T* s, T* u,   \
                 const int* ldu, T* vt, const int* ldvt, T* work, const int* lwork, int* iwork,    \
                 int* info, std::size_t);                                                          \
  void p##ormtr_(const char* side, const char* uplo, const char* trans, const int* m,              \
                 const int* n, T* a, const int* lda, const T* tau, T* c, const int* ldc, T* work,  \
                 const int* lwork, int* info, std::size_t, std::size_t, std::size_t);              \
  void p##sterf_(const int* n, T* d, T* e, int* info);                                             \
  void p##stebz_(const char* range, const char* order, const int* n, const T* vl, const T* vu,     \
                 const int* il, const int* iu, const T* abstol, const T* d, const T* e, int* m,    \
                 int* nsplit, T* w, int* iblock, int* isplit, T* work, int* iwork, int* info,      \
                 std::size_t, std::size_t);                                                        \
  void p##stein_(const int* n, const T* d, const T* e, const int* m, const T* w,                   \
                 const int* iblock, const int* isplit, T* z, const int* ldz, T* work, int* iwork,  \
                 int* ifail, int* info);
ADJOINT_LAPACK(s, float)
ADJOINT_LAPACK(d, double)
#undef ADJOINT_LAPACK

// Real matrices have the eigenvalues in two parts, complex ones need real workspace.
#define ADJOINT_LAPACK(p, T)                                                                      \
  void p##geev_(const char* jobvl, const char* jobvr, const int* n, T* a, const int* lda, T* wr,  \
                T* wi, T* vl, const int* ldvl, T* vr, const int* ldvr, T* work, const int* lwork, \
                int* info, std::size_t, std::size_t);
ADJOINT_LAPACK(s, float)
ADJOINT_LAPACK(d, double)
#undef ADJOINT_LAPACK
#define ADJOINT_LAPACK(p, T)                                                                   \
  void p##geev_(const char* jobvl, const char* jobvr, const int* n, std::complex<T>* a,        \
                const int* lda, std::complex<T>* w, std::complex<T>* vl, const int* ldvl,      \
                std::complex<T>* vr, const int* ldvr, std::complex<T>* work, const int* lwork, \
                T* rwork, int* info, std::size_t, std::size_t);
ADJOINT_LAPACK(c, float)
ADJOINT_LAPACK(z, double)
#undef ADJOINT_LAPACK
}

namespace adjoint {

#define ADJOINT_LAPACK(p, T)                                                                       \
  inline int gees(int n, T* a, int lda, T* re, T* im, T* vs, int ldvs, T* work, int lwork) {       \
    int info = 0;                                                                                  \
    int sorted = 0;                                                                                \
    p##gees_("V", "N", nullptr, &n, a, &lda, &sorted, re, im, vs, &ldvs, work, &lwork, nullptr,    \
             &info, 1, 1);                                                                         \
    return info;                                                                                   \
  }                                                                                                \
  /* X of op(L) X + X op(R) = scale B for matrices of order one and two. */                        \
  inline int lasy2(bool transposeL, bool transposeR, int m, int n, const T* l, int ldl,            \
                   const T* r, int ldr, const T* b, int ldb, T* scale, T* x, int ldx) {            \
    const int left = transposeL ? 1 : 0;                                                           \
    const int right = transposeR ? 1 : 0;                                                          \
    const int plus = 1;                                                                            \
    int info = 0;                                                                                  \
    T norm = 0;                                                                                    \
    p##lasy2_(&left, &right, &plus, &m, &n, l, &ldl, r, &ldr, b, &ldb, scale, x, &ldx, &norm,      \
              &info);                                                                              \
    return info;                                                                                   \
  }                                                                                                \
  inline int syevd(char jobz, char uplo, int n, T* a, int lda, T* w, T* work, int lwork,           \
                   int* iwork, int liwork) {                                                       \
    int info = 0;                                                                                  \
    p##syevd_(&jobz, &uplo, &n, a, &lda, w, work, &lwork, iwork, &liwork, &info, 1, 1);            \
    return info;                                                                                   \
  }                                                                                                \
  inline int getrf(int m, int n, T* a, int lda, int* pivots) {                                     \
    int info = 0;                                                                                  \
    p##getrf_(&m, &n, a, &lda, pivots, &info);                                                     \
    return info;                                                                                   \
  }                                                                                                \
  inline int getrf(int n, T* a, int lda, int* pivots) { return getrf(n, n, a, lda, pivots); }      \
  inline int geqrf(int m, int n, T* a, int lda, T* tau, T* work, int lwork) {                      \
    int info = 0;                                                                                  \
    p##geqrf_(&m, &n, a, &lda, tau, work, &lwork, &info);                                          \
    return info;                                                                                   \
  }                                                                                                \
  inline int orgqr(int m, int n, int k, T* a, int lda, const T* tau, T* work, int lwork) {         \
    int info = 0;                                                                                  \
    p##orgqr_(&m, &n, &k, a, &lda, tau, work, &lwork, &info);                                      \
    return info;                                                                                   \
  }                                                                                                \
  inline T gecon(int n, const T* a, int lda, T norm, T* work, int* iwork) {                        \
    int info = 0;                                                                                  \
    T rcond = 0;                                                                                   \
    p##gecon_("1", &n, a, &lda, &norm, &rcond, work, iwork, &info, 1);                             \
    return rcond;                                                                                  \
  }                                                                                                \
  inline int potrf(char uplo, int n, T* a, int lda) {                                              \
    int info = 0;                                                                                  \
    p##potrf_(&uplo, &n, a, &lda, &info, 1);                                                       \
    return info;                                                                                   \
  }                                                                                                \
  inline void lauum(char uplo, int n, T* a, int lda) {                                             \
    int info = 0;                                                                                  \
    p##lauum_(&uplo, &n, a, &lda, &info, 1);                                                       \
  }                                                                                                \
  inline T pocon(char uplo, int n, const T* a, int lda, T norm, T* work, int* iwork) {             \
    int info = 0;                                                                                  \
    T rcond = 0;                                                                                   \
    p##pocon_(&uplo, &n, a, &lda, &norm, &rcond, work, iwork, &info, 1);                           \
    return rcond;                                                                                  \
  }                                                                                                \
  inline int gesdd(char jobz, int m, int n, T* a, int lda, T* s, T* u, int ldu, T* vt, int ldvt,   \
                   T* work, int lwork, int* iwork) {                                               \
    int info = 0;                                                                                  \
    p##gesdd_(&jobz, &m, &n, a, &lda, s, u, &ldu, vt, &ldvt, work, &lwork, iwork, &info, 1);       \
    return info;                                                                                   \
  }                                                                                                \
  inline int ormtr(char side, char uplo, char trans, int m, int n, T* a, int lda, const T* tau,    \
                   T* c, int ldc, T* work, int lwork) {                                            \
    int info = 0;                                                                                  \
    p##ormtr_(&side, &uplo, &trans, &m, &n, a, &lda, tau, c, &ldc, work, &lwork, &info, 1, 1, 1);  \
    return info;                                                                                   \
  }                                                                                                \
  inline int sterf(int n, T* d, T* e) {                                                            \
    int info = 0;                                                                                  \
    p##sterf_(&n, d, e, &info);                                                                    \
    return info;                                                                                   \
  }                                                                                                \
  inline int stebz(char order, int n, int first, int last, const T* d, const T* e, int* count,     \
                   int* splits, T* w, int* blocks, int* ends, T* work, int* iwork) {               \
    int info = 0;                                                                                  \
    const T none = 0;                                                                              \
    p##stebz_("I", &order, &n, &none, &none, &first, &last, &none, d, e, count, splits, w, blocks, \
              ends, work, iwork, &info, 1, 1);                                                     \
    return info;                                                                                   \
  }                                                                                                \
  inline int stein(int n, const T* d, const T* e, int count, const T* w, const int* blocks,        \
                   const int* ends, T* z, int ldz, T* work, int* iwork, int* failed) {             \
    int info = 0;                                                                                  \
    p##stein_(&n, d, e, &count, w, blocks, ends, z, &ldz, work, iwork, failed, &info);             \
    return info;                                                                                   \
  }
ADJOINT_LAPACK(s, float)
ADJOINT_LAPACK(d, double)
#undef ADJOINT_LAPACK

#define ADJOINT_LAPACK(p, T)                                                                      \
  inline int geev(char job, int n, T* a, T* real, T* imaginary, T* vectors, T* work, int lwork) { \
    int info = 0;                                                                                 \
    const int one = 1;                                                                            \
    p##geev_("N", &job, &n, a, &n, real, imaginary, nullptr, &one, vectors, &n, work, &lwork,     \
             &info, 1, 1);                                                                        \
    return info;                                                                                  \
  }
ADJOINT_LAPACK(s, float)
ADJOINT_LAPACK(d, double)
#undef ADJOINT_LAPACK
#define ADJOINT_LAPACK(p, T)                                                                      \
  inline int geev(char job, int n, std::complex<T>* a, std::complex<T>* values,                   \
                  std::complex<T>* vectors, std::complex<T>* work, int lwork, T* real) {          \
    int info = 0;                                                                                 \
    const int one = 1;                                                                            \
    p##geev_("N", &job, &n, a, &n, values, nullptr, &one, vectors, &n, work, &lwork, real, &info, \
             1, 1);                                                                               \
    return info;                                                                                  \
  }
ADJOINT_LAPACK(c, float)
ADJOINT_LAPACK(z, double)
#undef ADJOINT_LAPACK

}  // namespace adjoint
