import type { MaybeTensor, Rules } from "../../core/primitive.js";
import type { Tensor } from "../../tensor.js";
import { eye } from "../creation.js";

/** What a function of the matrix A shares with its derivatives: nothing, or A's Schur form. */
export type Shared = readonly Tensor[];

/** [[D, E], [0, D]] for matrices [..., n, n]; E may be left out. */
export function blocks(d: Tensor, e: MaybeTensor): Tensor {
  const { dtype } = d;
  const diagonal = eye(2, { dtype }).kron(d);
  return e ? diagonal.add(eye(2, { k: 1, dtype }).kron(e)) : diagonal;
}

const quarter = (x: Tensor, column: 0 | 1): Tensor => {
  const n = x.shape[x.ndim - 1] / 2;
  return x.slice("...", [0, n], [column * n, (column + 1) * n]);
};

/**
 * The rules of L(A, E), the derivative of a function of A along E, in terms of L itself at twice the order.
 *
 * The derivative of L(A, E) by A along F is the upper right block of L([[A, F], [0, A]], [[E, 0], [0, E]]), whose
 * diagonal blocks are L(A, E) (Higham and Relton 2014, "Higher order Fréchet derivatives of matrix functions and the
 * level-2 condition number", theorem 3.5). It is symmetric in E and F, and the adjoint of L(A, ·) is L(A, ·ᴴ)ᴴ.
 *
 * @param along L, where `shared` comes with A
 * @param enlarge what [[A, F], [0, A]] shares
 */
export function rulesAlong<P>(
  along: (a: Tensor, e: Tensor, shared: Shared, params: P) => Tensor,
  enlarge: (shared: Shared, f: Tensor) => Shared,
): Pick<Rules<string, P>, "vjp" | "jvp"> {
  return {
    vjp([g], [a, e, ...rest], [wantsA], params) {
      const shared = rest.slice(0, -1);
      if (!wantsA) return [null, along(a, g!.mH, shared, params).mH];
      const both = along(blocks(a, e), blocks(g!.mH, null), enlarge(shared, e), params);
      return [quarter(both, 1).mH, quarter(both, 0).mH];
    },
    jvp([da, de], [a, e, ...rest], params) {
      const shared = rest.slice(0, -1);
      if (!da) return [de && along(a, de, shared, params)];
      return [quarter(along(blocks(a, da), blocks(e, de), enlarge(shared, da), params), 1)];
    },
  };
}
