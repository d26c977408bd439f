import { fork } from "node:child_process";
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import autocannon, { type Result } from "autocannon";
import { describe, expect, test } from "vitest";
import { length, patience } from "./length.js";

const good = [
  { covariance: [[1]] },
  {
    covariance: [
      [1, 0],
      [0, 4],
    ],
  },
  {
    covariance: Array.from({ length: 30 }, (_, i) => Array.from({ length: 30 }, (_, j) => (i === j ? 2 : 1))),
  },
].map((body) => JSON.stringify(body));
const bad = [
  "",
  "[",
  "{}",
  '{"covariance":[[1,2],[3,4]]}',
  '{"covariance":[[1,2],[2,1]]}',
  '{"covariance":[[1e999]]}',
  '{"covariance":[["1"]]}',
  '{"covariance":[[0]]}',
];

/** Sends every body in turn from each of many connections, `requests` of them in all. */
function load(port: number, bodies: readonly string[], requests: number): Promise<Result> {
  return autocannon({
    url: `http://127.0.0.1:${port}`,
    connections: 10,
    amount: requests,
    timeout: 60,
    requests: bodies.map((body) => ({
      method: "POST",
      path: "/minimum-variance",
      headers: { "content-type": "application/json" },
      body,
    })),
  });
}

/** How many requests had each status. */
function statuses({ errors, timeouts, statusCodeStats }: Result): Record<string, number> {
  expect({ errors, timeouts }).toEqual({ errors: 0, timeouts: 0 });
  return Object.fromEntries(Object.entries(statusCodeStats!).map(([status, { count }]) => [status, count!]));
}

describe("the portfolio server under load", () => {
  test("answers good bodies with weights and bad ones with 400", { timeout: patience }, async () => {
    const { portfolioServer } = await import(
      new URL("../../examples/portfolio_server/server.mjs", import.meta.url).href
    );
    const server = (portfolioServer() as Server).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const each = 10 * 20 * length;
    try {
      expect(statuses(await load(port, good, each * good.length))).toEqual({ 200: each * good.length });
      expect(statuses(await load(port, bad, each * bad.length))).toEqual({ 400: each * bad.length });
      const all = [...good, ...bad];
      expect(statuses(await load(port, all, each * all.length))).toEqual({
        200: each * good.length,
        400: each * bad.length,
      });
    } finally {
      server.close();
    }
  });

  test("answers while four decompositions of 500 rows never cease", { timeout: patience }, async () => {
    const child = fork(fileURLToPath(new URL("busy_server.mjs", import.meta.url)));
    const exited = once(child, "exit");
    const [{ port }] = await once(child, "message");
    const all = [good[1]!, bad[3]!];
    const each = 10 * 10 * length;
    const counts = statuses(await load(port, all, each * all.length));
    expect(counts).toEqual({ 200: each, 400: each });
    child.send("stop");
    const [{ decompositions, wrong, p99, max }] = await once(child, "message");
    console.log(
      `event-loop delay while 4 eigh(500) run: p99 ${p99.toFixed(1)} ms, longest ${max.toFixed(1)} ms; ${decompositions} decompositions, ${2 * each} requests`,
    );
    expect(decompositions).toBeGreaterThan(4);
    expect(wrong).toBe(0);
    expect(await exited).toEqual([0, null]);
  });
});
