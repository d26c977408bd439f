import { existsSync, readFileSync } from "node:fs";

/** The most memory that was ever resident in this process, in bytes. */
export function peakResident() {
  const status = "/proc/self/status";
  // What getrusage says includes the parent's memory at the time of the fork.
  const line = existsSync(status) && /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(status, "utf8"));
  return 1024 * (line ? Number(line[1]) : process.resourceUsage().maxRSS);
}
