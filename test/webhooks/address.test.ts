import { describe, expect, it } from "vitest";
import { reachOf, type Reach } from "../../webhooks/address.js";
import { defaultWebhookPorts, parseWebhookPorts, parseWebhookUrl } from "../../domain/webhook-url.js";

const table: Record<Reach, readonly string[]> = {
  public: [
    ...["1.1.1.1", "8.8.8.8", "93.184.216.34", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0"],
    ...["126.255.255.255", "128.0.0.1", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0"],
    ...["192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255"],
    ...["2606:4700:4700::1111", "2a00:1450:4001:81b::200e", "2001:200::1", "2400:cb00:2048:1::c629:d7a2"],
    // As the network itself would take the v4 address out.
    ...["::ffff:8.8.8.8", "::ffff:808:808", "64:ff9b::8.8.8.8", "64:ff9b::101:101"],
  ],
  private: [
    ...["10.0.0.0", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1"],
    ...["192.168.255.255", "127.0.0.1", "127.255.255.254", "100.64.0.1", "100.127.255.255"],
    ...["::1", "fc00::1", "fd12:3456:789a::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:7f00:1"],
    ...["::ffff:c0a8:101", "0:0:0:0:0:ffff:ac10:1", "64:ff9b::127.0.0.1", "64:ff9b::a00:1"],
  ],
  never: [
    // This network, link-local, metadata.
    ...["0.0.0.0", "0.1.2.3", "169.254.0.1", "169.254.169.254", "169.254.170.2", "100.100.100.200"],
    ...["168.63.129.16", "fd00:ec2::254", "fd20:ce::254", "fe80::1", "fe80::a9fe:a9fe", "febf::1"],
    ...["fe80::1%eth0", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "64:ff9b::169.254.169.254"],
    ...["::ffff:0.0.0.0", "64:ff9b::0.0.0.0"],
    // Multicast, broadcast, reserved.
    ...["224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "ff02::1", "ff0e::1"],
    ...["::ffff:224.0.0.1", "::ffff:255.255.255.255"],
    // Documentation, benchmarks, protocols.
    ...[
      "192.0.0.1",
      "192.0.0.192",
      "192.0.2.1",
      "198.51.100.1",
      "203.0.113.1",
      "198.18.0.1",
      "198.19.255.255",
    ],
    ...["192.88.99.1", "2001:db8::1", "3fff::1", "2001:2::1", "100::1", "5f00::1"],
    // v4 in v6 that tunnels would take out: 6to4, Teredo, local NAT64, compatible, translated; site-local, unassigned.
    ...["2002:7f00:1::1", "2002:a9fe:a9fe::1", "2002:808:808::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2"],
    ...[
      "64:ff9b:1::a00:1",
      "::127.0.0.1",
      "::8.8.8.8",
      "::7f00:1",
      "::a9fe:a9fe",
      "::ffff:0:127.0.0.1",
      "::",
      "fec0::1",
    ],
    ...["4000::1", "8000::1", "e000::1"],
    // No address at all.
    ...["", "localhost", "example.com", "1.2.3", "1.2.3.4.5", "256.1.1.1", "[::1]", "12345::1", "10.0.0.1/8"],
  ],
};
const rows = Object.entries(table).flatMap(([reach, addresses]) =>
  addresses.map((address) => [reach, address] as const),
);

describe("who may be posted to at an address", () => {
  it.each(rows)("%s: %s", (reach, address) => {
    expect(reachOf(address)).toBe(reach);
  });
});

describe("the URL of an endpoint", () => {
  it.each([
    ["https://example.com/hooks?a=1", "example.com"],
    ["http://example.com:8080", "example.com"],
    // In whatever notation, an address is an address.
    ["http://2130706433/", "127.0.0.1"],
    ["http://0x7f.1/", "127.0.0.1"],
    ["http://0177.0.0.1/", "127.0.0.1"],
    ["http://127.1/", "127.0.0.1"],
    ["http://１２７.０.０.１/", "127.0.0.1"],
    ["http://[::ffff:127.0.0.1]/", "[::ffff:7f00:1]"],
    ["http://[0:0:0:0:0:0:0:1]/", "[::1]"],
  ])("%s is at %s", (text, hostname) => {
    expect(parseWebhookUrl(text)).toMatchObject({ url: { hostname } });
  });

  it.each([
    ["hooks", "is not a URL"],
    ["https://", "is not a URL"],
    ["http://1.2.3.4.5.6/", "is not a URL"],
    ["ftp://example.com/", "must start with"],
    ["file:///etc/passwd", "must start with"],
    ["gopher://example.com/", "must start with"],
    ["javascript:alert(1)", "must start with"],
    ["https://user:password@example.com/", "must not contain a user"],
    ["https://example.com@127.0.0.1/", "must not contain a user"],
    ["https://example.com:25/", "must not use port 25"],
    ["http://example.com:22/", "must not use port 22"],
    ["http://example.com:0/", "must not use port 0"],
    [`https://example.com/${"a".repeat(2_048)}`, "is longer than 2048"],
  ])("%.40s is refused, with the reason", (text, problem) => {
    expect(parseWebhookUrl(text)).toEqual({ problem: expect.stringContaining(problem) as string });
  });

  it("may use the ports that were configured, and no other", () => {
    const ports = parseWebhookPorts("443, 9000-9001");
    if ("problem" in ports) throw new Error(ports.problem);
    const allowed = ["443", "9000", "9001", "80", "8999", "9002"].map(
      (port) => "url" in parseWebhookUrl(`https://example.com:${port}`, ports),
    );
    expect(allowed).toEqual([true, true, true, false, false, false]);
    expect(parseWebhookPorts("80,443,1024-65535")).toEqual(defaultWebhookPorts);
    for (const wrong of ["", "a", "0", "80,", "90-80", "1-65536", "80-", "8 0"])
      expect([wrong, "problem" in parseWebhookPorts(wrong)]).toEqual([wrong, true]);
  });
});
