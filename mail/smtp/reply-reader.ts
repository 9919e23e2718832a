/** A whole reply, all its lines. */
export interface WireReply {
  code: number;
  /** Lines separated by LF, octets as Latin-1 characters. */
  raw: string;
}

/** No reply is as long (RFC 5321, 4.5.3.1.5: lines of 512 octets). */
const longestReply = 64 * 1024;

/** Cuts what a server sends into replies, however the network cut it. */
export class ReplyReader {
  private rest = "";
  /** The lines so far of a reply that goes on. */
  private earlier = "";

  /** Calls `onReply` for each reply that is complete now. Returns false when the octets are no SMTP reply. */
  read(chunk: Buffer, onReply: (reply: WireReply) => void): boolean {
    const text = this.rest + chunk.toString("latin1");
    let begin = 0;
    for (let end = text.indexOf("\n", begin); end >= 0; end = text.indexOf("\n", begin)) {
      const line = text.slice(begin, text.charCodeAt(end - 1) === carriageReturn ? end - 1 : end);
      begin = end + 1;
      const code = codeOf(line);
      if (code === 0) return false;
      if (line[3] === "-") {
        this.earlier += `${line}\n`;
        if (this.earlier.length > longestReply) return false;
        continue;
      }
      const raw = this.earlier + line;
      this.earlier = "";
      onReply({ code, raw });
    }
    this.rest = text.slice(begin);
    return this.rest.length <= longestReply;
  }
}

const carriageReturn = 0x0d;

/** 0 when the line does not begin as a reply does (RFC 5321, 4.2). */
function codeOf(line: string): number {
  const [hundreds, tens, ones] = [digit(line, 0), digit(line, 1), digit(line, 2)];
  const follows = line[3] === undefined || line[3] === " " || line[3] === "-";
  if (hundreds < 2 || hundreds > 5 || tens < 0 || ones < 0 || !follows) return 0;
  return hundreds * 100 + tens * 10 + ones;
}

/** -1 for what is no digit. */
function digit(line: string, at: number): number {
  const value = line.charCodeAt(at) - 0x30;
  return value >= 0 && value <= 9 ? value : -1;
}
