// Which way a real matrix product goes: to OpenBLAS as it is, in tiles that its kernel for small
// matrices takes without packing, or to our own kernel.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <string_view>
#include <vector>

#include "blas.h"
#include "kernels/matrix_copy.h"
#include "parallel.h"
#include "tile_product.h"

namespace adjoint {
namespace {

using std::int64_t;

inline void library(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, double alpha,
                    const double* a, int lda, const double* b, int ldb, double beta, double* c,
                    int ldc) {
  cblas_dgemm(CblasColMajor, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}
inline void library(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, float alpha,
                    const float* a, int lda, const float* b, int ldb, float beta, float* c,
                    int ldc) {
  cblas_sgemm(CblasColMajor, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

// OpenBLAS's AVX-512 cores multiply small matrices without packing, at 97 % of the peak where the
// packed way is at 80 to 90 %.
bool findSmallKernel() {
#if defined(ADJOINT_ACCELERATE)
  return false;
#else
  const std::string_view core = openblas_get_corename();
  return core == "SkylakeX" || core == "Cooperlake" || core == "SapphireRapids";
#endif
}

// What that kernel is used for, in multiplications.
constexpr double kSmallProduct = 100.0 * 100.0 * 100.0;
// Beyond this the packed way has caught up, unless one extent is a tile or two.
constexpr double kTiledProduct = 384.0 * 384.0 * 384.0;
constexpr int kTile = 96;
constexpr int kSkinny = 128;
// From this many columns on a transposed A is worth a copy, from that many in tiles.
constexpr int kColumnsForCopy = 48;
constexpr int kColumnsForTiles = 96;
constexpr int kFewColumns = 12;
// Of our own kernel, beside one for small matrices that takes a transposed A by products of whole
// vectors along k: those are fast if they are long and C is small.
constexpr int kShortDepth = 24;
constexpr int kLargeResult = 24;
// Beside a kernel that packs.
constexpr int kLeastOfTileKernel = 8;

std::atomic<int64_t> heldBytes{0};

// Memory that stays with the thread: an allocation of this size costs page faults each time.
template <class T>
class Scratch {
 public:
  Scratch() = default;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { heldBytes.fetch_sub(bytes(), std::memory_order_relaxed); }

  T* of(int64_t count) {
    if (memory_.size() < static_cast<std::size_t>(count)) {
      const int64_t before = bytes();
      memory_.resize(static_cast<std::size_t>(count));
      heldBytes.fetch_add(bytes() - before, std::memory_order_relaxed);
    }
    return memory_.data();
  }

 private:
  int64_t bytes() const { return static_cast<int64_t>(memory_.size() * sizeof(T)); }

  std::vector<T> memory_;
};

template <class T>
T* scratch(int64_t count) {
  thread_local Scratch<T> memory;
  return memory.of(count);
}

// Equal tiles of at most kTile, in whole vectors.
int tileOf(int extent, int whole) {
  const int tiles = (extent + kTile - 1) / kTile;
  const int tile = (extent + tiles - 1) / tiles;
  return std::min(extent, (tile + whole - 1) / whole * whole);
}

template <class T>
void multiplyTiles(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, T alpha, const T* a,
                   int lda, const T* b, int ldb, T beta, T* c, int ldc, bool copyA) {
  const int rows = tileOf(m, static_cast<int>(128 / sizeof(T)));
  const int columns = tileOf(n, 8);
  const int depth = tileOf(k, 8);
  const bool transposedA = ta == CblasTrans;
  T* copied = copyA ? scratch<T>(static_cast<int64_t>(m) * depth) : nullptr;
  const auto blockOfA = [&](int64_t i, int64_t l) {
    return a + (transposedA ? l + i * lda : i + l * lda);
  };
  for (int l = 0; l < k; l += depth) {
    const int deep = std::min(depth, k - l);
    if (copyA) {
      for (int i = 0; i < m; i += rows) {
        const int high = std::min(rows, m - i);
        copyMatrix<T>(high, deep, blockOfA(i, l), transposedA ? lda : 1, transposedA ? 1 : lda,
                      copied + static_cast<int64_t>(i) * deep, 1, high);
      }
    }
    for (int64_t j = 0; j < n; j += columns) {
      const int wide = static_cast<int>(std::min<int64_t>(columns, n - j));
      const T* blockOfB = b + (tb == CblasTrans ? j + static_cast<int64_t>(l) * ldb : l + j * ldb);
      for (int i = 0; i < m; i += rows) {
        const int high = std::min(rows, m - i);
        library(copyA ? CblasNoTrans : ta, tb, high, wide, deep, alpha,
                copyA ? copied + static_cast<int64_t>(i) * deep : blockOfA(i, l),
                copyA ? high : lda, blockOfB, ldb, l == 0 ? beta : T(1), c + i + j * ldc, ldc);
      }
    }
  }
}

}  // namespace

int64_t scratchBytes() { return heldBytes.load(std::memory_order_relaxed); }

bool hasFastSmallProducts() {
  static const bool kHas = findSmallKernel();
  return kHas;
}

namespace {

// Ours is as fast as OpenBLAS's kernel for small matrices, and faster where that one is slow or
// not there.
bool suitsTileKernel(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k) {
  if (std::max({m, n, k}) > kMostOfTileKernel) return false;
  if (!hasFastSmallProducts()) return std::min({m, n, k}) >= kLeastOfTileKernel;
  return ta == CblasTrans && tb == CblasNoTrans &&
         (k <= kShortDepth || std::min(m, n) >= kLargeResult);
}

template <class T>
bool multiplyByTileKernel(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, T alpha,
                          const T* a, int lda, const T* b, int ldb, T beta, T* c, int ldc) {
  // BLAS does not look at A and B where alpha is 0.
  if (alpha == T(0) || !suitsTileKernel(ta, tb, m, n, k)) return false;
  const TileKernel<T> run = tileKernel<T>();
  if (run == nullptr) return false;
  const bool straight = tb == CblasNoTrans;
  run({m, n, k, alpha, beta, a, lda, ta == CblasTrans, b, straight ? 1 : ldb, straight ? ldb : 1, c,
       ldc});
  return true;
}

template <class T>
void multiplyAlone(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, T alpha, const T* a,
                   int lda, const T* b, int ldb, T beta, T* c, int ldc) {
  if (multiplyByTileKernel(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)) return;
  const double product = static_cast<double>(m) * n * k;
  const auto plain = [&] { library(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc); };
  if (!hasFastSmallProducts()) return plain();
  // The small kernel for a transposed A and a straight B is slow, or not used at all.
  const bool slow = ta == CblasTrans && tb == CblasNoTrans;
  const bool skinny = std::min({m, n, k}) <= kSkinny;
  if (product <= kSmallProduct) {
    if (!slow || n < kColumnsForCopy || std::min(m, k) < kColumnsForCopy) return plain();
    T* copied = scratch<T>(static_cast<int64_t>(m) * k);
    copyMatrix<T>(m, k, a, lda, 1, copied, 1, m);
    return library(CblasNoTrans, tb, m, n, k, alpha, copied, m, b, ldb, beta, c, ldc);
  }
  if (product > kTiledProduct && !skinny) return plain();
  if (slow && n > kFewColumns && n < kColumnsForTiles) return plain();
  // Leading dimensions of whole pages put the rows of a tile into the same few sets of the cache.
  const bool aliased = static_cast<int64_t>(lda) * static_cast<int64_t>(sizeof(T)) % 4096 == 0;
  multiplyTiles(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc,
                n >= kColumnsForTiles && (slow || aliased));
}

// From this many multiplications on two threads are worth their while. Products are cut, along the
// longer side of C, in the same places for any number of threads, so that results are the same.
constexpr double kThreadedProduct = 256.0 * 256.0 * 256.0;
constexpr int kPiece = 256;

int64_t pieceOf(int extent) {
  const int pieces = 2 * ((extent + 2 * kPiece - 1) / (2 * kPiece));
  return ((extent + pieces - 1) / pieces + 15) / 16 * 16;
}

template <class T>
void multiplyTogether(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, T alpha,
                      const T* a, int lda, const T* b, int ldb, T beta, T* c, int ldc) {
  if (static_cast<double>(m) * n * k < kThreadedProduct) {
    return multiplyAlone(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  }
  const bool columns = n >= m;
  const int extent = columns ? n : m;
  const int64_t piece = pieceOf(extent);
  parallelFor(extent, piece, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i += piece) {
      const int count = static_cast<int>(std::min(piece, end - i));
      if (columns) {
        multiplyAlone(ta, tb, m, count, k, alpha, a, lda, b + i * (tb == CblasTrans ? 1 : ldb), ldb,
                      beta, c + i * ldc, ldc);
      } else {
        multiplyAlone(ta, tb, count, n, k, alpha, a + i * (ta == CblasTrans ? lda : 1), lda, b, ldb,
                      beta, c + i, ldc);
      }
    }
  });
}

}  // namespace

void multiply(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, double alpha,
              const double* a, int lda, const double* b, int ldb, double beta, double* c, int ldc) {
  multiplyTogether(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}
void multiply(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, float alpha,
              const float* a, int lda, const float* b, int ldb, float beta, float* c, int ldc) {
  multiplyTogether(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

}  // namespace adjoint
