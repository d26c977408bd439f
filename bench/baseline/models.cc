#include <algorithm>

#include "inputs.h"
#include "lapack.h"
#include "serve.h"
#include "works.h"

namespace {

// The products of a step alone: two forward, two for the weights and one for the hidden layer.
void mlpStep(const Arguments& arguments) {
  const int inputs = arguments.at(0);
  const int hidden = arguments.at(1);
  const int classes = arguments.at(2);
  const int batch = arguments.at(3);
  const auto matrix = [](int rows, int columns, std::uint32_t seed) {
    const Values values =
        uniform(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns), seed);
    return std::vector<float>(values.begin(), values.end());
  };
  const std::vector<float> x = matrix(batch, inputs, 1);
  std::vector<float> w1 = matrix(inputs, hidden, 2);
  std::vector<float> w2 = matrix(hidden, classes, 3);
  std::vector<float> h = matrix(batch, hidden, 4);
  std::vector<float> logits = matrix(batch, classes, 5);
  std::vector<float> ofLogits = matrix(batch, classes, 6);
  std::vector<float> ofH = matrix(batch, hidden, 7);
  constexpr float kRate = -1e-3F;
  serve(
      [&] {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, batch, hidden, inputs, 1, x.data(),
                    inputs, w1.data(), hidden, 0, h.data(), hidden);
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, batch, classes, hidden, 1, h.data(),
                    hidden, w2.data(), classes, 0, logits.data(), classes);
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, batch, hidden, classes, 1,
                    ofLogits.data(), classes, w2.data(), classes, 0, ofH.data(), hidden);
        // beta = 1 takes the step with the product.
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, hidden, classes, batch, kRate,
                    h.data(), hidden, ofLogits.data(), classes, 1, w2.data(), classes);
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, inputs, hidden, batch, kRate, x.data(),
                    inputs, ofH.data(), hidden, 1, w1.data(), hidden);
      },
      nothingToCompare);
}

// The factorisation and the inverse alone, from which the likelihood and its gradients follow by
// O(n²).
void gaussianProcess(const Arguments& arguments) {
  const int n = arguments.at(0);
  const auto size = static_cast<std::size_t>(n);
  Values covariance = squaredDistances(size, 1);
  for (double& entry : covariance) entry = std::exp(-2 * entry);
  covariance = addedToDiagonal(covariance, size, 0.01);
  Values inverse(squared(n));
  serve(
      [&] {
        std::copy(covariance.begin(), covariance.end(), inverse.begin());
        require(adjoint::potrf('U', n, inverse.data(), n), "dpotrf");
        int info = 0;
        dpotri_("U", &n, inverse.data(), &n, &info, 1);
        require(info, "dpotri");
      },
      nothingToCompare);
}

}  // namespace

Works modelWorks() { return {{"mlp-step", mlpStep}, {"gp-likelihood", gaussianProcess}}; }
