const whole = new Intl.NumberFormat("en");
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });

/** `1,234,567`. */
export function count(value: number): string {
  return whole.format(value);
}

/** `1.2M`: where there is no room for all of it. */
export function shortCount(value: number): string {
  return compact.format(value);
}

/** @param part of 1 */
export function share(part: number): string {
  return percent.format(part);
}

/** Of a part of a whole; nothing of nothing is nothing. */
export function shareOf(part: number, all: number): string {
  return share(all === 0 ? 0 : part / all);
}

/** `3 min 20 s`, at most two units. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const s = Math.round(ms / 1_000);
  if (s < 60) return ms < 10_000 ? `${(ms / 1_000).toFixed(1)} s` : `${s} s`;
  const steps: [string, number][] = [
    ["d", 86_400],
    ["h", 3_600],
    ["min", 60],
    ["s", 1],
  ];
  let left = s;
  const parts = steps.flatMap(([name, seconds]) => {
    const of = Math.floor(left / seconds);
    left -= of * seconds;
    return of > 0 ? [`${of} ${name}`] : [];
  });
  return parts.slice(0, 2).join(" ");
}

/** `1.4 MB`. */
export function bytes(value: number): string {
  const names = ["B", "kB", "MB", "GB", "TB"];
  const power = value < 1_000 ? 0 : Math.min(names.length - 1, Math.floor(Math.log10(value) / 3));
  const scaled = value / 1_000 ** power;
  return `${power === 0 ? scaled : scaled.toFixed(1)} ${names[power] ?? ""}`;
}

/** A figure that stands under others like it. */
export function Count({ value }: { value: number | null | undefined }) {
  return <span className="floe-number">{value === null || value === undefined ? "—" : count(value)}</span>;
}
