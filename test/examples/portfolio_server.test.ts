import { once } from "node:events";
import type { Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { positiveMatrices } from "../random_values.js";

interface Answer {
  readonly weights: number[];
  readonly variance: number;
  readonly sensitivities: number[][];
}

let server: Server;
let port: number;
const url = (): string => `http://127.0.0.1:${port}/minimum-variance`;
beforeAll(async () => {
  const { portfolioServer } = await import(
    new URL("../../examples/portfolio_server/server.mjs", import.meta.url).href
  );
  server = (portfolioServer() as Server).listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
});
afterAll(() => void server.close());

const post = (body: string): Promise<Response> => fetch(url(), { method: "POST", body });
async function analysed(covariance: number[][]): Promise<Answer> {
  const response = await post(JSON.stringify({ covariance }));
  expect(response.status).toBe(200);
  return (await response.json()) as Answer;
}
function expectNumbers(found: readonly number[], expected: readonly number[], tolerance = 1e-13): void {
  expect(found).toHaveLength(expected.length);
  for (const [i, x] of found.entries()) expect(Math.abs(x - expected[i])).toBeLessThanOrEqual(tolerance);
}

describe("what comes back", () => {
  test("two uncorrelated assets: each weight is the other's share of the variance", async () => {
    const { weights, variance, sensitivities } = await analysed([
      [1, 0],
      [0, 4],
    ]);
    expectNumbers(weights, [0.8, 0.2]);
    expectNumbers([variance], [0.8]);
    expectNumbers(sensitivities.flat(), [-0.16, 0.04, 0.16, -0.04]);
  });

  test("sensitivities are the differences of the weights, and their columns sum to 0", async () => {
    const symmetric = positiveMatrices([], 6, 3);
    const covariance = symmetric.add(symmetric.mT).div(2).toArray() as number[][];
    const { weights, sensitivities } = await analysed(covariance);
    expectNumbers([weights.reduce((a, b) => a + b)], [1]);
    const step = 1e-5;
    for (const j of covariance.keys()) {
      const moved = (by: number): number[][] =>
        covariance.map((row, r) => row.map((c, k) => (r === j && k === j ? c + by : c)));
      const ahead = (await analysed(moved(step))).weights;
      const behind = (await analysed(moved(-step))).weights;
      const column = sensitivities.map((row) => row[j]);
      expectNumbers(
        column,
        ahead.map((w, i) => (w - behind[i]) / (2 * step)),
        1e-9,
      );
      expectNumbers([column.reduce((a, b) => a + b)], [0]);
    }
  });

  test("many sizes at once", async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) => {
        const n = 1 + (i % 10);
        return analysed(
          Array.from({ length: n }, (_, r) => Array.from({ length: n }, (_, c) => (r === c ? 2 : 0))),
        );
      }),
    );
    for (const { weights } of answers)
      expectNumbers(
        weights,
        weights.map(() => 1 / weights.length),
      );
  });
});

test.each([
  ["no JSON", "[", 400, /not JSON/],
  ["no covariance", "{}", 400, /expected \{ "covariance"/],
  ["null", "null", 400, /expected \{ "covariance"/],
  ["no assets", '{"covariance":[]}', 400, /1 to 200 assets, got 0/],
  ["too many assets", JSON.stringify({ covariance: Array(201).fill([1]) }), 400, /1 to 200 assets, got 201/],
  [
    "ragged rows",
    '{"covariance":[[1,0],[0]]}',
    400,
    /ragged nested array: expected 2 entries at \[1\], got 1/,
  ],
  ["text", '{"covariance":[["a"]]}', 400, /got "a" at \[0\]\[0\]/],
  ["a gap", '{"covariance":[[1,null],[null,1]]}', 400, /got null at \[0\]\[1\]/],
  ["a vector", '{"covariance":[1,2]}', 400, /square matrix, got shape \[2\]/],
  ["a batch", '{"covariance":[[[1]]]}', 400, /square matrix, got shape \[1,1,1\]/],
  ["beyond float64", '{"covariance":[[1e999]]}', 400, /beyond float64/],
  ["asymmetric", '{"covariance":[[1,2],[3,4]]}', 400, /not symmetric/],
  ["indefinite", '{"covariance":[[1,2],[2,1]]}', 400, /not positive definite/],
  ["no variance", '{"covariance":[[0]]}', 400, /not positive definite/],
  ["too long", " ".repeat((1 << 20) + 1), 413, /larger than 1048576 bytes/],
])("%s is refused", async (_, body, status, message) => {
  const response = await post(body);
  expect(response.status).toBe(status);
  expect(((await response.json()) as { error: string }).error).toMatch(message);
});

test("other paths and methods are refused", async () => {
  expect((await fetch(url())).status).toBe(405);
  expect((await fetch(`${url()}s`, { method: "POST" })).status).toBe(404);
});

test("a client that leaves in the middle does no harm", async () => {
  const body = JSON.stringify({ covariance: [[1]] });
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.write(`POST /minimum-variance HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  socket.destroy();
  expectNumbers((await analysed([[2]])).weights, [1]);
});
