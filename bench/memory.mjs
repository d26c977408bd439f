import { existsSync, readFileSync, writeFileSync } from "node:fs";

const status = "/proc/self/status";

function field(name) {
  const line = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(readFileSync(status, "utf8"));
  return 1024 * Number(line[1]);
}

/** The most memory that was ever resident in this process, in bytes. */
export function peakResident() {
  // What getrusage says includes the parent's memory at the time of the fork.
  return existsSync(status) ? field("VmHWM") : process.resourceUsage().maxRSS * 1024;
}

/** How far the resident memory rises above where it is while `work` is called some times, in bytes; Linux only. */
export async function peakGrowth(work, times) {
  writeFileSync("/proc/self/clear_refs", "5"); // the peak begins anew
  const before = field("VmRSS");
  for (let i = 0; i < times; i++) await work();
  return field("VmHWM") - before;
}
