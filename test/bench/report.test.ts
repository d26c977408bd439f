import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

interface Result {
  adjoint: { median: number };
  peers: { name: string; ratio?: { median: number }; absent?: string }[];
}
interface Row {
  name: string;
  targets: { limit?: number; peer?: string; ratio?: number }[];
  result: Result;
}
interface Targets {
  isRowMet(row: Row): boolean | null;
  conclusion(rows: Row[]): string;
}
interface Page {
  withTables(page: string, tables: string): string;
}
interface Reasons {
  reasons(rows: unknown[]): { name: string; missed: string; why: string }[];
}
interface Markdown {
  performanceTables(report: unknown): string;
}

const file = (name: string): URL => new URL(`../../${name}`, import.meta.url);
const text = (name: string): string => readFileSync(file(name), "utf8");
const load = async (name: string): Promise<unknown> => import(file(`bench/${name}.mjs`).href);
const { isRowMet, conclusion } = (await load("targets")) as Targets;

const row = (targets: Row["targets"], peers: Result["peers"]): Row => ({
  name: "work",
  targets,
  result: { adjoint: { median: 100 }, peers },
});
const torch = (median: number) => ({ name: "PyTorch 2.0", ratio: { median } });

describe("whether a row of the benchmarks is met", () => {
  test("ratios of the same run decide, whatever the limit of another machine", () => {
    const targets = [{ limit: 50 }, { peer: "PyTorch", ratio: 2 }];
    expect(isRowMet(row(targets, [torch(2.5)]))).toBe(true);
    expect(isRowMet(row([{ limit: 150 }, ...targets.slice(1)], [torch(1.5)]))).toBe(false);
  });

  test("all of them must be reached", () => {
    const targets = [
      { peer: "PyTorch", ratio: 2 },
      { peer: "dgemm", ratio: 1 },
    ];
    expect(isRowMet(row(targets, [torch(3), { name: "dgemm", ratio: { median: 0.9 } }]))).toBe(false);
  });

  test("where the peer is absent the limit decides, and nothing where there is none", () => {
    const absent = { name: "PyTorch", absent: "PyTorch is not installed" };
    expect(isRowMet(row([{ limit: 150 }, { peer: "PyTorch", ratio: 2 }], [absent]))).toBe(true);
    expect(isRowMet(row([{ limit: 50 }, { peer: "PyTorch", ratio: 2 }], [absent]))).toBe(false);
    expect(isRowMet(row([{ peer: "PyTorch", ratio: 2 }], [absent]))).toBe(null);
  });

  test("the conclusion counts and names", () => {
    const met = row([{ limit: 150 }], []);
    const unmet = { ...row([{ limit: 50 }], []), name: "other" };
    expect(conclusion([met, unmet, row([], [])])).toBe("1 of 2 rows are met. Not met: other.");
  });
});

describe("the reasons of rows that are not met", () => {
  const peers = [
    { name: "PyTorch 2.0", median: 150, ratio: { median: 1.5 } },
    { name: "dgemm alone", median: 80, ratio: { median: 0.8 } },
  ];
  const targets = [{ limit: 50 }, { peer: "PyTorch", ratio: 2 }];
  const described = { ...row(targets, peers), work: "some work", unit: "time" };

  test("what is missed, the row's words, and what was measured beside, of adjoint and direct calls", async () => {
    const { reasons } = (await load("reasons")) as Reasons;
    expect(reasons([{ ...described, because: "the product is most of it" }])).toEqual([
      {
        name: "work",
        work: "some work",
        missed: "1.50x of 2.00x PyTorch",
        why: "the product is most of it. In this run: dgemm alone 80.0 ns, 80 % of the row",
      },
    ]);
  });

  test("a row without a reason says so, and a row that is met has none", async () => {
    const { reasons } = (await load("reasons")) as Reasons;
    expect(reasons([described])[0].why).toMatch(/^nothing explains it yet/);
    expect(reasons([{ ...described, targets: [{ peer: "PyTorch", ratio: 1 }] }])).toEqual([]);
  });

  test("a limit alone is missed by its value", async () => {
    const { reasons } = (await load("reasons")) as Reasons;
    const [{ missed }] = reasons([{ ...described, targets: [{ limit: 50 }] }]);
    expect(missed).toBe("100 ns of 50.0 ns");
  });
});

test("the tables of docs/performance.md are those of bench/results.json", async () => {
  const { withTables } = (await load("page")) as Page;
  const { performanceTables } = (await load("markdown")) as Markdown;
  const page = text("docs/performance.md");
  expect(withTables(page, performanceTables(JSON.parse(text("bench/results.json"))))).toBe(page);
});
