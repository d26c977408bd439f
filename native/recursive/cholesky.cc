#include "cholesky.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "../blas.h"
#include "../kernels/matrix_copy.h"
#include "../lapack/lapack.h"
#include "../vector_target.h"
#include "triangular.h"
#include "view.h"

namespace adjoint {
namespace {

using std::int64_t;

template <class T>
struct Leaf {
  int n;
  T* a;
  int64_t ld;
};

// Columns stay in registers at their full length; what comes to stand above the diagonal is never
// stored.
template <int kBytes, int N, class T>
ADJOINT_ALWAYS_INLINE int factorOrder(const Leaf<T>& leaf) {
  using Vector = typename Vectors<kBytes, T>::Vector;
  constexpr int kLanes = Vectors<kBytes, T>::kLanes;
  constexpr int kParts = (N + kLanes - 1) / kLanes;
  const int n = leaf.n;
  T block[N][kParts * kLanes] = {};
  for (int j = 0; j < n; ++j) {
    for (int i = j; i < n; ++i) block[j][i] = leaf.a[i + j * leaf.ld];
  }
  Vector columns[N][kParts];
  std::memcpy(&columns, &block, sizeof(block));
  int info = 0;
  ADJOINT_UNROLL
  for (int k = 0; k < N; ++k) {
    std::memcpy(&block[k], &columns[k], sizeof(columns[k]));
    if (k >= n) continue;
    if (!(block[k][k] > 0)) {
      info = k + 1;
      break;
    }
    const T pivot = std::sqrt(block[k][k]);
    ADJOINT_UNROLL
    for (int part = 0; part < kParts; ++part) columns[k][part] /= pivot;
    std::memcpy(&block[k], &columns[k], sizeof(columns[k]));
    block[k][k] = pivot;
    ADJOINT_UNROLL
    for (int j = k + 1; j < N; ++j) {
      ADJOINT_UNROLL
      for (int part = 0; part < kParts; ++part) {
        columns[j][part] -= columns[k][part] * block[k][j];
      }
    }
  }
  for (int j = 0; j < n; ++j) {
    for (int i = j; i < n; ++i) leaf.a[i + j * leaf.ld] = block[j][i];
  }
  return info;
}

template <int kBytes, class T>
ADJOINT_ALWAYS_INLINE int factorLeafBody(const Leaf<T>& leaf) {
  if (leaf.n <= 4) return factorOrder<kBytes, 4>(leaf);
  if (leaf.n <= 8) return factorOrder<kBytes, 8>(leaf);
  return factorOrder<kBytes, kLeaf>(leaf);
}
ADJOINT_FOR_TARGETS(factorLeaf, Leaf)

// C += alpha A B of which only the lower triangle is wanted, in columns of blocks: what is computed
// in vain is half a block in each.
template <class T, class A, class B>
void addLower(int n, int k, T alpha, const View<A>& a, const View<B>& b, const View<T>& c) {
  const int block = std::clamp(n / 8, kLeaf, 64) / kLeaf * kLeaf;
  for (int j = 0; j < n; j += block) {
    multiplyViews(n - j, std::min(block, n - j), k, alpha, a.at(j, 0), b.at(0, j), T(1),
                  c.at(j, j));
  }
}

template <class T>
struct PullBack {
  int n;
  View<const T> l;
  View<T> s;
};

// L_kk = sqrt(A_kk), l = a / L_kk, A' = A - l l^T, in reverse (Murray 2016, section 4.1). Loops run
// over N rows, of which those above k and beyond n are zeros.
template <int N, class T>
ADJOINT_ALWAYS_INLINE void pullBackOrder(const PullBack<T>& p) {
  T symmetric[N][N] = {};
  for (int64_t k = p.n - 1; k >= 0; --k) {
    T l[N] = {};
    T column[N] = {};
    for (int64_t i = k + 1; i < p.n; ++i) {
      l[i] = p.l(i, k);
      column[i] = p.s(i, k);
    }
    for (int64_t j = k + 1; j < p.n; ++j) {
      for (int i = 0; i < N; ++i) column[i] -= symmetric[j][i] * (2 * l[j]);
    }
    const T pivot = p.l(k, k);
    T diagonal = p.s(k, k);
    for (int i = 0; i < N; ++i) {
      column[i] /= pivot;
      diagonal -= column[i] * l[i];
    }
    for (int i = 0; i < N; ++i) {
      symmetric[k][i] = column[i] / 2;
      symmetric[i][k] = column[i] / 2;
    }
    symmetric[k][k] = diagonal / pivot / 2;
  }
  for (int64_t j = 0; j < p.n; ++j) {
    for (int64_t i = 0; i < p.n; ++i) p.s(i, j) = symmetric[j][i];
  }
}

template <int kBytes, class T>
ADJOINT_ALWAYS_INLINE int pullBackLeafBody(const PullBack<T>& p) {
  if (p.n <= 4) {
    pullBackOrder<4>(p);
  } else if (p.n <= 8) {
    pullBackOrder<8>(p);
  } else {
    pullBackOrder<kLeaf>(p);
  }
  return 0;
}
ADJOINT_FOR_TARGETS(pullBackLeaf, PullBack)

}  // namespace

template <class T>
int factorCholesky(int n, T* a, int lda) {
  if (n <= kLeaf) return factorLeaf<T>({n, a, lda});
  if (!hasFastSmallProducts()) return potrf('L', n, a, lda);
  const int half = halfOf(n);
  const int rest = n - half;
  int info = factorCholesky(half, a, lda);
  if (info != 0) return info;
  T* below = a + half;
  T* last = a + half + static_cast<int64_t>(half) * lda;
  solveTriangle(CblasRight, CblasLower, CblasTrans, CblasNonUnit, rest, half, a, lda, below, lda);
  addLower<T>(rest, half, T(-1), View<const T>{below, lda, false}, View<const T>{below, lda, true},
              {last, lda, false});
  info = factorCholesky(rest, last, lda);
  return info == 0 ? 0 : info + half;
}

// The factorisation in reverse (Murray 2016, section 4.2): A22' = A22 - L21 L21^T has been
// followed by A21 = L21 L11^T, and that by A11 = L11 L11^T.
template <class T>
void pullBackCholesky(int n, const View<const T>& l, const View<T>& s) {
  if (n <= kLeaf) {
    pullBackLeaf<T>({n, l, s});
    return;
  }
  const int half = halfOf(n);
  const int rest = n - half;
  const View<const T> l21 = l.at(half, 0);
  const View<T> s21 = s.at(half, 0);
  const View<T> s12 = s.at(0, half);
  const View<T> s22 = s.at(half, half);
  pullBackCholesky(rest, l.at(half, half), s22);
  multiplyViews(rest, half, rest, T(-2), s22, l21, T(1), s21);
  solveByHalves(l.turned(), false, false, half, rest, s21.turned());
  for (int64_t i = 0; i < (s.transposed ? rest : half); ++i) {
    T* line = s21.data + i * s.ld;
    for (int64_t j = 0; j < (s.transposed ? half : rest); ++j) line[j] /= 2;
  }
  copyMatrix<T>(half, rest, s21.data, s21.column(), s21.row(), s12.data, s12.row(), s12.column());
  addLower(half, rest, T(-2), s12, l21, s);
  pullBackCholesky(half, l, s);
}

#define ADJOINT_CHOLESKY(T)                     \
  template int factorCholesky<T>(int, T*, int); \
  template void pullBackCholesky<T>(int, const View<const T>&, const View<T>&);
ADJOINT_CHOLESKY(float)
ADJOINT_CHOLESKY(double)
#undef ADJOINT_CHOLESKY

}  // namespace adjoint
