import { readFileSync } from "node:fs";
import { eye, grad, gradients, linalg, linspace, onWarning, optim, tensor, variable } from "adjoint";
import { isMain, present } from "./program.mjs";

export const title = "3. The inverse that lied";

export const question = `The derivative of my Gaussian process's posterior mean, k(x) K⁻¹ f, is far from the slope of the
sample that it was fitted to. Is automatic differentiation wrong here? And would compute_gradients of
an optimizer give another derivative than gradients?`;

const sample = JSON.parse(readFileSync(new URL("./gaussian_process_sample.json", import.meta.url), "utf8"));
const { values, start, stop, lengthScale } = sample;
const at = 2;

/** The points, the sample at the points and the kernel between them. */
function problem(dtype) {
  const points = linspace(start, stop, values.length, { dtype });
  const covariance = (x) => x.sub(points).div(lengthScale).square().mul(-0.5).exp();
  return { f: tensor(values, { dtype }), covariance, k: covariance(points.expandDims(1)) };
}

const slopeOf = (mean, dtype) => grad(mean)(tensor(at, { dtype })).item();

/** The largest error with which weights, K⁻¹ f in theory, give f back. */
const residual = ({ k, f }, weights) => {
  const [matrix, w, sample] = [k, weights, f].map((x) => x.cast("float64"));
  return matrix.matmul(w).sub(sample).abs().max().item();
};

function byInverse() {
  const single = problem("float32");
  const double = problem("float64");
  const inverse32 = linalg.inv(single.k);
  const inverse64 = linalg.inv(double.k);
  return {
    float32: slopeOf((x) => single.covariance(x).matmul(inverse32).matmul(single.f), "float32"),
    float64: slopeOf((x) => double.covariance(x).matmul(inverse64).matmul(double.f), "float64"),
    residual32: residual(single, inverse32.matmul(single.f)),
    residual64: residual(double, inverse64.matmul(double.f)),
  };
}

function bySolve() {
  const single = problem("float32");
  const double = problem("float64");
  const weights32 = linalg.solve(single.k, single.f);
  const weights64 = linalg.solve(double.k, double.f);
  return {
    float32: slopeOf((x) => single.covariance(x).matmul(weights32), "float32"),
    float64: slopeOf((x) => double.covariance(x).matmul(weights64), "float64"),
    residual32: residual(single, weights32),
    residual64: residual(double, weights64),
    mean: double.covariance(tensor(at)).matmul(weights64).item(),
  };
}

function byCholesky() {
  const double = problem("float64");
  const factor = linalg.cholesky(double.k.add(eye(values.length).mul(1e-6)));
  const weights = linalg.choleskySolve(factor, double.f);
  return {
    float64: slopeOf((x) => double.covariance(x).matmul(weights), "float64"),
    residual64: residual(double, weights),
  };
}

/** Slopes of chords between sample points on either side of 2. */
function byChords() {
  const step = (stop - start) / (values.length - 1);
  const left = Math.floor((at - start) / step);
  const chord = (i, j) => ({
    from: start + i * step,
    to: start + j * step,
    slope: (values[j] - values[i]) / ((j - i) * step),
  });
  return [chord(left, left + 1), chord(left - 1, left + 2), chord(left, left + 2)];
}

function twoRoadsToOneGradient() {
  const x = variable(at, { name: "x" });
  const y = x.sin().mul(x).add(x.cos().mul(x.exp()));
  const pairs = optim.adam().computeGradients(y, [x]);
  return { variable: x, y: y.item(), gradient: gradients(y, x).item(), pairs };
}

/** What `f` returns and what the library warned of meanwhile. */
function withWarnings(f) {
  const warnings = [];
  const remove = onWarning((warning) => warnings.push(warning));
  try {
    return { ...f(), warnings };
  } finally {
    remove();
  }
}

export function compute() {
  return {
    inverse: withWarnings(byInverse),
    solve: withWarnings(bySolve),
    cholesky: withWarnings(byCholesky),
    chords: byChords(),
    optimizer: twoRoadsToOneGradient(),
  };
}

const line = (label, value, remark = "") =>
  console.log(`  ${label.padEnd(36)}${value.toFixed(5).padStart(11)}${remark}`);

export function print({ inverse, solve, cholesky, chords, optimizer }) {
  console.log(`Slope at x = ${at} of a sample of ${values.length} points on [${start}, ${stop}]\n`);
  console.log("From the sample itself, by difference quotients:");
  for (const { from, to, slope } of chords) line(`from ${from.toFixed(4)} to ${to.toFixed(4)}`, slope);

  const withResidual = (label, slope, residual, remark = "") =>
    line(label, slope, `    max |K w - f| ${residual.toExponential(0).padStart(6)}${remark}`);
  console.log("\nFrom the posterior mean k(x) w, by its gradient, where w is K⁻¹ f:");
  withResidual("inv, float32", inverse.float32, inverse.residual32, "   noise");
  withResidual("inv, float64", inverse.float64, inverse.residual64, "   noise");
  withResidual("solve, float32", solve.float32, solve.residual32);
  withResidual("solve, float64", solve.float64, solve.residual64);
  withResidual("cholesky, jitter 1e-6, float64", cholesky.float64, cholesky.residual64);

  console.log("\nWhat the library warned of:");
  for (const { message } of [...inverse.warnings, ...solve.warnings]) console.log(`  - ${message}`);
  console.log(`
The derivative was right, the inverse was not. The condition number of K is of order 1e19: more than float64 can
resolve, let alone float32, so that no digit of the computed inverse means anything. The two slopes marked as noise
change with the precision, the processor and the BLAS; float64 is no cure. \`solve\` does not know w either, and says
so in the same warning, but the w that it gives does satisfy K w = f closely, and the mean and its slope ask for no
more. Jitter on the diagonal gives a nearby problem that is well-posed: it moves the slope in the fourth decimal.`);

  const [{ gradient, variable }] = optimizer.pairs;
  console.log(`\nd/dx (sin(x) x + cos(x) exp(x)) at x = ${at}:`);
  line("gradients(y, x)", optimizer.gradient);
  line("adam().computeGradients(y, [x])", gradient.item());
  console.log(`
The same number: an optimizer has no gradients of its own. \`computeGradients\` gives { gradient, variable } pairs, a
gradient beside the variable it belongs to: here ${gradient.item().toFixed(5)} and the variable ${variable.name}, whose value is ${variable.item()}. What
\`applyGradients\` is given moves each variable along its gradient; in between they may be clipped or scaled.`);
}

if (isMain(import.meta.url)) present({ title, question, compute, print });
