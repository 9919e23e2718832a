import { generate } from "selfsigned";

export interface Certificate {
  /** PEM. */
  cert: string;
  key: string;
}

export interface Authority {
  /** PEM. */
  ca: string;
  /** For these names, and for addresses; without any, a client's. */
  sign(subject: string, names?: { dns?: string[]; ip?: string[] }): Promise<Certificate>;
}

/** A certificate authority of the test's own, that nobody else trusts. */
export async function createAuthority(name: string): Promise<Authority> {
  const root = await generate([{ name: "commonName", value: name }], {
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return {
    ca: root.cert,
    async sign(subject, { dns = [], ip = [] } = {}) {
      const altNames = [
        ...dns.map((value) => ({ type: 2 as const, value })),
        ...ip.map((address) => ({ type: 7 as const, ip: address })),
      ];
      const { cert, private: key } = await generate([{ name: "commonName", value: subject }], {
        ...{ algorithm: "sha256", ca: { key: root.private, cert: root.cert } },
        extensions: [
          { name: "extKeyUsage", serverAuth: true, clientAuth: true },
          ...(altNames.length > 0 ? [{ name: "subjectAltName" as const, altNames }] : []),
        ],
      });
      return { cert, key };
    },
  };
}
