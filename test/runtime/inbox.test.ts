import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTransport } from "nodemailer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InboxStore } from "../../runtime/embedded/inbox-store.js";
import { freePort, type EmbeddedPart } from "../../runtime/embedded/process.js";
import { startNode } from "../../runtime/start/node-process.js";

let folder: string;
let inbox: string;
let smtpPort: number;
let capture: EmbeddedPart;

async function start(): Promise<void> {
  const inboxPort = await freePort();
  smtpPort = await freePort();
  inbox = `http://127.0.0.1:${inboxPort}`;
  capture = await startNode({
    name: "Inbox",
    script: "runtime/embedded/smtp-capture.ts",
    args: [
      "--smtp-port",
      String(smtpPort),
      "--inbox-port",
      String(inboxPort),
      "--file",
      join(folder, "inbox.jsonl"),
    ],
    readyMessage: "smtp_capture.ready",
    logFile: join(folder, "inbox.log"),
    port: smtpPort,
    stopGraceMs: 10_000,
  });
}

async function send(
  messages: { to: string; subject: string; messageId?: string; html?: string }[],
): Promise<void> {
  const transport = createTransport({ host: "127.0.0.1", port: smtpPort, pool: true, maxConnections: 5 });
  const from = "Åsa <asa@example.com>";
  await Promise.all(messages.map((message) => transport.sendMail({ from, text: "plain", ...message })));
  transport.close();
}

const json = async (path: string): Promise<Record<string, unknown>> =>
  (await (await fetch(`${inbox}${path}`)).json()) as Record<string, unknown>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "floe-inbox-"));
  await start();
});
afterAll(async () => {
  await capture.stop();
  await rm(folder, { recursive: true, force: true });
});

describe("the inbox", () => {
  it("is empty at first, and its page is there", async () => {
    expect(await json("/api/messages")).toMatchObject({ total: 0, messages: [], accepted: 0 });
    const page = await fetch(`${inbox}/`);
    expect(await page.text()).toContain("<title>Inbox");
  });

  it("counts what was accepted, and what came more than once", async () => {
    await send([
      { to: "one@example.org", subject: "Grüße", messageId: "<same@example.com>" },
      { to: "one@example.org", subject: "Grüße", messageId: "<same@example.com>" },
      { to: "two@example.org", subject: "Other", html: "<p>Hello</p><script>alert(1)</script>" },
    ]);
    expect(await json("/api/stats")).toEqual({ accepted: 3, unique: 2, kept: 3 });
  });

  it("finds by decoded subject and recipient, a page at a time", async () => {
    expect(await json("/api/messages?search=gr%C3%BC%C3%9Fe&limit=1")).toMatchObject({
      total: 2,
      messages: [{ subject: "Grüße" }],
    });
    expect(await json("/api/messages?search=TWO@")).toMatchObject({ total: 1 });
    expect(await json("/api/messages?search=nobody")).toMatchObject({ total: 0, messages: [] });
  });

  it("shows a message's parts, without running its scripts", async () => {
    const { messages } = (await json("/api/messages?search=two@")) as unknown as {
      messages: { id: number }[];
    };
    const path = `/api/messages/${messages[0]?.id}`;
    expect(await json(path)).toMatchObject({
      subject: "Other",
      from: "Åsa <asa@example.com>",
      text: "plain\n",
      hasHtml: true,
    });
    const html = await fetch(`${inbox}${path}/html`);
    expect(html.headers.get("content-security-policy")).toMatch(/^sandbox allow-popups/);
    expect(await (await fetch(`${inbox}${path}/source`)).text()).toContain("Subject: Other");
    expect((await fetch(`${inbox}/api/messages/999999`)).status).toBe(404);
  });

  it("is the same after a restart", async () => {
    const before = await json("/api/messages");
    await capture.stop();
    await start();
    expect(await json("/api/messages")).toEqual(before);
  });

  it("can be cleared", async () => {
    await fetch(`${inbox}/api/messages`, { method: "DELETE" });
    expect(await json("/api/stats")).toEqual({ accepted: 0, unique: 0, kept: 0 });
  });
});

it("keeps the newest messages and counts all", async () => {
  const store = new InboxStore({ messages: 3, bytes: 1_000_000 });
  for (let n = 1; n <= 10; n++) {
    const source = Buffer.from(`Message-ID: <${n}@example.com>\r\nSubject: ${n}\r\n\r\n.`);
    store.add({ receivedAt: new Date(), from: "a@example.com", to: ["b@example.com"], source });
  }
  expect(store.stats()).toEqual({ accepted: 10, unique: 10, kept: 3 });
  const { messages } = await store.list({ search: "", offset: 0, limit: 10 });
  expect(messages.map(({ subject }) => subject)).toEqual(["10", "9", "8"]);
});
