/** What cleanup removes when it is old; the names are those of the configuration. */
export const retainedThings = [
  "ledger",
  "events",
  "emails",
  "imports",
  "exports",
  "dead-letters",
  "graphs",
  "webhooks",
  "reports",
  "returned",
  "dmarc",
  "trends",
  "files",
] as const;
export type Retained = (typeof retainedThings)[number];

/** Days; null: kept for ever. */
export type Retention = Record<Retained, number | null>;

export const defaultRetention: Retention = {
  ledger: 400,
  events: 400,
  emails: 90,
  imports: 90,
  exports: 90,
  "dead-letters": 90,
  graphs: 90,
  webhooks: 30,
  reports: 30,
  returned: 30,
  dmarc: 400,
  trends: 400,
  files: 7,
};

const longestDays = 36_500;

/** `ledger=730,emails=30,files=off`: what is not named keeps its default. */
export function parseRetention(text: string): Retention | { problem: string } {
  const retention = { ...defaultRetention };
  for (const part of text.split(",").map((piece) => piece.trim())) {
    if (part === "") continue;
    const [name = "", value = ""] = part.split("=").map((piece) => piece.trim());
    if (!isRetained(name)) {
      return { problem: `names ${name}, which is none of ${retainedThings.join(", ")}` };
    }
    const days = value === "off" ? null : Number(value);
    if (days !== null && !(Number.isInteger(days) && days >= 1 && days <= longestDays)) {
      return { problem: `must give ${name} whole days from 1 to ${longestDays}, or off` };
    }
    retention[name] = days;
  }
  return retention;
}

function isRetained(name: string): name is Retained {
  return (retainedThings as readonly string[]).includes(name);
}
