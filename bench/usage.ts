import { readdir, readFile } from "node:fs/promises";

/** USER_HZ: `/proc` counts in hundredths of a second on every Linux that Node runs on. */
const ticksPerSecond = 100;

interface Stat {
  pid: number;
  parent: number;
  /** Its own and its ended children's, in ticks. */
  ticks: number;
}

/** CPU seconds of some process trees, as `/proc` knows them at this moment. Null on systems without it. */
export async function cpuSeconds(pids: readonly number[]): Promise<number | null> {
  const stats = await readStats();
  if (stats === null) return null;
  const wanted = new Set(pids);
  // Children come after their parents only mostly: repeated until nobody is added.
  for (let before = -1; before !== wanted.size;) {
    before = wanted.size;
    for (const { pid, parent } of stats) if (wanted.has(parent)) wanted.add(pid);
  }
  const ticks = stats.reduce((sum, stat) => (wanted.has(stat.pid) ? sum + stat.ticks : sum), 0);
  return ticks / ticksPerSecond;
}

/** The most memory a process had resident so far, in MB; null when it is gone or there is no `/proc`. */
export async function peakRssMb(pid: number): Promise<number | null> {
  return statusMb(pid, "VmHWM");
}

async function statusMb(pid: number, field: string): Promise<number | null> {
  const text = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1];
  return kilobytes === undefined ? null : Math.round(Number(kilobytes) / 1024);
}

async function readStats(): Promise<Stat[] | null> {
  const names = await readdir("/proc").catch(() => null);
  if (names === null) return null;
  const pids = names.filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(pids.map((pid) => readStat(Number(pid))));
  return stats.filter((stat) => stat !== null);
}

async function readStat(pid: number): Promise<Stat | null> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  if (text === null) return null;
  // The name, in parentheses, may hold blanks; what follows begins with field 3.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [utime, stime, childUtime, childStime] = fields.slice(11, 15).map(Number);
  return {
    pid,
    parent: Number(fields[1]),
    ticks: (utime ?? 0) + (stime ?? 0) + (childUtime ?? 0) + (childStime ?? 0),
  };
}
