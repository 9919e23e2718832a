import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createReturnPaths } from "../../mail/return-path.js";

const paths = createReturnPaths("a-secret-of-the-tests");
const recipients = fc.record({
  sendId: fc.uuid(),
  contactId: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String),
});

describe("a return path", () => {
  it("leads back to its recipient, fits a local part, and survives a change of case", () => {
    fc.assert(
      fc.property(recipients, (recipient) => {
        const address = paths.address(recipient, "news.example.com");
        expect(address.indexOf("@")).toBeLessThanOrEqual(64);
        expect(paths.read(address)).toEqual({ purpose: "return-path", recipient });
        expect(paths.read(address.toUpperCase())).toEqual({ purpose: "return-path", recipient });
        const unsubscribe = paths.unsubscribeAddress(recipient, "news.example.com");
        expect(paths.read(unsubscribe)).toEqual({ purpose: "unsubscribe", recipient });
      }),
    );
  });

  it("cannot be made or changed without the secret", () => {
    fc.assert(
      fc.property(recipients, fc.nat(), (recipient, place) => {
        const address = paths.address(recipient, "news.example.com");
        const at = 2 + (place % (address.indexOf("@") - 2));
        const changed = address.slice(0, at) + (address[at] === "0" ? "1" : "0") + address.slice(at + 1);
        expect(paths.read(changed)).toBeNull();
        expect(createReturnPaths("another-secret-of-16").read(address)).toBeNull();
      }),
    );
  });

  it.each([
    "",
    "b+@x",
    "b+1.1.1@news.example.com",
    "postmaster@news.example.com",
    `b+${"z".repeat(25)}.1.1@x`,
  ])("is not %s", (address) => {
    expect(paths.read(address)).toBeNull();
  });
});
