import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { problemKindInfo } from "@arethetypeswrong/core/problems";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Packed, packAndInstall } from "./packed.js";

let packed: Packed;
let tarball: Uint8Array<ArrayBuffer>;
beforeAll(() => {
  packed = packAndInstall();
  const name = readdirSync(packed.project).find((file) => file.endsWith(".tgz")) as string;
  tarball = new Uint8Array(readFileSync(join(packed.project, name)));
}, 600_000);
afterAll(() => packed?.remove());

test("publint has nothing to say", async () => {
  const { messages, pkg } = await publint({ pack: { tarball: tarball.buffer }, strict: true });
  expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
});

test("types resolve to what runs, in every module system", async () => {
  const result = await checkPackage(createPackageFromTarballData(tarball));
  if (!result.types) throw new Error("no types were found");
  expect(
    result.problems.map((problem) => `${problemKindInfo[problem.kind].title}: ${JSON.stringify(problem)}`),
  ).toEqual([]);
});
