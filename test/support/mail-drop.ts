import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";
import type { ImapServer } from "./imap-server.js";

export interface DroppedMessage {
  /** Before the @. */
  to: string;
  folder: "INBOX" | "Junk";
  raw: string;
}

/** The mail servers of some mailboxes: whatever they take lies in the mailbox afterwards, every third message in junk. */
export interface MailDrop {
  port: number;
  /** In the order in which it came. */
  delivered: DroppedMessage[];
  close(): Promise<void>;
}

export async function startMailDrop(imap: ImapServer): Promise<MailDrop> {
  const delivered: DroppedMessage[] = [];
  const server = new SMTPServer({
    ...{ authOptional: true, disabledCommands: ["STARTTLS", "AUTH"] },
    onData(stream, session, done) {
      const parts: Buffer[] = [];
      stream.on("data", (part: Buffer) => parts.push(part));
      stream.on("end", () => {
        const raw = Buffer.concat(parts).toString();
        const to = session.envelope.rcptTo[0]?.address.split("@")[0] ?? "";
        const folder = delivered.length % 3 === 0 ? "Junk" : "INBOX";
        delivered.push({ to, folder, raw });
        imap.deliver(to, raw, folder).then(() => done(), done);
      });
    },
  });
  // Whoever is killed breaks its connection.
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  return {
    ...{ delivered, port: (server.server.address() as AddressInfo).port },
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
