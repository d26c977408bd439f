export { matrixFunction } from "../../transforms/matrix_function.js";
export { diagonal, trace } from "../diagonal.js";
export { matrixTranspose } from "../reshape.js";
export { type CholeskyOptions, cholesky, choleskySolve } from "./cholesky.js";
export { cond, type MatrixRankOptions, matrixRank } from "./condition.js";
export type { OnFailure, Triangle } from "./conventions.js";
export { det, type SlogdetOptions, SlogdetResult, slogdet } from "./determinant.js";
export { type EigOptions, EigResult, eig, eigvals } from "./eig.js";
export { type EighOptions, EighResult, eigh, eigvalsh } from "./eigh.js";
export { type ExpmOptions, expm } from "./expm.js";
export { type InverseOptions, inv } from "./inverse.js";
export { type LogmOptions, logm } from "./logm.js";
export { LstsqResult, lstsq } from "./lstsq.js";
export { type LuOptions, LuResult, lu } from "./lu.js";
export { matmul, outer } from "./matmul.js";
export { matrixPower } from "./matrix_power.js";
export { type MatrixNormOptions, matrixNorm, type VectorNormOptions, vectorNorm } from "./norm.js";
export { type PolarOptions, PolarResult, polar } from "./polar.js";
export { cross, kron, multiDot, tensordot, vecdot } from "./products.js";
export { type PseudoInverseOptions, pinv } from "./pseudo_inverse.js";
export { type QrMode, type QrOptions, QrResult, qr, TriangleOfQrResult } from "./qr.js";
export { kyFanNorm, schattenNorm } from "./singular_norms.js";
export { type SolveOptions, solve } from "./solve.js";
export {
  type EigenvalueRange,
  eigSum,
  type SpectralProjectorOptions,
  spectralProjector,
} from "./spectral_projector.js";
export { type SqrtmOptions, sqrtm } from "./sqrtm.js";
export { type SvdOptions, SvdResult, svd, svdvals } from "./svd.js";
export { lyapunov, type SylvesterOptions, sylvester } from "./sylvester.js";
export { invSqrtm, powm, type SymmetricOptions } from "./symmetric_function.js";
export { solveTriangular, type TriangularOptions } from "./triangular.js";
export { unvech, vech } from "./vech.js";
