// Row-major matrices are their transposes to LAPACK: the factorisations here are of Aᵀ.
#include <algorithm>

#include "inputs.h"
#include "lapack.h"
#include "serve.h"
#include "works.h"

namespace {

// f = Σ w∘A⁻¹: the gradient is −A⁻ᵀ w A⁻ᵀ.
void inverseGradient(const Arguments& arguments) {
  const int n = arguments.at(0);
  const Values a = wellConditioned(static_cast<std::size_t>(n), 1);
  const Values weights = uniform(squared(n), 2);
  Values inverse(squared(n));
  Values product(squared(n));
  Values gradient(squared(n));
  Values work(static_cast<std::size_t>(64 * n));
  std::vector<int> pivots(static_cast<std::size_t>(n));
  double value = 0;
  serve(
      [&] {
        std::copy(a.begin(), a.end(), inverse.begin());
        require(adjoint::getrf(n, inverse.data(), n, pivots.data()), "dgetrf");
        require(getri(n, inverse.data(), n, pivots.data(), work.data(), 64 * n), "dgetri");
        value = dot(inverse, weights);
        cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, n, n, n, 1, inverse.data(), n,
                    weights.data(), n, 0, product.data(), n);
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, n, n, -1, product.data(), n,
                    inverse.data(), n, 0, gradient.data(), n);
      },
      [&] { return value + magnitude(gradient); });
}

// f = Σ w∘L: the gradient is L⁻ᵀ Φ(Lᵀ w) L⁻¹ but for symmetry, where Φ takes the lower triangle and
// halves its diagonal (Murray 2016, "Differentiation of the Cholesky decomposition").
void choleskyGradient(const Arguments& arguments) {
  const int n = arguments.at(0);
  const auto size = static_cast<std::size_t>(n);
  const Values a = positiveDefinite(size, 1);
  const Values weights = uniform(squared(n), 2);
  Values factor(squared(n));
  Values gradient(squared(n));
  double value = 0;
  serve(
      [&] {
        std::copy(a.begin(), a.end(), factor.begin());
        require(adjoint::potrf('U', n, factor.data(), n), "dpotrf");
        value = 0;
        for (std::size_t i = 0; i < size; ++i)
          for (std::size_t j = 0; j < size; ++j) {
            gradient[i * size + j] = j <= i ? weights[i * size + j] : 0;
            if (j <= i) value += weights[i * size + j] * factor[i * size + j];
          }
        cblas_dtrmm(CblasRowMajor, CblasLeft, CblasLower, CblasTrans, CblasNonUnit, n, n, 1,
                    factor.data(), n, gradient.data(), n);
        for (std::size_t i = 0; i < size; ++i) {
          gradient[i * size + i] /= 2;
          std::fill_n(&gradient[i * size + i + 1], size - i - 1, 0.0);
        }
        cblas_dtrsm(CblasRowMajor, CblasLeft, CblasLower, CblasTrans, CblasNonUnit, n, n, 1,
                    factor.data(), n, gradient.data(), n);
        cblas_dtrsm(CblasRowMajor, CblasRight, CblasLower, CblasNoTrans, CblasNonUnit, n, n, 1,
                    factor.data(), n, gradient.data(), n);
      },
      [&] { return value + quadraticForm(gradient, size); });
}

// Work space of dgecon.
struct Condition {
  explicit Condition(std::size_t n) : work(4 * n), integers(n) {}
  std::vector<double> work;
  std::vector<int> integers;
};

double oneNorm(int n, const double* a) { return dlange_("1", &n, &n, a, &n, nullptr, 1); }

double reciprocalCondition(int n, const double* lu, double norm, Condition& space) {
  int info = 0;
  double rcond = 0;
  dgecon_("1", &n, lu, &n, &norm, &rcond, space.work.data(), space.integers.data(), &info, 1);
  require(info, "dgecon");
  return rcond;
}

void solve(const Arguments& arguments, bool withCondition) {
  const int n = arguments.at(0);
  const auto size = static_cast<std::size_t>(n);
  const Values a = wellConditioned(size, 1);
  const Values b = uniform(size, 2);
  Values lu(squared(n));
  Values x(size);
  std::vector<int> pivots(size);
  Condition space(size);
  serve(
      [&] {
        std::copy(a.begin(), a.end(), lu.begin());
        std::copy(b.begin(), b.end(), x.begin());
        const double norm = withCondition ? oneNorm(n, a.data()) : 0;
        require(adjoint::getrf(n, lu.data(), n, pivots.data()), "dgetrf");
        if (withCondition && !(reciprocalCondition(n, lu.data(), norm, space) > 1e-15))
          require(1, "a singular matrix");
        require(getrs('T', n, 1, lu.data(), n, pivots.data(), x.data(), n), "dgetrs");
      },
      [&] { return magnitude(x); });
}

// f = w · A⁻¹b: the gradients are g = A⁻ᵀ w by b and −g xᵀ by A.
void solveGradient(const Arguments& arguments) {
  const int n = arguments.at(0);
  const auto size = static_cast<std::size_t>(n);
  const Values a = wellConditioned(size, 1);
  const Values b = uniform(size, 2);
  const Values weights = uniform(size, 3);
  Values lu(squared(n));
  Values x(size);
  Values ofB(size);
  Values ofA(squared(n));
  std::vector<int> pivots(size);
  serve(
      [&] {
        std::copy(a.begin(), a.end(), lu.begin());
        std::copy(b.begin(), b.end(), x.begin());
        std::copy(weights.begin(), weights.end(), ofB.begin());
        require(adjoint::getrf(n, lu.data(), n, pivots.data()), "dgetrf");
        require(getrs('T', n, 1, lu.data(), n, pivots.data(), x.data(), n), "dgetrs");
        require(getrs('N', n, 1, lu.data(), n, pivots.data(), ofB.data(), n), "dgetrs");
        std::fill(ofA.begin(), ofA.end(), 0.0);
        cblas_dger(CblasRowMajor, n, n, -1, ofB.data(), 1, x.data(), 1, ofA.data(), n);
      },
      [&] { return dot(x, weights) + magnitude(ofA) + magnitude(ofB); });
}

// f = log |det A|: the gradient is A⁻ᵀ, which to LAPACK is the inverse of what it is given.
void slogdetGradient(const Arguments& arguments) {
  const int n = arguments.at(0);
  const auto size = static_cast<std::size_t>(n);
  const Values a = wellConditioned(size, 1);
  Values inverse(squared(n));
  Values work(64 * size);
  std::vector<int> pivots(size);
  double value = 0;
  serve(
      [&] {
        std::copy(a.begin(), a.end(), inverse.begin());
        require(adjoint::getrf(n, inverse.data(), n, pivots.data()), "dgetrf");
        value = 0;
        for (std::size_t i = 0; i < size; ++i) value += std::log(std::abs(inverse[i * size + i]));
        require(getri(n, inverse.data(), n, pivots.data(), work.data(), 64 * n), "dgetri");
      },
      [&] { return value + magnitude(inverse); });
}

}  // namespace

Works factorisationWorks() {
  return {{"inverse-gradient", inverseGradient},
          {"cholesky-gradient", choleskyGradient},
          {"solve", [](const Arguments& arguments) { solve(arguments, false); }},
          {"solve-with-condition", [](const Arguments& arguments) { solve(arguments, true); }},
          {"solve-gradient", solveGradient},
          {"slogdet-gradient", slogdetGradient}};
}
