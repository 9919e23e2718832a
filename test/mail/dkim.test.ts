import { generateKeyPairSync } from "node:crypto";
import { dkimVerify } from "mailauth/lib/dkim/verify.js";
import { describe, expect, it } from "vitest";
import type { DkimKey } from "../../mail/dkim.js";
import { compose, composeOne, composerWith } from "../support/composing.js";
import { recipient, sendContext } from "../support/mail-factory.js";

describe("DKIM", () => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const ed = generateKeyPairSync("ed25519");
  const pem = { type: "pkcs8", format: "pem" } as const;
  const keys: DkimKey[] = [
    {
      domain: "floe.test",
      selector: "r1",
      algorithm: "rsa-sha256",
      privateKey: rsa.privateKey.export(pem) as string,
    },
    {
      domain: "floe.test",
      selector: "e1",
      algorithm: "ed25519-sha256",
      privateKey: ed.privateKey.export(pem) as string,
    },
  ];
  const dns: Record<string, string> = {
    "r1._domainkey.floe.test": `v=DKIM1; k=rsa; p=${rsa.publicKey.export({ type: "spki", format: "der" }).toString("base64")}`,
    // The bare 32-octet key (RFC 8463, 4.2).
    "e1._domainkey.floe.test": `v=DKIM1; k=ed25519; p=${ed.publicKey.export({ type: "spki", format: "der" }).subarray(-32).toString("base64")}`,
  };
  const resolver = async (name: string) => [[dns[name] ?? ""]];

  it("signs with RSA and Ed25519, both covering the unsubscribe fields", async () => {
    const send = sendContext(
      { subject: "Grüße  an {{first_name}}", html: "<p>trailing  \n\n</p>\n\n" },
      { fromName: "A very long name ".repeat(8), headers: { "X-A": "1" } },
    );
    const { bytes, headers } = await compose(send, recipient(), composerWith(keys));
    const { results } = await dkimVerify(bytes, { resolver });
    expect(
      results.map((result) => [result.signingDomain, result.selector, result.algo, result.status.result]),
    ).toEqual([
      ["floe.test", "r1", "rsa-sha256", "pass"],
      ["floe.test", "e1", "ed25519-sha256", "pass"],
    ]);
    for (const signature of headers("dkim-signature")) {
      const signed = /h=([^;]*)/.exec(signature)?.[1]?.replaceAll(/\s/g, "").split(":");
      expect(signed).toEqual(
        expect.arrayContaining(["from", "list-unsubscribe", "list-unsubscribe-post", "subject", "to"]),
      );
    }
  });

  it("does not verify once the message was changed", async () => {
    const { bytes } = await compose(sendContext(), recipient(), composerWith(keys));
    const changed = Buffer.from(bytes.toString("latin1").replace("One-Click", "One-Clack"), "latin1");
    const { results } = await dkimVerify(changed, { resolver });
    expect(results.map((result) => result.status.result)).toEqual(["fail", "fail"]);
  });

  it("signs for a domain above the From domain, never for an unrelated one", async () => {
    const above = await compose(
      sendContext({}, { fromEmail: "a@news.floe.test" }),
      recipient(),
      composerWith(keys),
    );
    expect(above.headers("dkim-signature")).toHaveLength(2);
    for (const fromEmail of ["a@other.test", "a@notfloe.test"]) {
      const other = await compose(sendContext({}, { fromEmail }), recipient(), composerWith(keys));
      expect(other.headers("dkim-signature")).toHaveLength(0);
    }
  });

  it("loads keys once, and again after a failure", async () => {
    let loads = 0;
    const loadDkimKeys = async () => {
      loads += 1;
      if (loads === 1) throw new Error("away");
      return keys;
    };
    const composer = composerWith([], { loadDkimKeys });
    const send = sendContext();
    await expect(composeOne(composer, send, recipient())).rejects.toThrow("away");
    await compose(send, recipient(), composer);
    await compose(send, recipient(), composer);
    expect(loads).toBe(2);
  });

  it("names a key that cannot be used", async () => {
    const broken = [{ ...keys[0], privateKey: "none" } as DkimKey];
    await expect(composeOne(composerWith(broken), sendContext(), recipient())).rejects.toThrow(
      "r1._domainkey.floe.test",
    );
  });
});
