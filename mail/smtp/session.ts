import type { OutgoingMessage } from "../../activities/delivery-ports.js";
import type { SendOutcome, SmtpReply } from "../../domain/outcome.js";

/** A message that waits for a connection or is on one. */
export interface Job {
  message: OutgoingMessage;
  settle(outcome: SendOutcome): void;
}

/** Where a session gets its messages from. */
export interface Jobs {
  /** The next one; undefined when none waits, or when this connection has carried as many as it may. */
  take(): Job | undefined;
  /** One of which not an octet of the message left and to which the server answered nothing: another connection takes it. */
  giveBack(job: Job): void;
}

/** One authenticated SMTP connection. */
export interface SmtpSession {
  /** False once the connection can carry no further message. */
  usable(): boolean;
  /** Carries messages until there are no more, or until the connection ends. Resolves when none is on the wire. */
  carry(jobs: Jobs): Promise<void>;
  /** Ends the session with QUIT. Only while no message is on the wire. */
  quit(): void;
}

/** Why no session could be had. */
export interface SessionFailure {
  reply?: SmtpReply;
  /** Error code of the network or of nodemailer: `ESOCKET`, `ETIMEDOUT`, `ETLS`, `EAUTH`, … */
  code: string;
  /** What to correct, where it is known. */
  why?: string;
}

/** Milliseconds a server may take to answer RSET and QUIT, on which no message depends. */
export const courtesyTimeoutMs = 5_000;
