import { describe, expect, it } from "vitest";
import { createPayloadCodec } from "../../client/payload-codec.js";
import { keysOf, keyText } from "../support/keys.js";

const [k1, k2] = [keyText("k1"), keyText("k2")];

describe("the codec", () => {
  const payload = { metadata: { encoding: Buffer.from("json/plain") }, data: Buffer.from('"ann@a.example"') };

  it("gives back what it was given, whole", async () => {
    const codec = createPayloadCodec(keysOf(k1));
    const encoded = await codec.encode([payload, payload]);
    expect(JSON.stringify(encoded)).not.toContain(Buffer.from("ann@a").toString("base64").slice(0, 6));
    const decoded = await codec.decode(encoded);
    expect(decoded.map(({ data }) => Buffer.from(data ?? []).toString())).toEqual(
      Array(2).fill('"ann@a.example"'),
    );
    expect(decoded.map(({ metadata }) => Buffer.from(metadata?.encoding ?? []).toString())).toEqual(
      Array(2).fill("json/plain"),
    );
  });

  it("passes through what is not its own, and seals nothing without a key", async () => {
    const codec = createPayloadCodec([]);
    expect(await codec.encode([payload])).toEqual([payload]);
    expect(await createPayloadCodec(keysOf(k1)).decode([payload, {}])).toEqual([payload, {}]);
  });

  it("says which variable lacks which key", async () => {
    const [encoded] = await createPayloadCodec(keysOf(k1)).encode([payload]);
    for (const keys of ["", k2])
      await expect(createPayloadCodec(keysOf(keys)).decode([encoded ?? {}])).rejects.toThrow(
        "TEMPORAL_PAYLOAD_KEYS: does not have key k1",
      );
    const other = `k1:${k2.slice(3)}`;
    await expect(createPayloadCodec(keysOf(other)).decode([encoded ?? {}])).rejects.toThrow("does not open");
  });
});
