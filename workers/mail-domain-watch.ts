import type { Logger } from "pino";
import type { MailDomainStore } from "../db/mail-domains.js";
import type { MailServers } from "../dns/mail-servers.js";
import { providerOfMailServers } from "../domain/provider-shaping.js";
import { keepLooking } from "./keep-looking.js";

export interface MailDomainWatch {
  domains: Pick<MailDomainStore, "claimMailDomains" | "recordMailDomains" | "forgetMailDomains">;
  mailServersOf: (domain: string) => Promise<MailServers>;
  /** False: what was learned before is forgotten, and nothing is asked. */
  enabled: boolean;
  /** Told of each look: somebody known runs the mailboxes, nobody known does, no such domain, nobody answered. */
  onLooked: (answer: "known" | "unknown" | "absent" | "failed") => void;
  log: Logger;
}

/** Domains looked up at the same time. */
const atOnce = 50;
const idleMs = 1_000;
const busyMs = 50;

/** Looks up the mail servers of the domains that mail goes to, beside the sending. */
export function keepMailDomains(watch: MailDomainWatch): ReturnType<typeof keepLooking> {
  const { domains, enabled, log } = watch;
  let waitMs = idleMs;
  const look = async (): Promise<void> => {
    if (!enabled) {
      await domains.forgetMailDomains();
      waitMs = 24 * 3_600_000;
      return;
    }
    const claimed = await domains.claimMailDomains(atOnce);
    waitMs = claimed.length === atOnce ? busyMs : idleMs;
    if (claimed.length === 0) return;
    await domains.recordMailDomains(await Promise.all(claimed.map((domain) => lookAt(watch, domain))));
  };
  return keepLooking({ look, waitMs: () => waitMs, log, event: "mail_domains.not_looked_up" });
}

async function lookAt({ mailServersOf, onLooked }: MailDomainWatch, domain: string) {
  const answer = await mailServersOf(domain);
  if (answer.kind !== "servers") {
    onLooked(answer.kind);
    return { domain, found: answer };
  }
  const mailboxProvider = providerOfMailServers(answer.hosts);
  onLooked(mailboxProvider === null ? "unknown" : "known");
  return { domain, found: { kind: "servers" as const, mailboxProvider } };
}
