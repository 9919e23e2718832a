import { Writable } from "node:stream";
import { pino } from "pino";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { afterAll, describe, expect, it } from "vitest";
import { transportKinds, type TransportOptions } from "../../mail/smtp/transport.js";
import { createAuthority } from "../support/authority.js";
import { cleanups, envelope, inShort, message, nodeAt, transportTo } from "../support/transport-fixture.js";

const [authority, stranger] = await Promise.all([createAuthority("Floe test"), createAuthority("Stranger")]);
const certificate = await authority.sign("smtp", { dns: ["smtp.internal"] });
const patient: Partial<TransportOptions> = { connectTimeoutMs: 5_000, socketTimeoutMs: 5_000 };
const trusted = { tlsCa: authority.ca, tlsServerName: "smtp.internal" };
afterAll(() => Promise.all(cleanups.splice(0).map((cleanup) => cleanup())));

interface MailServer {
  port: number;
  /** Of each message, whether it came encrypted. */
  secure: boolean[];
}

async function mailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const secure: boolean[] = [];
  const smtp = new SMTPServer({
    ...{ ...certificate, authOptional: true, disabledCommands: ["AUTH"] },
    onData(stream, session, done) {
      secure.push(session.secure);
      stream.resume().on("end", () => done());
    },
    ...options,
  });
  smtp.on("error", () => undefined);
  const listening = smtp.listen(0, "127.0.0.1");
  await new Promise((resolve) => listening.once("listening", resolve));
  cleanups.push(() => new Promise<void>((resolve) => smtp.close(() => resolve())));
  return { port: (listening.address() as { port: number }).port, secure };
}

describe.each(transportKinds)("%s: a node", (kind) => {
  const logged: string[] = [];
  const keep = new Writable({ write: (chunk: Buffer, _e, done) => (logged.push(chunk.toString()), done()) });
  const send = async (port: number, over: Parameters<typeof nodeAt>[1]): Promise<string> => {
    const transport = transportTo({ kind, ...patient, log: pino(keep) });
    return inShort(await transport.transmit(nodeAt(port, over), { envelope, bytes: message() }));
  };

  it("is sent to by STARTTLS and by TLS from the first byte, trusted by an authority of its own", async () => {
    for (const secure of [false, true]) {
      const server = await mailServer({ secure });
      expect(await send(server.port, { ...trusted, secure, starttls: "required" })).toBe("accepted");
      expect(server.secure).toEqual([true]);
    }
  });

  it("with another authority or name gets nothing, and the log says what to correct", async () => {
    for (const [over, why] of [
      [{ tlsCa: stranger.ca, tlsServerName: "smtp.internal" }, "tlsCa of node n1 does not vouch"],
      [{ tlsCa: null, tlsServerName: "smtp.internal" }, "tlsCa of node n1 does not vouch"],
      [{ ...trusted, tlsServerName: "other.internal" }, "host or tlsServerName of node n1 is not a name"],
    ] as const) {
      for (const secure of [false, true]) {
        const server = await mailServer({ secure });
        logged.length = 0;
        expect(await send(server.port, { ...over, secure })).toBe("deferred node-away");
        expect(server.secure).toEqual([]);
        expect(logged.join("")).toContain(why);
      }
    }
  });

  it("without STARTTLS gets mail in clear, unless it is required", async () => {
    const server = await mailServer({ hideSTARTTLS: true, disabledCommands: ["AUTH", "STARTTLS"] });
    expect(await send(server.port, { starttls: "opportunistic" })).toBe("accepted");
    expect(server.secure).toEqual([false]);
    expect(await send(server.port, { starttls: "required" })).toBe("deferred node-away");
    expect(server.secure).toEqual([false]);
  });
});
