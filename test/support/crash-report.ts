import type { Account } from "./crash-account.js";

/** One line of the table that the crash tests print at their end. */
export interface CrashFigures {
  what: string;
  /** Messages the SMTP server had taken at each fault. */
  at: number[];
  /** Recipients announced without an answer at each fault, where that could be read. */
  inDoubt: number[];
  account: Account;
  seconds: number;
}

export function crashTable(rows: CrashFigures[]): string {
  const head = ["fault", "hit at n sent", "in doubt", "sent", "lost", "twice", "flagged", "s"];
  const lines = rows.map(({ what, at, inDoubt, account, seconds }) => [
    what,
    at.join(", "),
    inDoubt.join(", "),
    String(account.counts.sent ?? 0),
    String(account.lost.length),
    String(account.duplicates.length),
    String(account.flagged.length),
    seconds.toFixed(0),
  ]);
  const widths = head.map((title, i) => Math.max(title.length, ...lines.map((line) => line[i]?.length ?? 0)));
  const print = (line: string[]) => line.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ");
  return [print(head), ...lines.map(print)].join("\n");
}
