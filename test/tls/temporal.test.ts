import { afterAll, expect, it } from "vitest";
import { inject } from "vitest";
import { createTemporalClient } from "../../client/temporal.js";
import { temporalPart, waitForParts } from "../../runtime/wait-for.js";
import { createAuthority } from "../support/authority.js";
import { startTlsProxy } from "../support/tls-proxy.js";

/** The development server speaks no TLS: a terminator stands before it. */
const [authority, stranger] = await Promise.all([createAuthority("Floe test"), createAuthority("Stranger")]);
const server = await authority.sign("temporal", { dns: ["temporal.internal"] });
const target = Number(inject("stack").temporal.split(":")[1]);
const proxy = await startTlsProxy(target, { ...server, ALPNProtocols: ["h2"] });
afterAll(() => proxy.close());

function accessOf(ca: string, serverNameOverride: string) {
  const tls = { serverRootCACertificate: Buffer.from(ca), serverNameOverride };
  return { address: `127.0.0.1:${proxy.port}`, namespace: "default", tls };
}

it("connects by the right authority and name", async () => {
  const access = accessOf(authority.ca, "temporal.internal");
  await waitForParts([temporalPart(access)]);
  const temporal = createTemporalClient(access);
  await (await temporal.connect()).connection.ensureConnected();
  await temporal.close();
});

it.each([
  ["another authority", accessOf(stranger.ca, "temporal.internal"), "TEMPORAL_TLS_SERVER_CA"],
  ["another name", accessOf(authority.ca, "other.internal"), "TEMPORAL_TLS_SERVER_NAME"],
] as const)("refuses %s and says which variable to correct", async (_what, access, field) => {
  const temporal = createTemporalClient(access);
  await expect(temporal.connect()).rejects.toThrow(field);
  await temporal.close();
  await expect(waitForParts([temporalPart(access)], { timeoutMs: 60_000 })).rejects.toThrow(
    `is not trusted: ${field}`,
  );
});
