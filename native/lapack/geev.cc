// Eigenvalues and right eigenvectors of general matrices, dims [...batch, n, n]; complex results.
// Vectors have unit norm, and their component of largest magnitude is real: LAPACK's choice.
#include <complex>

#include "../families.h"
#include "lapack.h"
#include "matrix.h"

namespace adjoint {
namespace {

using std::int64_t;

constexpr int kLargestOrder = 32000;  // the workspace is counted in 32 bits

// `a` is destroyed by solve().
template <class T>
class Solver {
 public:
  Solver(int n, bool vectors)
      : n_(n),
        job_(vectors ? 'V' : 'N'),
        parts_(2 * static_cast<int64_t>(n)),
        packed_(vectors ? static_cast<int64_t>(n) * n : 1),
        workCount_(query()),
        work_(workCount_) {}

  int solve(T* a, std::complex<T>* values, std::complex<T>* vectors) {
    T* real = parts_.data();
    T* imaginary = real + n_;
    const int info = geev(job_, n_, a, real, imaginary, packed_.data(), work_.data(), workCount_);
    for (int j = 0; j < n_; ++j) values[j] = {real[j], imaginary[j]};
    if (vectors != nullptr) unpack(imaginary, vectors);
    return info;
  }

 private:
  int query() {
    T count = 0;
    geev(job_, n_, static_cast<T*>(nullptr), static_cast<T*>(nullptr), static_cast<T*>(nullptr),
         static_cast<T*>(nullptr), &count, -1);
    return workSize(count);
  }

  // Of a conjugate pair LAPACK stores the real and the imaginary part as two columns.
  void unpack(const T* imaginary, std::complex<T>* vectors) {
    const int64_t n = n_;
    for (int64_t j = 0; j < n; ++j) {
      const T* column = packed_.data() + j * n;
      if (imaginary[j] == 0) {
        for (int64_t i = 0; i < n; ++i) vectors[j * n + i] = column[i];
      } else if (j + 1 < n) {
        for (int64_t i = 0; i < n; ++i) {
          vectors[j * n + i] = {column[i], column[n + i]};
          vectors[(j + 1) * n + i] = {column[i], -column[n + i]};
        }
        ++j;
      }
    }
  }

  int n_;
  char job_;
  Buffer<T> parts_;
  Buffer<T> packed_;
  int workCount_;
  Buffer<T> work_;
};

template <class T>
class Solver<std::complex<T>> {
 public:
  Solver(int n, bool vectors)
      : n_(n),
        job_(vectors ? 'V' : 'N'),
        real_(2 * static_cast<int64_t>(n)),
        workCount_(query()),
        work_(workCount_) {}

  int solve(std::complex<T>* a, std::complex<T>* values, std::complex<T>* vectors) {
    return geev(job_, n_, a, values, vectors, work_.data(), workCount_, real_.data());
  }

 private:
  int query() {
    std::complex<T> count = 0;
    std::complex<T>* none = nullptr;
    geev(job_, n_, none, none, none, &count, -1, real_.data());
    return workSize(count.real());
  }

  int n_;
  char job_;
  Buffer<T> real_;
  int workCount_;
  Buffer<std::complex<T>> work_;
};

template <class T>
struct ComplexOf {
  using Type = std::complex<T>;
};
template <class T>
struct ComplexOf<std::complex<T>> {
  using Type = std::complex<T>;
};

template <class T, bool kVectors>
void eigen(const Call& call, Status& status) {
  using Complex = typename ComplexOf<T>::Type;
  constexpr int kOperands = kVectors ? 3 : 2;
  const int r = call.rank;
  const int n = trailing(call, 2, 0);
  if (n == 0) return;
  const bool nan = failsWithNaN(call);
  const int64_t size = static_cast<int64_t>(n) * n;
  const BlasSlot slot;
  Solver<T> solver(n, kVectors);
  Buffer<T> copy(size);
  forEachBatch<kOperands>(call, r - 2, [&](int64_t flat, const int64_t* offsets) {
    const T* a = call.operands[0].as<const T>() + offsets[0];
    Complex* values = call.operands[1].as<Complex>() + offsets[1];
    Complex* vectors = nullptr;
    if constexpr (kVectors) vectors = call.operands[2].as<Complex>() + offsets[2];
    bool good = copyFinite<T>(n, n, a, call.operands[0].strides[r - 2],
                              call.operands[0].strides[r - 1], copy.data(), flat, nan, status);
    if (good) {
      const int info = solver.solve(copy.data(), values, vectors);
      good = info == 0;
      if (!good && !nan) status.fail(Code::noConvergence, flat, info);
    }
    if (!good) {
      fillNaN(n, values);
      if (kVectors) fillNaN(size, vectors);
    }
    return good || nan;
  });
}

template <bool kVectors>
int layout(const Call& call) {
  if (!isSquare(call, 2)) return kRefusedDims;
  if (!isChoice(call.params[0], 2)) return kRefusedParams;
  const int n = trailing(call, 2, 0);
  if (n > kLargestOrder) return kRefusedDims;
  if (!hasStrides(call, 1, {1, 0})) return 1;
  if (kVectors && !hasStrides(call, 2, {1, leadingDimension(n)})) return 2;
  return kAccepted;
}

template <class T>
void addFor(KernelTable& table) {
  constexpr DType kType = dtypeOf<T>();
  constexpr DType kResult = dtypeOf<typename ComplexOf<T>::Type>();
  table.add(suffixed<T>("geev"), eigen<T, true>, {kType}, {kResult, kResult},
            {.params = 1, .minRank = 2, .layout = layout<true>});
  table.add(suffixed<T>("geevValues"), eigen<T, false>, {kType}, {kResult},
            {.params = 1, .minRank = 2, .layout = layout<false>});
}

}  // namespace

void registerGeev(KernelTable& table) {
  addFor<float>(table);
  addFor<double>(table);
  addFor<std::complex<float>>(table);
  addFor<std::complex<double>>(table);
}

}  // namespace adjoint
