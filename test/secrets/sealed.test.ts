import { describe, expect, it } from "vitest";
import { dkimPrivateKey, nodePassword, webhookSecret } from "../../db/sealed.js";
import { ConfigInvalid, SecretUnreadable } from "../../domain/errors.js";
import { parseEncryptionKeys } from "../../runtime/encryption-keys.js";
import { keyText, sealerOf } from "../support/keys.js";

const node = nodePassword("n1");

function refusal(open: () => string): string {
  try {
    return `opened: ${open()}`;
  } catch (error) {
    expect(error).toBeInstanceOf(SecretUnreadable);
    return (error as Error).message;
  }
}

describe("a sealed secret", () => {
  it("opens where it was sealed, is other bytes each time, and shows nothing of what it is", () => {
    const sealer = sealerOf();
    const sealed = ["swordfish", "swordfish", "", "pä$$\n😀"].map((plain) => sealer.seal(plain, node));
    expect(sealed.map((each) => sealer.open(each, node))).toEqual(["swordfish", "swordfish", "", "pä$$\n😀"]);
    expect(new Set(sealed).size).toBe(4);
    expect(sealed.join()).not.toContain("swordfish");
    expect(sealed.join()).not.toContain(Buffer.from("swordfish").toString("base64url"));
    expect(sealer.stateOf(sealed[0] ?? "")).toBe("sealed");
  });

  it("opens at no other place", () => {
    const sealer = sealerOf();
    const sealed = sealer.seal("swordfish", node);
    for (const place of [nodePassword("n2"), webhookSecret("n1"), dkimPrivateKey("n1", "a.example", "s")])
      expect(() => sealer.open(sealed, place)).toThrow(SecretUnreadable);
  });

  it("that was changed anywhere is refused, naming whose it is and what to do", () => {
    const sealer = sealerOf();
    const sealed = sealer.seal("swordfish", node);
    const bytes = Buffer.from(sealed.slice("sealed:v1:test:".length), "base64url");
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const text = refusal(() => sealer.open(`sealed:v1:test:${changed.toString("base64url")}`, node));
      expect(text).toBe(
        "The password of node n1 cannot be read: key test does not open it: it was changed, or sealed with another key of " +
          "that id; correct FLOE_ENCRYPTION_KEYS, or give the password again: floe nodes set n1.",
      );
    }
    for (const cut of [0, 1, 12, 27]) {
      const text = `sealed:v1:test:${bytes.subarray(0, cut).toString("base64url")}`;
      if (cut > 0) expect(refusal(() => sealer.open(text, node))).toContain("node n1");
    }
  });

  it("of a key that is not there names the key", () => {
    const sealed = sealerOf(keyText("old")).seal("swordfish", node);
    for (const sealer of [sealerOf(), sealerOf("")])
      expect(refusal(() => sealer.open(sealed, node))).toContain(
        "sealed with key old, which FLOE_ENCRYPTION_KEYS",
      );
  });

  it("opens with any of the keys, and is sealed with the first", () => {
    const before = sealerOf(keyText("old"));
    const sealer = sealerOf(`${keyText("new")},${keyText("old")}`);
    const sealed = before.seal("swordfish", node);
    expect(sealer.open(sealed, node)).toBe("swordfish");
    expect(sealer.stateOf(sealed)).toBe("stale");
    expect(sealer.seal("swordfish", node)).toMatch(/^sealed:v1:new:/);
  });

  it("cannot be made without a key, while plain ones are read as they are", () => {
    const sealer = sealerOf("");
    expect(() => sealer.seal("swordfish", node)).toThrow(ConfigInvalid);
    expect(() => sealer.seal("swordfish", node)).toThrow("FLOE_ENCRYPTION_KEYS: is not set");
    expect(sealer.open("swordfish", node)).toBe("swordfish");
    expect(sealer.stateOf("swordfish")).toBe("plain");
  });
});

describe("FLOE_ENCRYPTION_KEYS", () => {
  it("is one or more of id:key, in base64 or base64url", () => {
    expect(parseEncryptionKeys("")).toEqual([]);
    const url = Buffer.alloc(32, 0xfb).toString("base64url");
    const keys = parseEncryptionKeys(` ${keyText("k2")} , k1:${url}`);
    expect(keys).toMatchObject([{ id: "k2" }, { id: "k1" }]);
    expect(JSON.stringify(keys)).not.toContain(url);
  });

  it("is refused in words that hold no key", () => {
    const key = Buffer.alloc(32, 7).toString("base64");
    for (const [text, problem] of [
      [key, "key 1 has no id"],
      [`K1:${key}`, "the id of key 1 must be"],
      [`a:${key},a:${key}`, "has the id a twice"],
      [`a:${key.slice(4)}`, "key a is not 32 bytes in base64"],
      [`a:${key}!`, "key a is not 32 bytes in base64"],
      ["a:", "key a is not 32 bytes in base64"],
    ] as const) {
      const parsed = parseEncryptionKeys(text);
      expect(parsed).toMatchObject({ problem: expect.stringContaining(problem) as string });
      expect(JSON.stringify(parsed)).not.toContain(key.slice(4));
    }
  });
});
