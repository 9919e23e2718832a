/** mailauth has no types; this is what is used of it. */
declare module "mailauth/lib/dkim/verify.js" {
  export function dkimVerify(
    message: Buffer,
    options: { resolver: (name: string, type: string) => Promise<string[][]> },
  ): Promise<{
    results: {
      signingDomain: string;
      selector: string;
      algo: string;
      status: { result: string; comment?: string };
    }[];
  }>;
}

declare module "mailauth/lib/spf/index.js" {
  /** RFC 7208: the result for one address, as a receiver computes it. */
  export function spf(options: {
    sender: string;
    ip: string;
    helo: string;
    resolver: (name: string, type: string) => Promise<string[][]>;
  }): Promise<{ status: { result: string; comment?: string } }>;
}
