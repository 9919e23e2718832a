import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { describe, expect, it } from "vitest";
import { transportKinds, type TransportOptions } from "../../mail/smtp/transport.js";
import {
  cleanups,
  envelope,
  inShort,
  message,
  nodeAt,
  server,
  transportTo,
  variants,
  type Variant,
} from "../support/transport-fixture.js";

const patient: Partial<TransportOptions> = {
  tls: { rejectUnauthorized: false },
  connectTimeoutMs: 5_000,
  socketTimeoutMs: 5_000,
};
const credentials = { username: "floe", password: "secret" };
const auth = { user: "floe", pass: "secret" };

describe.each(variants)("$name, within TLS", ({ kind, offers }: Variant) => {
  it("sends after STARTTLS and AUTH, by what is offered then", async () => {
    const smtp = await server({ ...offers, starttls: true, auth, keepBodies: true });
    const transport = transportTo({ kind, ...patient });
    const node = nodeAt(smtp.port, { ...credentials, maxConnections: 1 });
    const bodies = [message(1_000), message(300_000), message(20_000)];
    const outcomes = await Promise.all(bodies.map((bytes) => transport.transmit(node, { envelope, bytes })));
    expect(outcomes.map(inShort)).toEqual(["accepted", "accepted", "accepted"]);
    expect(smtp.messages.map(({ body }) => body)).toEqual(bodies.map(String));
    expect(smtp.statistics().connections).toBe(1);
  });

  it("takes a refusal, a drop and silence at STARTTLS or AUTH for a node that is away", async () => {
    for (const stage of ["starttls", "auth"] as const) {
      for (const action of [
        { kind: "reply", line: "454 4.7.0 Not now" },
        { kind: "drop" },
        { kind: "stall" },
      ] as const) {
        const smtp = await server({ ...offers, starttls: true, auth, faults: [{ stage, action }] });
        const transport = transportTo({ kind, tls: { rejectUnauthorized: false } });
        const outcome = await transport.transmit(nodeAt(smtp.port, { ...credentials }), {
          envelope,
          bytes: message(),
        });
        expect([stage, action.kind, inShort(outcome)]).toEqual([stage, action.kind, "deferred node-away"]);
        expect(smtp.statistics()).toMatchObject({ received: 0, fired: { [`${stage}-${action.kind}`]: 1 } });
      }
    }
  });

  it("keeps stages exact: a drop at each of them", async () => {
    const smtp = await server({
      ...offers,
      starttls: true,
      auth,
      faults: [
        { stage: "rcpt", action: { kind: "drop" }, connection: 1, message: 2 },
        { stage: "after-dot", action: { kind: "drop" }, connection: 2, message: 2 },
      ],
    });
    const transport = transportTo({ kind, ...patient });
    const node = nodeAt(smtp.port, { ...credentials, maxConnections: 1 });
    const outcomes = [];
    for (let i = 0; i < 4; i++) outcomes.push(await transport.transmit(node, { envelope, bytes: message() }));
    expect(outcomes.map(inShort)).toEqual(["accepted", "deferred connection", "accepted", "unknown"]);
    expect(smtp.statistics()).toMatchObject({ received: 3, fired: { "rcpt-drop": 1, "after-dot-drop": 1 } });
  });
});

describe.each(transportKinds)("%s: authentication and TLS", (kind) => {
  const login: SMTPServerOptions = {
    onAuth: ({ username, password }, _session, done) =>
      username === "floe" && password === "secret" ? done(null, { user: username }) : done(new Error("no")),
  };

  async function authServer(options: SMTPServerOptions): Promise<number> {
    const smtp = new SMTPServer({
      ...login,
      onData: (stream, _s, done) => void stream.resume().on("end", done),
      ...options,
    });
    smtp.on("error", () => undefined);
    const listening = smtp.listen(0, "127.0.0.1");
    await new Promise((resolve) => listening.once("listening", resolve));
    cleanups.push(() => new Promise((resolve) => smtp.close(resolve)));
    return (listening.address() as { port: number }).port;
  }

  it("logs in over STARTTLS, and over TLS from the start", async () => {
    for (const tls of [false, true]) {
      const node = nodeAt(await authServer({ secure: tls }), {
        secure: tls,
        username: "floe",
        password: "secret",
      });
      expect(
        inShort(await transportTo({ kind, ...patient }).transmit(node, { envelope, bytes: message() })),
      ).toBe("accepted");
    }
  });

  it("takes wrong credentials for a node that is away", async () => {
    const node = nodeAt(await authServer({}), { username: "floe", password: "wrong" });
    const outcome = await transportTo({ kind, ...patient }).transmit(node, { envelope, bytes: message() });
    expect(outcome).toMatchObject({ kind: "deferred", reason: "node-away", reply: { code: 535 } });
  });

  it("does not trust a certificate that nobody vouches for", async () => {
    const node = nodeAt(await authServer({}), { username: "floe", password: "secret" });
    const outcome = await transportTo({ kind, ...patient, tls: {} }).transmit(node, {
      envelope,
      bytes: message(),
    });
    expect(outcome).toEqual({ kind: "deferred", reason: "node-away" });
  });
});
