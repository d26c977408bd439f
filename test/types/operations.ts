// Compiled by tsc, never run: the exact type of every exported operation, and of its method.

import type * as ad from "adjoint";
import type { DType, linalg, nn, SliceIndex, Tensor, TensorLike } from "adjoint";
import { none, type Same } from "./same.js";

type Axes = number | readonly number[] | null;
type Unary = (x: TensorLike) => Tensor;
type Binary = (x: TensorLike, y: TensorLike) => Tensor;
type AlongAxis = (x: TensorLike, axis?: number) => Tensor;
type Reduction<O = { keepDims?: boolean }> = (x: TensorLike, axis?: Axes | O, options?: O) => Tensor;
type OverOneAxis<A, O> = (x: TensorLike, axis?: A | O, options?: O) => Tensor;
type Scattering = (x: TensorLike, indices: TensorLike, values: TensorLike, axis?: number) => Tensor;
type SettingSlice = (x: TensorLike, ranges: number | readonly SliceIndex[], value: TensorLike) => Tensor;

type Words<S extends string> = S extends `${infer Word} ${infer Rest}` ? Word | Words<Rest> : S;
type Each<S extends string, F> = { [K in Words<S>]: F };

type Elementwise = Each<"abs neg sign reciprocal square sqrt rsqrt exp expm1 log log1p log2 log10", Unary> &
  Each<"sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh", Unary> &
  Each<"floor ceil round trunc erf erfc lgamma digamma isFinite isInf isNaN logicalNot stopGradient", Unary> &
  Each<"real imag conj angle", Unary> &
  Each<"add sub mul div pow remainder floorDivide copysign maximum minimum atan2 hypot logaddexp", Binary> &
  Each<"equal notEqual less lessEqual greater greaterEqual logicalAnd logicalOr logicalXor", Binary> & {
    where: (condition: TensorLike, x: TensorLike, y: TensorLike) => Tensor;
    clip: (x: TensorLike, low: TensorLike | null, high: TensorLike | null) => Tensor;
    cast: (x: TensorLike, dtype: DType) => Tensor;
    allClose: (a: TensorLike, b: TensorLike, options?: { rtol?: number; atol?: number }) => boolean;
  };

type Reducing = Each<"sum mean prod max min logsumexp all any countNonzero median", Reduction> &
  Each<"variance std", Reduction<ad.VarianceOptions>> &
  Each<"argmax argmin", OverOneAxis<number | null, ad.ArgExtremeOptions>> &
  Each<"sort argsort", OverOneAxis<number, ad.SortOptions>> &
  Each<"cumsum cumprod", AlongAxis> & {
    quantile: (
      x: TensorLike,
      q: TensorLike,
      axis?: Axes | ad.QuantileOptions,
      options?: ad.QuantileOptions,
    ) => Tensor;
    cov: (
      x: TensorLike,
      y?: TensorLike | ad.CovarianceOptions | null,
      options?: ad.CovarianceOptions,
    ) => Tensor;
    corrcoef: (x: TensorLike, y?: TensorLike | null) => Tensor;
    searchSorted: (sorted: TensorLike, values: TensorLike, options?: { side?: "left" | "right" }) => Tensor;
  };

type Shaping = Each<"matrixTranspose diag", Unary> &
  Each<"tril triu", (x: TensorLike, options?: { k?: number }) => Tensor> &
  Each<"reshape broadcastTo", (x: TensorLike, shape: readonly number[]) => Tensor> &
  Each<"squeeze flip", (x: TensorLike, axis?: Axes) => Tensor> & {
    transpose: (x: TensorLike, axes?: readonly number[] | null) => Tensor;
    moveAxis: (x: TensorLike, from: number | readonly number[], to: number | readonly number[]) => Tensor;
    expandDims: (x: TensorLike, axis: number | readonly number[]) => Tensor;
    roll: (x: TensorLike, shift: number | readonly number[], axis?: Axes) => Tensor;
    tile: (x: TensorLike, reps: number | readonly number[]) => Tensor;
    repeat: (x: TensorLike, n: TensorLike, axis?: number | null) => Tensor;
    unstack: (x: TensorLike, axis?: number) => Tensor[];
    split: (x: TensorLike, parts: number | readonly number[], axis?: number) => Tensor[];
    diagonal: (x: TensorLike, options?: { offset?: number }) => Tensor;
    pad: (
      x: TensorLike,
      widths: number | readonly (readonly [number, number])[],
      options?: { value?: number | boolean },
    ) => Tensor;
  };

type Indexing = Each<"setSlice addSlice", SettingSlice> &
  Each<"putAlongAxis scatterAdd", Scattering> &
  Each<"take takeAlongAxis", (x: TensorLike, indices: TensorLike, axis?: number) => Tensor> & {
    slice: (x: TensorLike, ...indices: SliceIndex[]) => Tensor;
    nonzero: (x: TensorLike) => Tensor[];
    unique: Unary;
    uniqueCounts: (x: TensorLike) => ad.UniqueCountsResult;
    uniqueInverse: (x: TensorLike) => ad.UniqueInverseResult;
    maskedSelect: (x: TensorLike, mask: TensorLike) => Tensor;
  };

/** A function that also runs in the background. */
type Heavy<F extends (...args: never[]) => unknown> = F & {
  readonly async: (...args: Parameters<F>) => Promise<ReturnType<F>>;
};

type OfMatrices = Each<"det cond trace vech unvech", Unary> &
  Each<"kyFanNorm schattenNorm", (a: TensorLike, p: number) => Tensor> &
  Each<
    "spectralProjector eigSum",
    (a: TensorLike, range: linalg.EigenvalueRange, options?: linalg.SpectralProjectorOptions) => Tensor
  > &
  Each<"outer vecdot kron choleskySolve", Binary> &
  Each<"matrixTranspose", Unary> & {
    matmul: Heavy<Binary>;
    diagonal: Shaping["diagonal"];
    inv: Heavy<(a: TensorLike, options?: linalg.InverseOptions) => Tensor>;
    solve: Heavy<(a: TensorLike, b: TensorLike, options?: linalg.SolveOptions) => Tensor>;
    solveTriangular: (a: TensorLike, b: TensorLike, options?: linalg.TriangularOptions) => Tensor;
    cholesky: Heavy<(a: TensorLike, options?: linalg.CholeskyOptions) => Tensor>;
    eig: (a: TensorLike, options?: linalg.EigOptions) => linalg.EigResult;
    eigvals: (a: TensorLike, options?: linalg.EigOptions) => Tensor;
    eigh: Heavy<
      (
        a: TensorLike,
        b?: TensorLike | linalg.EighOptions | null,
        options?: linalg.EighOptions,
      ) => linalg.EighResult
    >;
    eigvalsh: (
      a: TensorLike,
      b?: TensorLike | linalg.EighOptions | null,
      options?: linalg.EighOptions,
    ) => Tensor;
    svd: Heavy<(a: TensorLike, options?: linalg.SvdOptions) => linalg.SvdResult>;
    matrixFunction: (a: TensorLike, f: (w: Tensor) => Tensor, options?: linalg.SymmetricOptions) => Tensor;
    expm: (a: TensorLike, options?: linalg.ExpmOptions) => Tensor;
    invSqrtm: (a: TensorLike, options?: linalg.SymmetricOptions) => Tensor;
    powm: (a: TensorLike, p: number, options?: linalg.SymmetricOptions) => Tensor;
    polar: (a: TensorLike, options?: linalg.PolarOptions) => linalg.PolarResult;
    svdvals: (a: TensorLike, options?: Omit<linalg.SvdOptions, "fullMatrices">) => Tensor;
    sqrtm: (a: TensorLike, options?: linalg.SqrtmOptions) => Tensor;
    logm: (a: TensorLike, options?: linalg.LogmOptions) => Tensor;
    sylvester: (a: TensorLike, b: TensorLike, c: TensorLike, options?: linalg.SylvesterOptions) => Tensor;
    lyapunov: (a: TensorLike, q: TensorLike, options?: linalg.SylvesterOptions) => Tensor;
    lu: (a: TensorLike, options?: linalg.LuOptions) => linalg.LuResult;
    slogdet: (a: TensorLike, options?: linalg.SlogdetOptions) => linalg.SlogdetResult;
    lstsq: (a: TensorLike, b: TensorLike, options?: linalg.PseudoInverseOptions) => linalg.LstsqResult;
    pinv: (a: TensorLike, options?: linalg.PseudoInverseOptions) => Tensor;
    matrixPower: (a: TensorLike, n: number) => Tensor;
    matrixRank: (a: TensorLike, options?: { tol?: number; rtol?: number }) => Tensor;
    matrixNorm: (a: TensorLike, options?: linalg.MatrixNormOptions) => Tensor;
    vectorNorm: (x: TensorLike, options?: linalg.VectorNormOptions) => Tensor;
    cross: (x: TensorLike, y: TensorLike, axis?: number) => Tensor;
    tensordot: (
      x: TensorLike,
      y: TensorLike,
      axes: number | readonly [number | readonly number[], number | readonly number[]],
    ) => Tensor;
  };

type Activations = Each<"sigmoid logSigmoid softplus relu gelu silu", Unary> &
  Each<"softmax logSoftmax", AlongAxis> & {
    elu: (x: TensorLike, options?: nn.EluOptions) => Tensor;
    oneHot: (i: TensorLike, n: number, options?: nn.OneHotOptions) => Tensor;
    crossEntropy: (logits: TensorLike, labels: TensorLike, options?: nn.CrossEntropyOptions) => Tensor;
  };

/** Operations that are methods as well: their first argument is the tensor. */
type TopMethods = Elementwise & Reducing & Shaping & Indexing & { matmul: Heavy<Binary> };
/** Overloads and generic functions; what they infer stands in derivatives.ts and below. */
type Overloaded = Words<"qr">;
/** Not methods: they make a tensor, or take several. */
type Functions = Each<"zeros ones", (shape: readonly number[], options?: ad.CreationOptions) => Tensor> &
  Each<"zerosLike onesLike", (x: TensorLike, options?: ad.CreationOptions) => Tensor> & {
    complex: Binary;
    concat: (xs: readonly TensorLike[], axis?: number | null | ad.ConcatOptions) => Tensor;
    stack: (xs: readonly TensorLike[], axis?: number | ad.JoinOptions) => Tensor;
    tensor: (data: TensorLike | ad.Transferable, options?: ad.TensorOptions) => Tensor;
    full: (shape: readonly number[], value: ad.ElementValue, options?: ad.CreationOptions) => Tensor;
    fullLike: (x: TensorLike, value: ad.ElementValue, options?: ad.CreationOptions) => Tensor;
    eye: (n: number, m?: number | ad.EyeOptions | null, options?: ad.EyeOptions) => Tensor;
    arange: (
      start: number,
      stop?: number | ad.CreationOptions | null,
      step?: number | ad.CreationOptions,
      options?: ad.CreationOptions,
    ) => Tensor;
    linspace: (start: number, stop: number, num: number, options?: ad.LinspaceOptions) => Tensor;
    einsum: (equation: string, ...xs: TensorLike[]) => Tensor;
  };
type MatrixFunctions = { multiDot: (xs: readonly TensorLike[]) => Tensor };
/** Neither operations nor creations. */
type Apart =
  | Words<"meshgrid tidy variable UniqueCountsResult UniqueInverseResult">
  | Words<"getNumThreads setNumThreads info memory onWarning">
  | Words<"getPrintOptions setPrintOptions Tensor Variable io linalg nn optim random testing tree">
  | Words<"ArgumentError DisposedError DTypeError FormatError GradientError LinAlgError ShapeError">
  | Words<"grad valueAndGrad vjp jvp linearize jacobian hessian hvp vmap gradients gradcheck">
  | Words<"checkpoint compile customVjp customJvp">;
type Results =
  Words<"EigResult EighResult PolarResult SvdResult QrResult TriangleOfQrResult LuResult SlogdetResult LstsqResult">;

/** Names whose function has another type than expected, or that are missing. */
type Wrong<Module, Expected> = {
  [K in keyof Expected]: K extends keyof Module ? (Same<Module[K], Expected[K]> extends true ? never : K) : K;
}[keyof Expected];
type Unlisted<Module, Listed> = Exclude<keyof Module, Listed>;
type MethodOf<F> = F extends (x: TensorLike, ...rest: infer R) => infer Y ? (...rest: R) => Y : never;
type Methods<Expected> = { [K in keyof Expected]: MethodOf<Expected[K]> };

// An export without a type here fails by its name.
none<Wrong<typeof ad, TopMethods & Functions>>();
none<Unlisted<typeof ad, keyof TopMethods | keyof Functions | Apart>>();
none<Wrong<typeof linalg, OfMatrices & MatrixFunctions>>();
none<Unlisted<typeof linalg, keyof OfMatrices | keyof MatrixFunctions | Overloaded | Results>>();
none<Wrong<typeof nn, Activations>>();
none<Unlisted<typeof nn, keyof Activations>>();

// Methods are typed as the functions.
none<Wrong<Tensor, Methods<TopMethods>>>();
none<Wrong<Tensor, Methods<OfMatrices>>>();
none<Wrong<Tensor, Methods<Activations>>>();
none<Extract<keyof Tensor, keyof Functions | keyof MatrixFunctions | Apart>>();
