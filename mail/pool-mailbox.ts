import type { FetchMessageObject, ImapFlow } from "imapflow";
import PostalMime from "postal-mime";
import type {
  MailboxCheck,
  Placement,
  PoolMailbox,
  PoolMailboxes,
  Visited,
} from "../activities/warmup-pool-ports.js";
import type { ImapAccess } from "../domain/imap-mailbox.js";
import { createImapClient } from "./imap-client.js";
import { imapProblem } from "./imap-problem.js";

const inbox = "INBOX";
/** A server that does not even greet. */
const patienceMs = 15_000;
/** Of a message, to find its link in. */
const readBytes = 200_000;

/** Mailboxes by IMAP. Every look is for a Message-ID, and every change is to what was found by one. */
export function createPoolMailboxes(): PoolMailboxes {
  return {
    check: (access) =>
      connected(access, async (_client, junkFolder) => ({ problem: null, junkFolder })).then(toCheck),
    visit: (access, work) => connected(access, (client, junk) => work(mailboxOf(client, junk))),
  };
}

function toCheck(visited: Visited<MailboxCheck>): MailboxCheck {
  return visited.kind === "away" ? { problem: visited.problem, junkFolder: null } : visited.value;
}

/** What keeps it from being read is a value; what `work` throws is thrown. */
async function connected<T>(
  access: ImapAccess,
  work: (client: ImapFlow, junkFolder: string | null) => Promise<T>,
): Promise<Visited<T>> {
  const client = createImapClient(access, patienceMs);
  // Without a listener a connection that breaks would end the process; whoever waits for it hears of it anyway.
  client.on("error", () => undefined);
  try {
    let junkFolder;
    try {
      await client.connect();
      await client.mailboxOpen(inbox);
      junkFolder = await findJunk(client);
    } catch (error) {
      return { kind: "away", problem: imapProblem(error) };
    }
    return { kind: "done", value: await work(client, junkFolder) };
  } finally {
    client.close();
  }
}

/** RFC 6154: \Junk; where a server does not say, by the names that are usual. */
async function findJunk(client: ImapFlow): Promise<string | null> {
  const folders = await client.list();
  return folders.find(({ specialUse }) => specialUse === "\\Junk")?.path ?? null;
}

interface Found {
  placement: Placement;
  uid: number;
}

function mailboxOf(client: ImapFlow, junk: string | null): PoolMailbox {
  const folders: [Placement, string][] = [["inbox", inbox]];
  if (junk !== null) folders.push(["junk", junk]);

  const uidIn = async (path: string, id: string): Promise<number | undefined> => {
    if (client.mailbox === false || client.mailbox.path !== path) await client.mailboxOpen(path);
    const uids = (await client.search({ header: { "message-id": id } }, { uid: true })) || [];
    return uids.at(0);
  };
  const findOne = async (id: string): Promise<Found | null> => {
    for (const [placement, path] of folders) {
      const uid = await uidIn(path, id);
      if (uid !== undefined) return { placement, uid };
    }
    return null;
  };

  return {
    async find(ids) {
      const found: (Placement | null)[] = ids.map(() => null);
      for (const [placement, path] of folders)
        for (const [nth, id] of ids.entries())
          if (found[nth] === null && (await uidIn(path, id)) !== undefined) found[nth] = placement;
      return found;
    },
    async rescue(id) {
      const found = await findOne(id);
      if (found?.placement !== "junk") return found !== null;
      const range = String(found.uid);
      await client.messageFlagsRemove(range, ["$Junk"], { uid: true });
      await client.messageFlagsAdd(range, ["$NotJunk"], { uid: true });
      await client.messageMove(range, inbox, { uid: true });
      return true;
    },
    async flag(id, flag) {
      const found = await findOne(id);
      if (found === null) return false;
      const name = flag === "seen" ? "\\Seen" : "\\Flagged";
      await client.messageFlagsAdd(String(found.uid), [name], { uid: true });
      return true;
    },
    async linkOf(id, beginning) {
      const found = await findOne(id);
      if (found === null) return null;
      const query = { uid: true, source: { maxLength: readBytes } };
      const message: FetchMessageObject | false = await client.fetchOne(String(found.uid), query, {
        uid: true,
      });
      if (!message || !message.source) return null;
      const { html = "" } = await PostalMime.parse(message.source);
      const links = [...html.matchAll(/href="([^"]+)"/g)].map(([, link = ""]) =>
        link.replaceAll("&amp;", "&"),
      );
      return links.find((link) => link.startsWith(beginning)) ?? null;
    },
  };
}
