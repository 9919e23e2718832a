/** What begins a formula, also in full width: https://owasp.org/www-community/attacks/CSV_Injection */
export const formulaStarts = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"] as const;

/**
 * One line of a CSV file (RFC 4180).
 * @param raw true: for programs. False: a value that a spreadsheet would run as a formula gets an apostrophe before it.
 */
export function formatCsvRow(values: readonly string[], { raw = false } = {}): string {
  return `${values.map((value) => quote(raw ? value : neutral(value))).join(",")}\n`;
}

function neutral(value: string): string {
  return formulaStarts.some((start) => value.startsWith(start)) ? `'${value}` : value;
}

function quote(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
