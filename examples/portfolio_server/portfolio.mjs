import { compile, eye, jacobian, linalg, zeros } from "adjoint";

/**
 * Weights w = C⁻¹1 / 1ᵀC⁻¹1 of the portfolio of least variance, that variance, and the derivative of each weight (rows)
 * by the variance of each asset (columns). One program per size, run in the background.
 */
const minimumVariance = compile((covariance) => {
  const n = covariance.shape[0];
  const weightsWith = (added) => {
    const unscaled = linalg.solve(covariance.add(eye(n).mul(added)), zeros([n]).add(1), {
      assume: "positive",
    });
    return unscaled.div(unscaled.sum());
  };
  const weights = weightsWith(zeros([n]));
  return {
    weights,
    variance: weights.matmul(covariance).matmul(weights),
    sensitivities: jacobian(weightsWith)(zeros([n])),
  };
});

/** The answer to a request, as plain arrays; stops early when `signal` says so. */
export async function analyse(covariance, signal) {
  const { weights, variance, sensitivities } = await minimumVariance
    .withOptions({ signal })
    .async(covariance);
  return {
    weights: weights.toArray(),
    variance: variance.item(),
    sensitivities: sensitivities.toArray(),
  };
}
