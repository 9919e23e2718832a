/** How a server lets somebody into a mailbox. */
export interface ImapAccess {
  host: string;
  port: number;
  /** TLS from the first octet; else STARTTLS, without which nothing is read. */
  secure: boolean;
  user: string;
  password: string;
  /** PEM of the authority that signed the server's certificate; absent: those that Node knows. */
  ca?: Buffer | string;
}

/** A folder of a mailbox that mail comes back to. */
export interface ImapMailbox extends ImapAccess {
  folder: string;
  /** Where messages go when they are stored; absent: they stay, marked. */
  moveTo?: string;
}

const form = "imaps://user:password@host/folder";

/** `imaps://user:password@host:993/INBOX?move=Processed`; user and password are percent-encoded where they must be. */
export function parseImapUrl(text: string): ImapMailbox | { problem: string } {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !["imaps:", "imap:"].includes(url.protocol) || url.hostname === "")
    return { problem: `must be ${form}, or imap:// for STARTTLS` };
  if (url.username === "" || url.password === "") return { problem: `must name user and password: ${form}` };
  const secure = url.protocol === "imaps:";
  try {
    const folder = decodeURIComponent(url.pathname.slice(1));
    const moveTo = url.searchParams.get("move");
    return {
      host: url.hostname.replace(/^\[|\]$/g, ""),
      port: url.port === "" ? (secure ? 993 : 143) : Number(url.port),
      secure,
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      folder: folder === "" ? "INBOX" : folder,
      ...(moveTo !== null && moveTo !== "" && { moveTo }),
    };
  } catch {
    return { problem: "has a % that encodes nothing; write a percent sign as %25" };
  }
}
