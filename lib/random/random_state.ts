import { lift } from "../convert.js";
import { refuseDraws } from "../core/tracing.js";
import { float64 } from "../dtype.js";
import { ShapeError, underName } from "../errors.js";
import { executeFlatUnary, kernel } from "../instruction.js";
import { checkedShape, showOperand } from "../shape.js";
import { empty, type Tensor, type TensorLike } from "../tensor.js";
import { RandomStream } from "./legacy.js";

const cLogarithm = kernel("cLogarithm")[float64.index];

/** Those of the C library; the operation `log` is faster, and its last bit another now and then. */
function logarithms(xs: Float64Array): Float64Array {
  const x = lift("randn", xs);
  const out = empty("randn", x.shape, float64);
  executeFlatUnary("randn", cLogarithm, x, out);
  return out.toTypedArray("float64");
}

/** NumPy's legacy `RandomState`: the same numbers for the same seed. */
export class RandomState {
  private readonly stream: RandomStream;
  /** @param seed an integer from 0 to 2³² − 1 */
  constructor(seed: number) {
    this.stream = new RandomStream(seed, logarithms);
  }

  /** Standard normal samples; a 0-d tensor without arguments. */
  randn(...dims: number[]): Tensor {
    return sample("randn", dims, (count) => this.stream.normal(count));
  }

  /** Samples uniform in [0, 1); a 0-d tensor without arguments. */
  rand(...dims: number[]): Tensor {
    return sample("rand", dims, (count) => this.stream.uniform(count));
  }

  /**
   * Samples of a normal distribution with mean [n] and covariance [n, n], by its singular value decomposition as in
   * NumPy: [...size, n]. Where singular values are (nearly) equal, the sample depends on the LAPACK in use.
   * @throws ShapeError where mean and covariance do not fit
   */
  multivariateNormal(
    mean: TensorLike,
    covariance: TensorLike,
    size: number | readonly number[] = [],
  ): Tensor {
    const center = lift("multivariateNormal", mean);
    const spread = lift("multivariateNormal", covariance);
    const n = center.shape[0];
    if (center.ndim !== 1 || spread.ndim !== 2 || spread.shape[0] !== n || spread.shape[1] !== n)
      throw new ShapeError(
        "multivariateNormal",
        `expected a mean [n] and a covariance [n, n], got ${showOperand(center)} and ${showOperand(spread)}`,
      );
    const shape = [...checkedShape("multivariateNormal", size), n];
    const x = sample("multivariateNormal", shape, (count) => this.stream.normal(count)).reshape([-1, n]);
    const { s, vh } = underName("multivariateNormal", () => spread.svd());
    return x.matmul(s.sqrt().expandDims(-1).mul(vh)).add(center).reshape(shape);
  }
}

function sample(operation: string, dims: readonly number[], draw: (count: number) => Float64Array): Tensor {
  refuseDraws(operation);
  const x = empty(operation, checkedShape(operation, dims), float64);
  x.storage!.copyFrom(float64, x.offset, draw(x.size));
  return x;
}

/**
 * A generator with NumPy's legacy stream (MT19937): `np.random.RandomState(seed)`.
 * @throws ArgumentError for a seed that is no integer from 0 to 2³² − 1
 * @example random.randomState(123).randn(2, 2)
 */
export const randomState = (seed: number): RandomState => new RandomState(seed);
