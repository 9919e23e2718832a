/** The receiving side: who runs the mailbox. Limits and adaptive rates are kept per mailbox provider. */
const byDomain: Record<string, string> = {
  "gmail.com": "gmail",
  "googlemail.com": "gmail",
  "outlook.com": "outlook",
  "hotmail.com": "outlook",
  "live.com": "outlook",
  "msn.com": "outlook",
  "yahoo.com": "yahoo",
  "ymail.com": "yahoo",
  "aol.com": "yahoo",
  "icloud.com": "apple",
  "me.com": "apple",
  "mac.com": "apple",
  "gmx.de": "gmx",
  "gmx.net": "gmx",
  "web.de": "gmx",
  "orange.fr": "orange",
  "wanadoo.fr": "orange",
};

/** @param domain lower-case domain of an address; unknown ones share `other`. */
export function mailboxProvider(domain: string): string {
  return byDomain[domain] ?? "other";
}
