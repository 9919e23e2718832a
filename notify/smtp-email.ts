import { createTransport } from "nodemailer";
import type { EmailPort } from "../activities/notification-ports.js";
import { deferred, ended, noAnswer } from "./reason.js";

export interface SmtpEmailOptions {
  /** `smtp://user:password@host:587` or `smtps://…`. */
  url: string;
  from: string;
  /** PEM of an authority of one's own. */
  ca?: Buffer | undefined;
}

const connections = 4;

/** Straight to a server for mail, past every queue and limit of Floe's own. A repeat has the same Message-ID. */
export function createSmtpEmail({ url, from, ca }: SmtpEmailOptions): EmailPort {
  const transport = createTransport(
    {
      ...{ url, pool: true, maxConnections: connections },
      ...{ connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 },
      ...(ca && { tls: { ca } }),
    },
    { from: { name: "Floe", address: from } },
  );
  return {
    async send({ messageId, to, subject, text, html }) {
      const domain = from.slice(from.lastIndexOf("@") + 1);
      try {
        const { response } = await transport.sendMail({
          ...{ to, subject, text, html, messageId: `<${messageId}@${domain}>` },
          // RFC 3834, 5: nobody's out-of-office answers it.
          headers: { "Auto-Submitted": "auto-generated" },
        });
        return { kind: "accepted", providerId: response.slice(0, 200) };
      } catch (error) {
        const { responseCode: status } = error as { responseCode?: number };
        if (status === undefined) return noAnswer("The mail server", error);
        const detail = `The mail server answered ${status}.`;
        return status >= 500 ? ended("rejected", detail, status) : deferred(detail, { status });
      }
    },
    close: async () => transport.close(),
  };
}
