import { isIP } from "node:net";
import { ImapFlow } from "imapflow";
import type { ImapAccess } from "../domain/imap-mailbox.js";

/** A connection to be, never without TLS. @param patienceMs until it is made; absent: what is usual */
export function createImapClient(
  { host, port, secure, user, password, ca }: ImapAccess,
  patienceMs?: number,
): ImapFlow {
  return new ImapFlow({
    ...{ host, port, secure, logger: false, autoIdleDelay: 1_000 },
    ...(patienceMs !== undefined && { connectionTimeout: patienceMs, greetingTimeout: patienceMs }),
    // Without TLS the password would be anybody's who listens.
    ...(!secure && { doSTARTTLS: true }),
    tls: { minVersion: "TLSv1.2", ...(ca && { ca }), ...(isIP(host) === 0 && { servername: host }) },
    auth: { user, pass: password },
  });
}
