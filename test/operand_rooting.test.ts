import type { Tensor } from "adjoint";
import { expect, test } from "vitest";
import { addon } from "./addon.js";

/**
 * Native code receives addresses in a frame. What keeps their memory alive until it returns is that the tensors
 * travel as arguments, which this test reads where the addon does not. The spies stand before the library loads.
 */
const { execute, addressOf } = addon;
const frame = new Float64Array(addon.frame);
const buffers = new Map<number, number>();
const faults = new Set<string>();
let instructions = 0;

const withinKnownMemory = (address: number): boolean =>
  [...buffers].some(([start, bytes]) => address >= start && address < start + bytes);

/** The addresses of the instruction in the frame: operands follow the extents, and the rest of the frame is 0. */
function operandAddresses(): number[] {
  // A flat instruction has one extent and no strides.
  const [extents, strides] = frame[9] === -1 ? [1, 0] : [frame[9], frame[9]];
  const found: number[] = [];
  for (let slot = 10 + extents; slot < frame.length && withinKnownMemory(frame[slot]); slot += 3 + strides)
    found.push(frame[slot]);
  return found;
}

function tensorsIn(value: unknown): { storage: { address: number } | null }[] {
  if (Array.isArray(value)) return value.flatMap(tensorsIn);
  const isTensor = typeof value === "object" && value !== null && "storage" in value;
  return isTensor ? [value as { storage: { address: number } }] : [];
}

Object.assign(addon, {
  addressOf(buffer: ArrayBuffer) {
    const address = addressOf(buffer);
    buffers.set(address, buffer.byteLength);
    return address;
  },
  execute(a: unknown, b: unknown, c: unknown, d: unknown) {
    instructions++;
    const addresses = operandAddresses();
    const passed = new Set([a, b, c, d].flatMap(tensorsIn).map((x) => x.storage?.address));
    const name = addon.kernels[frame[8]];
    if (addresses.length === 0) faults.add(`${name}: no operand`);
    for (const address of addresses)
      if (!passed.has(address)) faults.add(`${name}: an operand is not passed`);
    execute(a, b, c, d);
    frame.fill(0, 8);
  },
});
const ad = await import("adjoint");
const { generalMatrices, positiveMatrices, randomTensor } = await import("./random_values.js");

test("the tensors whose addresses stand in the frame are arguments of the call", () => {
  const { linalg, nn } = ad;
  const x = randomTensor([3, 4], 1, 0.5, 0.9);
  const y = randomTensor([4], 2, 0.5, 0.9);
  const symmetric = positiveMatrices([2], 3, 3);
  const general = generalMatrices([2], 3, 4);
  const right = randomTensor([2, 3, 2], 5);
  const losses: ((x: Tensor) => Tensor)[] = [
    (z) => z.exp().log().sin().cos().tanh().sqrt().sum(),
    (z) => z.add(y).sub(1).mul(y).div(2).pow(y).sum(),
    (z) => ad.where(z.greater(y), z, y).maximum(0.6).minimum(z).sum(),
    (z) => z.T.reshape([2, 6]).slice(1, [null, null, -2]).sum(),
    (z) => ad.concat([z, z.flip()], 1).tril().max(0).logsumexp(),
    (z) => ad.einsum("ij,kj->ik", z, z).diagonal().diag().sum(),
    (z) => nn.softmax(z).matmul(y).cast("float32").cast("float64").variance(),
  ];
  for (const loss of losses) ad.grad(loss)(x);
  const factorised: ((a: Tensor) => Tensor)[] = [
    (a) => linalg.inv(a).sum(),
    (a) => linalg.solve(a, right).sum(),
    (a) => linalg.det(a).sum().add(linalg.slogdet(a).logAbsDet.sum()),
    (a) =>
      linalg
        .svd(a)
        .s.sum()
        .add(linalg.svd(a).u.square().slice(0, 0, 0)),
    (a) => linalg.eigh(a).vectors.square().slice(0, 0, 0).add(linalg.eigvalsh(a).sum()),
    (a) => linalg.solveTriangular(a, right).sum(),
  ];
  for (const loss of factorised) ad.grad(loss)(general);
  ad.grad((a: Tensor) => linalg.cholesky(a).sum())(symmetric);
  ad.grad((a: Tensor) => linalg.solve(a, right, { assume: "positive" }).sum())(symmetric);
  linalg.eigvalsh(general);
  linalg.svdvals(general);
  ad.variable(x.T).assign(y.expandDims(1).broadcastTo([4, 3]));
  x.T.toTypedArray();
  expect(instructions).toBeGreaterThan(200);
  expect([...faults]).toEqual([]);
});
