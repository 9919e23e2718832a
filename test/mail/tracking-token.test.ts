import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTokens } from "../../mail/tracking-token.js";

const tokens = createTokens("first");
const contactIds = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String);

describe("recipient tokens", () => {
  it("name the send and the contact they were made for", () => {
    fc.assert(
      fc.property(fc.uuid(), contactIds, (sendId, contactId) => {
        const token = tokens.recipientToken(sendId, contactId);
        expect(token).toMatch(/^[\w-]{44,54}$/);
        expect(tokens.readRecipientToken(token)).toEqual({ sendId, contactId });
      }),
    );
  });

  it("are refused with any character changed, cut or added", () => {
    const token = tokens.recipientToken(randomUUID(), "123456789");
    for (let i = 0; i < token.length; i++) {
      const other = token[i] === "A" ? "B" : "A";
      expect(tokens.readRecipientToken(token.slice(0, i) + other + token.slice(i + 1))).toBeNull();
      expect(tokens.readRecipientToken(token.slice(0, i))).toBeNull();
    }
    for (const wrong of [`${token}A`, `${token}=`, `${token}.`, ` ${token}`, "", "é", "x".repeat(5_000)]) {
      expect(tokens.readRecipientToken(wrong)).toBeNull();
    }
  });

  it("are refused when another secret made them, and survive a rotation", () => {
    const token = tokens.recipientToken(randomUUID(), "1");
    expect(createTokens("second").readRecipientToken(token)).toBeNull();
    const rotated = createTokens(["second", "first"]);
    expect(rotated.readRecipientToken(token)?.contactId).toBe("1");
    expect(
      createTokens("second").readRecipientToken(rotated.recipientToken(randomUUID(), "2"))?.contactId,
    ).toBe("2");
  });

  it("are not made for what is no id", () => {
    expect(() => tokens.recipientToken("campaign", "1")).toThrow(TypeError);
    expect(() => tokens.recipientToken(randomUUID(), "-1")).toThrow(TypeError);
    expect(() => createTokens([])).toThrow(TypeError);
  });
});

describe("link signatures", () => {
  it("hold for one recipient and one target only", () => {
    const [mine, theirs] = ["1", "2"].map((contactId) => tokens.recipientToken(randomUUID(), contactId)) as [
      string,
      string,
    ];
    const mac = tokens.urlMac(mine, "https://a.test/?x=1");
    expect(tokens.verifyUrlMac(mine, "https://a.test/?x=1", mac)).toBe(true);
    expect(tokens.verifyUrlMac(theirs, "https://a.test/?x=1", mac)).toBe(false);
    expect(tokens.verifyUrlMac(mine, "https://evil.test/", mac)).toBe(false);
    for (const wrong of ["", mac.slice(1), `${mac}A`, "é"]) {
      expect(tokens.verifyUrlMac(mine, "https://a.test/?x=1", wrong)).toBe(false);
    }
  });
});
