/** What a server said with EHLO that it can do. */
export interface Extensions {
  /** RFC 2920 */
  pipelining: boolean;
  /** RFC 3030: BDAT in place of DATA. */
  chunking: boolean;
  /** RFC 6152 */
  eightBitMime: boolean;
  /** RFC 6531 */
  smtpUtf8: boolean;
  /** RFC 1870 */
  size: boolean;
  /** Octets; 0 when the server names no limit. */
  maxBytes: number;
}

/** @param ehlo the reply to EHLO, lines separated by LF; the first greets, each of the others names an extension. */
export function readExtensions(ehlo: string): Extensions {
  const offers = new Map(
    ehlo
      .split("\n")
      .slice(1)
      .map((line) => {
        const [keyword = "", parameter = ""] = line.slice(4).trim().toUpperCase().split(/\s+/);
        return [keyword, parameter];
      }),
  );
  return {
    pipelining: offers.has("PIPELINING"),
    chunking: offers.has("CHUNKING"),
    eightBitMime: offers.has("8BITMIME"),
    smtpUtf8: offers.has("SMTPUTF8"),
    size: offers.has("SIZE"),
    maxBytes: Number(offers.get("SIZE")) || 0,
  };
}
