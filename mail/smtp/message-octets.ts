const dot = Buffer.from(".");
const lineEnd = Buffer.from("\r\n");
const dotAfterLf = Buffer.from("\n.");
const dotAfterCr = Buffer.from("\r.");

/**
 * A message with an end to its last line, in pieces. Its octets travel as they are: the composer makes 7-bit messages, so a
 * server without 8BITMIME is sent nothing that it did not offer to take.
 */
export function withLineEnd(message: Buffer): Buffer[] {
  const { length } = message;
  return message[length - 2] === 0x0d && message[length - 1] === 0x0a ? [message] : [message, lineEnd];
}

/**
 * The same as DATA carries it: lines that begin with a dot get another one (RFC 5321, 4.5.2), also behind a lone CR or LF,
 * which some servers take for the end of a line ("SMTP smuggling"). Most messages have none and are not copied; to see
 * that takes 2 µs for 12 kB.
 */
export function dotStuffed(message: Buffer): Buffer[] {
  const pieces: Buffer[] = message[0] === 0x2e ? [dot] : [];
  let begin = 0;
  for (const at of dotsAtLineStarts(message)) {
    pieces.push(message.subarray(begin, at + 1));
    // The dot once more.
    begin = at;
  }
  if (begin === 0 && pieces.length === 0) return withLineEnd(message);
  return [...pieces, ...withLineEnd(message.subarray(begin))];
}

/** But for the first octet of the message. */
function dotsAtLineStarts(message: Buffer): number[] {
  const behindLf = positionsOf(message, dotAfterLf);
  const behindCr = positionsOf(message, dotAfterCr);
  return behindCr.length === 0 ? behindLf : [...behindLf, ...behindCr].sort((a, b) => a - b);
}

/** Where the last octet of each `pair` stands. */
function positionsOf(message: Buffer, pair: Buffer): number[] {
  const positions: number[] = [];
  for (let at = message.indexOf(pair); at >= 0; at = message.indexOf(pair, at + 2)) positions.push(at + 1);
  return positions;
}
