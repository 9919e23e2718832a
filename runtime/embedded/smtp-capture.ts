/**
 * A process that accepts every mail, keeps the newest and shows them:
 * `node smtp-capture.js --smtp-port 1025 --inbox-port 8025 --file DATA/inbox.jsonl`.
 * It is a process of its own so that receiving does not slow sending down. Ready: a JSON line `smtp_capture.ready`.
 */
import { once } from "node:events";
import { parseArgs } from "node:util";
import { pino } from "pino";
import { SMTPServer } from "smtp-server";
import { createInboxApp } from "./inbox-app.js";
import { InboxStore } from "./inbox-store.js";

const log = pino({ base: { pid: process.pid } });
const saveEveryMs = 10_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { "smtp-port": { type: "string" }, "inbox-port": { type: "string" }, file: { type: "string" } },
  });
  const store = new InboxStore();
  if (values.file) await store.load(values.file);
  const smtp = createSmtpServer(store);
  smtp.listen(Number(values["smtp-port"]), "127.0.0.1");
  await once(smtp.server, "listening");
  const http = createInboxApp(store).listen(Number(values["inbox-port"]), "127.0.0.1");
  await once(http, "listening");

  const saver = values.file ? saveWhenChanged(store, values.file) : null;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      smtp.close(() => undefined);
      http.close();
      void (saver?.end() ?? Promise.resolve()).finally(() => process.exit(0));
    });
  }
  log.info({ smtp: smtp.server.address(), inbox: http.address() }, "smtp_capture.ready");
}

function createSmtpServer(store: InboxStore): SMTPServer {
  const server = new SMTPServer({
    name: "inbox.localhost",
    banner: "Floe captures everything",
    // There is no certificate here that a sender could trust.
    disabledCommands: ["STARTTLS"],
    authOptional: true,
    disableReverseLookup: true,
    logger: false,
    size: 32 * 1024 * 1024,
    onAuth: (auth, _session, callback) => callback(null, { user: auth.username ?? "anyone" }),
    onData: (stream, session, callback) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        if (stream.sizeExceeded) {
          callback(Object.assign(new Error("5.3.4 Message too big"), { responseCode: 552 }));
          return;
        }
        const { mailFrom, rcptTo } = session.envelope;
        store.add({
          receivedAt: new Date(),
          from: mailFrom === false ? "" : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          source: Buffer.concat(chunks),
        });
        callback();
      });
    },
  });
  // A sender that was killed resets its connections: no reason to end.
  server.on("error", (error) =>
    log.warn({ code: (error as NodeJS.ErrnoException).code }, "smtp_capture.connection_broke"),
  );
  return server;
}

/** Saves now and then while mail comes in, and at the end: a start soon after shows the same inbox. */
function saveWhenChanged(store: InboxStore, file: string): { end(): Promise<void> } {
  let saved = JSON.stringify(store.stats());
  let saving = Promise.resolve();
  const save = (): Promise<void> => {
    saving = saving.then(async () => {
      const now = JSON.stringify(store.stats());
      if (now === saved) return;
      await store.save(file);
      saved = now;
    });
    return saving;
  };
  const report = (error: unknown): void => log.warn({ err: error }, "smtp_capture.not_saved");
  const timer = setInterval(() => void save().catch(report), saveEveryMs);
  timer.unref();
  return {
    end: async () => {
      clearInterval(timer);
      await save().catch(report);
    },
  };
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
