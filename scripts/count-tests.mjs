// Prints "N passed, N failed" from vitest's JSON report. A test file that could not even run counts as one failure.
import { readFileSync } from "node:fs";

const report = JSON.parse(readFileSync(process.argv[2], "utf8"));
const broken = report.testResults.filter(
  (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
).length;
const skipped = report.numPendingTests + report.numTodoTests;
const failed = report.numFailedTests + broken;
process.stdout.write(
  `${report.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`,
);
process.exitCode = failed === 0 && report.success ? 0 : 1;
