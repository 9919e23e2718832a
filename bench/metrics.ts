/** The figures that engines are compared by. */
export const speedMetric = "emails a minute";
export const cpuMetric = "CPU an email";

/** CPU of one email in some processes. */
export function cpuPartMetric(part: string): string {
  return `${cpuMetric}: ${part}`;
}
