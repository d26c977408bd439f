// How far values and gradients of solves are from the truth, by way and precision.
import { grad, linalg, onWarning, random, tensor } from "adjoint";
import { condition, fixed, float, solve, times, transposed } from "./exact.mjs";

export const ORDER = 12;

/** What is compared: each gives A⁻¹b. */
export const ways = [
  "linalg.solve(a, b)",
  "linalg.inv(a).matmul(b)",
  'linalg.solve(a, b, { assume: "positive" })',
  "linalg.solve(a, b, { refine: true })",
];

/** Symmetric where the way takes A for positive definite: its gradient is that of (A + Aᵀ)/2. */
const isSymmetric = (way) => way.includes("positive");

let sites = 0;
/** A function whose call site is new: each site warns once. */
const compiled = (way) =>
  new Function("linalg", "a", "b", `${"\n".repeat(sites++)}return ${way}`).bind(null, linalg);

/** Singular values that fall evenly, on a logarithmic scale, from 1 to 1/κ. */
export function matrixOf(kappa, seed, symmetric) {
  const generator = random.generator(seed);
  const basis = () => linalg.qr(generator.normal([ORDER, ORDER])).q;
  const left = basis();
  const right = symmetric ? left : basis();
  const values = Float64Array.from({ length: ORDER }, (_, i) => kappa ** (-i / (ORDER - 1)));
  const a = left.mul(tensor(values)).matmul(right.mT);
  return symmetric ? a.add(a.mT).mul(0.5) : a;
}

function truthOf(a, b, weights, symmetric) {
  const rows = a.toArray().map((row) => row.map(fixed));
  const x = solve(rows, b.toArray().map(fixed));
  const y = solve(transposed(rows), weights.toArray().map(fixed));
  const entry = (i, j) => -float(times(y[i], x[j]));
  const gradient = rows.map((row, i) =>
    row.map((_, j) => (symmetric ? (entry(i, j) + entry(j, i)) / 2 : entry(i, j))),
  );
  return { value: x.map(float), gradient: gradient.flat(), condition: condition(rows) };
}

/** The largest difference over the largest number. */
function relative(found, truth) {
  const largest = Math.max(...truth.map(Math.abs));
  return Math.max(...truth.map((x, i) => Math.abs(found[i] - x))) / largest;
}

const median = (numbers) => [...numbers].sort((x, y) => x - y)[numbers.length >> 1];

function once(way, dtype, kappa, seed) {
  const symmetric = isSymmetric(way);
  const a = matrixOf(kappa, seed, symmetric).cast(dtype);
  const generator = random.generator(seed + 1000);
  const b = generator.normal([ORDER]).cast(dtype);
  const weights = generator.normal([ORDER]).cast(dtype);
  const truth = truthOf(a, b, weights, symmetric);
  const f = compiled(way);
  const value = f(a, b);
  const gradient = grad((x) => f(x, b).mul(weights).sum())(a);
  return {
    value: relative(value.toTypedArray(), truth.value),
    gradient: relative(gradient.toTypedArray(), truth.gradient),
    condition: truth.condition,
  };
}

/**
 * Medians over matrices of one condition number: errors of value and gradient, and the condition number in the
 * infinity norm of what the precision holds; nothing of these where most were refused. `failed` counts refusals,
 * `warned` says whether some warned.
 */
export function errorsOf(way, dtype, kappa, trials = 7) {
  let warned = 0;
  const remove = onWarning(() => {
    warned++;
  });
  const runs = [];
  let failed = 0;
  for (let seed = 1; seed <= trials; seed++) {
    try {
      runs.push(once(way, dtype, kappa, seed));
    } catch (error) {
      if (error.name !== "LinAlgError") throw error;
      failed++;
    }
  }
  remove();
  const of = (key) => median(runs.map((run) => run[key]));
  if (2 * failed > trials) return { failed, warned: warned > 0 };
  return {
    value: of("value"),
    gradient: of("gradient"),
    condition: of("condition"),
    failed,
    warned: warned > 0,
  };
}
