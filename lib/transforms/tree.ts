import { lift } from "../convert.js";
import { flatten, leavesLike, unflatten } from "../core/tree.js";
import type { Cotangent, Liftable, TreeOf } from "../core/tree_types.js";
import { ArgumentError } from "../errors.js";
import { zeros } from "../ops/creation.js";
import { concat } from "../ops/join.js";
import { checkFunction } from "../options.js";
import { showOperand, sizeOf } from "../shape.js";
import { ownHandle, Tensor, type TensorLike } from "../tensor.js";

/**
 * The tree with f applied to every leaf; further trees of the same structure give f further arguments.
 * @example tree.map((x) => x.mul(2), { a: tensor(1) }) // { a: 2 }
 */
export function map<T, L>(
  f: (...leaves: Tensor[]) => L,
  first: T,
  ...rest: TreeOf<T, Liftable>[]
): TreeOf<T, L> {
  checkFunction("tree.map", f);
  const own: Tensor[] = [];
  const definition = flatten("tree.map", first, own);
  const others = rest.map((tree) => leavesLike("tree.map", definition, tree));
  return unflatten(
    definition,
    own.map((x, i) => {
      const y = f(x, ...others.map((list) => list[i]));
      return y instanceof Tensor ? ownHandle(y) : y;
    }),
  ) as TreeOf<T, L>;
}

const itself = (operation: string, leaf: TensorLike): Tensor => {
  const x = lift(operation, leaf);
  return leaf instanceof Tensor ? leaf : x;
};

/** The leaves of a tree in order: its tensors and variables themselves, numbers as tensors. @example tree.leaves({ a: 1, b: [tensor(2)] }).length // 2 */
export function leaves(tree: unknown): Tensor[] {
  const found: Tensor[] = [];
  flatten("tree.leaves", tree, found, itself);
  return found;
}

/**
 * A tree of float tensors of one dtype as one vector, and the way back.
 * @example const [vector, unravel] = tree.ravel({ a: tensor([1, 2]), b: tensor(3) }); vector // [1, 2, 3]
 */
export function ravel<T>(tree: T): [Tensor, (vector: Tensor) => Cotangent<T>] {
  const found: Tensor[] = [];
  const definition = flatten("tree.ravel", tree, found);
  const shapes = found.map((x) => x.shape);
  const total = shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);
  const unravel = (given: Tensor): Cotangent<T> => {
    const vector = lift("tree.ravel", given);
    if (vector.ndim !== 1 || vector.size !== total)
      throw new ArgumentError(
        "tree.ravel",
        `expected a vector of ${total} elements, got ${showOperand(vector)}`,
      );
    let next = 0;
    return unflatten(
      definition,
      shapes.map((shape) => {
        const start = next;
        next += sizeOf(shape);
        return vector.slice([start, next]).reshape(shape);
      }),
    ) as Cotangent<T>;
  };
  const vector = found.length === 0 ? zeros([0]) : concat(found.map((x) => x.reshape([-1])));
  return [vector, unravel];
}
