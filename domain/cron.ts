interface CronField {
  name: string;
  min: number;
  max: number;
  /** Instead of numbers, from `min`. */
  names: string[];
}

const months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const fields: CronField[] = [
  { name: "minute", min: 0, max: 59, names: [] },
  { name: "hour", min: 0, max: 23, names: [] },
  { name: "day of the month", min: 1, max: 31, names: [] },
  { name: "month", min: 1, max: 12, names: months },
  { name: "day of the week", min: 0, max: 7, names: weekdays },
];

/** @returns what is wrong with a cron expression of five fields (lists, ranges and steps, as crontab(5) has them), or null. */
export function checkCron(cron: string): string | null {
  const parts = cron.trim().split(/\s+/);
  if (parts.length !== fields.length)
    return "must have five fields: minute, hour, day of the month, month, day of the week; such as 0 9 * * 1";
  for (const [i, field] of fields.entries()) {
    const wrong = (parts[i] ?? "").split(",").find((part) => !isPart(part, field));
    if (wrong !== undefined) return `has no such ${field.name}: ${wrong || "nothing"}`;
  }
  return null;
}

/** `*`, `5`, `1-5`, `MON-FRI`, each with a step: `*` + `/15`. */
function isPart(part: string, field: CronField): boolean {
  const [range = "", step, ...rest] = part.split("/");
  if (rest.length > 0 || (step !== undefined && !/^[1-9]\d{0,2}$/.test(step))) return false;
  if (range === "*") return true;
  const bounds = range.split("-").map((bound) => numberOf(bound, field));
  const [first = -1, last = first] = bounds;
  return bounds.length <= 2 && first >= field.min && last <= field.max && first <= last;
}

function numberOf(text: string, { min, names }: CronField): number {
  const named = names.indexOf(text.toUpperCase());
  if (named !== -1) return min + named;
  return /^\d{1,2}$/.test(text) ? Number(text) : -1;
}
