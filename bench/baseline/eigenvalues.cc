#include <algorithm>

#include "inputs.h"
#include "lapack.h"
#include "serve.h"
#include "works.h"

namespace {

// All pairs of a symmetric matrix: its eigenvectors are the rows of `vectors`, as LAPACK's columns.
class Syevd {
 public:
  explicit Syevd(int n) : vectors(squared(n)), values(static_cast<std::size_t>(n)), n_(n) {
    double work = 0;
    int iwork = 0;
    adjoint::syevd('V', 'L', n, vectors.data(), n, values.data(), &work, -1, &iwork, -1);
    work_.resize(static_cast<std::size_t>(work));
    iwork_.resize(static_cast<std::size_t>(iwork));
  }
  void operator()(const Values& a) {
    std::copy(a.begin(), a.end(), vectors.begin());
    require(adjoint::syevd('V', 'L', n_, vectors.data(), n_, values.data(), work_.data(),
                           static_cast<int>(work_.size()), iwork_.data(),
                           static_cast<int>(iwork_.size())),
            "dsyevd");
  }
  Values vectors;
  Values values;

 private:
  int n_;
  Values work_;
  std::vector<int> iwork_;
};

void eigh(const Arguments& arguments) {
  const int n = arguments.at(0);
  const Values a = symmetric(static_cast<std::size_t>(n), 1);
  Syevd syevd(n);
  serve([&] { syevd(a); }, [&] { return magnitude(syevd.values); });
}

// f = Σ w∘(V∘V + 1λᵀ): the gradient is V (F∘(VᵀG) + diag(g)) Vᵀ with G = 2 w∘V, g = wᵀ1 and
// F_ij = 1 / (λ_j − λ_i) off the diagonal (Giles 2008, section 3.1).
void eighGradient(const Arguments& arguments) {
  const int n = arguments.at(0);
  const auto size = static_cast<std::size_t>(n);
  const Values a = symmetric(size, 1);
  const Values weights = uniform(squared(n), 2);
  Syevd syevd(n);
  Values ofVectors(squared(n));
  Values inner(squared(n));
  Values gradient(squared(n));
  double value = 0;
  serve(
      [&] {
        syevd(a);
        const Values& v = syevd.vectors;
        const Values& lambda = syevd.values;
        value = 0;
        Values ofValues(size);
        for (std::size_t i = 0; i < size; ++i)
          for (std::size_t k = 0; k < size; ++k) {
            const double weight = weights[i * size + k];
            const double entry = v[k * size + i];
            ofVectors[k * size + i] = 2 * weight * entry;
            ofValues[k] += weight;
            value += weight * (entry * entry + lambda[k]);
          }
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, n, n, 1, v.data(), n,
                    ofVectors.data(), n, 0, inner.data(), n);
        for (std::size_t i = 0; i < size; ++i)
          for (std::size_t k = 0; k < size; ++k)
            inner[i * size + k] =
                i == k ? ofValues[k] : inner[i * size + k] / (lambda[k] - lambda[i]);
        cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, n, n, n, 1, v.data(), n, inner.data(),
                    n, 0, ofVectors.data(), n);
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, ofVectors.data(), n,
                    v.data(), n, 0, gradient.data(), n);
      },
      [&] { return value + quadraticForm(gradient, size); });
}

// The gradient of an eigenvalue is v vᵀ.
void firstEigenvalueGradient(const Arguments& arguments) {
  const int n = arguments.at(0);
  const auto size = static_cast<std::size_t>(n);
  const Values a = symmetric(size, 1);
  Values matrix(squared(n));
  Values values(size);
  Values vector(size);
  Values gradient(squared(n));
  std::vector<int> support(2);
  double work = 0;
  int iwork = 0;
  const auto call = [&](double* workspace, int length, int* integers, int integerLength) {
    const int one = 1;
    const double none = 0;
    int found = 0;
    int info = 0;
    dsyevr_("V", "I", "L", &n, matrix.data(), &n, &none, &none, &one, &one, &none, &found,
            values.data(), vector.data(), &n, support.data(), workspace, &length, integers,
            &integerLength, &info, 1, 1, 1);
    require(info, "dsyevr");
  };
  call(&work, -1, &iwork, -1);
  Values workspace(static_cast<std::size_t>(work));
  std::vector<int> integers(static_cast<std::size_t>(iwork));
  serve(
      [&] {
        std::copy(a.begin(), a.end(), matrix.begin());
        call(workspace.data(), static_cast<int>(work), integers.data(), iwork);
        std::fill(gradient.begin(), gradient.end(), 0.0);
        cblas_dger(CblasRowMajor, n, n, 1, vector.data(), 1, vector.data(), 1, gradient.data(), n);
      },
      [&] { return values[0] + quadraticForm(gradient, size); });
}

// All pairs, of which one is wanted.
void firstEigenpairGradient(const Arguments& arguments) {
  const int n = arguments.at(0);
  const Values a = symmetric(static_cast<std::size_t>(n), 1);
  Syevd syevd(n);
  serve([&] { syevd(a); }, nothingToCompare);
}

}  // namespace

Works eigenvalueWorks() {
  return {{"eigh", eigh},
          {"eigh-gradient", eighGradient},
          {"first-eigenvalue-gradient", firstEigenvalueGradient},
          {"first-eigenpair-gradient", firstEigenpairGradient}};
}
