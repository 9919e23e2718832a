import { execFile } from "node:child_process";
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ImapMailbox } from "../../domain/imap-mailbox.js";
import { freePort, startServer, untilReady, type EmbeddedPart } from "../../runtime/embedded/process.js";
import { fromPackageManager, onPath } from "../../runtime/embedded/programs.js";
import { connect } from "node:net";

const run = promisify(execFile);

/** Dovecot on loopback ports, with a certificate of its own authority. */
export interface ImapServer {
  /** A mailbox that nobody else uses. */
  mailbox(user: string, over?: Partial<ImapMailbox>): ImapMailbox;
  /** Without TLS, for STARTTLS. */
  plainPort: number;
  /** PEM. */
  ca: Buffer;
  caFile: string;
  /** Messages go in as a mail server would deliver them. */
  deliver(user: string, raw: string | Buffer, folder?: string): Promise<void>;
  doveadm(...args: string[]): Promise<string>;
  /** Of the user's Maildir. */
  maildir(user: string): string;
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

const password = "pass/word@1:2";

/** The package is installed when it is missing, which wants root; see `fromPackageManager`. */
export async function startImapServer(): Promise<ImapServer> {
  const dovecot = await dovecotProgram();
  const folder = await mkdtemp(join(tmpdir(), "floe-imap-"));
  await chmod(folder, 0o711);
  const [port, plainPort] = [await freePort(), await freePort()];
  const config = join(folder, "dovecot.conf");
  await makeCertificate(folder);
  await mkdir(join(folder, "mail"));
  const owner = mailOwner();
  await chown(join(folder, "mail"), owner.uid, owner.gid);
  await writeFile(config, configOf({ folder, port, plainPort, owner }));
  const logFile = join(folder, "dovecot.log");
  let part: EmbeddedPart | undefined;

  const start = async (): Promise<void> => {
    part = await startServer({
      ...{ name: "Dovecot", command: dovecot, args: ["-F", "-c", config] },
      ...{ port, logFile, stopSignal: "SIGTERM" as const, stopGraceMs: 10_000 },
    });
    await untilReady(part, logFile, () => answers(port), 30_000);
  };
  const stop = async (): Promise<void> => {
    await part?.stop();
  };
  const doveadm = async (...args: string[]): Promise<string> =>
    (await run("doveadm", ["-c", config, ...args], { timeout: 30_000 })).stdout;
  const caFile = join(folder, "cert.pem");
  const ca = await readFile(caFile);
  await start();
  return {
    ...{ plainPort, ca, caFile, stop, start, doveadm },
    mailbox: (user, over = {}) => ({
      ...{ host: "localhost", port, secure: true, user, password, folder: "INBOX", ca, ...over },
    }),
    deliver: async (user, raw, folder = "INBOX") => {
      const saving = run("doveadm", ["-c", config, "save", "-u", user, "-m", folder]);
      saving.child.stdin?.end(raw);
      await saving;
    },
    maildir: (user) => join(folder, "mail", user),
    close: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function dovecotProgram(): Promise<string> {
  if (!(await onPath("dovecot", "/usr/sbin/dovecot"))) await fromPackageManager("dovecot-imapd", "dovecot");
  return (await onPath("dovecot")) ?? "/usr/sbin/dovecot";
}

async function makeCertificate(folder: string): Promise<void> {
  await run("openssl", [
    ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"],
    ...["-addext", "subjectAltName=DNS:localhost"],
    ...["-keyout", join(folder, "key.pem"), "-out", join(folder, "cert.pem")],
  ]);
}

interface Owner {
  uid: number;
  gid: number;
}

/** Dovecot gives no mail to root: nobody owns it where the tests run as root. */
function mailOwner(): Owner {
  const { uid, gid } = userInfo();
  return uid === 0 ? { uid: 65_534, gid: 65_534 } : { uid, gid };
}

interface ServerInput {
  folder: string;
  port: number;
  plainPort: number;
  owner: Owner;
}

function configOf({ folder, port, plainPort, owner: { uid, gid } }: ServerInput): string {
  const { username } = userInfo();
  const accounts =
    username === "root" ? "" : `default_internal_user = ${username}\ndefault_login_user = ${username}`;
  return `
protocols = imap
listen = 127.0.0.1
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = /dev/stderr
${accounts}
first_valid_uid = 1
auth_failure_delay = 0
mail_location = maildir:${folder}/mail/%u
ssl = required
ssl_cert = <${folder}/cert.pem
ssl_key = <${folder}/key.pem
passdb {
  driver = static
  args = password=${password}
}
userdb {
  driver = static
  args = uid=${uid} gid=${gid} home=${folder}/mail/%u
}
namespace inbox {
  inbox = yes
  mailbox Junk {
    auto = create
    special_use = \\Junk
  }
}
service imap-login {
  inet_listener imap {
    port = ${plainPort}
  }
  inet_listener imaps {
    port = ${port}
    ssl = yes
  }
}
`;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
