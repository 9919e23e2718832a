import dgram from "node:dgram";
import { once } from "node:events";

/** Addresses of a name, for each question anew; null: no answer at all. */
export type Zone = (name: string, family: 4 | 6) => string[] | null;

export interface NameServer {
  /** Address and port. */
  server: string;
  /** Names that were asked for v4 addresses, in order. */
  asked: string[];
  close(): Promise<void>;
}

/** A name server on 127.0.0.1 (RFC 1035, the little that A and AAAA need), whose answers may change or fail to come. */
export async function startNameServer(zone: Zone): Promise<NameServer> {
  const socket = dgram.createSocket("udp4");
  const asked: string[] = [];
  socket.on("message", (question, { port, address }) => {
    const { name, end } = readName(question);
    const type = question.readUInt16BE(end);
    if (type === typeA) asked.push(name);
    const addresses = zone(name, type === typeA ? 4 : 6);
    if (addresses) socket.send(answer(question, end + 4, type, addresses), port, address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    server: `127.0.0.1:${socket.address().port}`,
    asked,
    close: () => new Promise((resolve) => socket.close(resolve)),
  };
}

const typeA = 1;
const headerLength = 12;

function readName(question: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = headerLength;
  for (let length = question.readUInt8(at); length > 0; length = question.readUInt8(at)) {
    labels.push(question.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join(".").toLowerCase(), end: at + 1 };
}

function answer(question: Buffer, questionEnd: number, type: number, addresses: string[]): Buffer {
  const head = Buffer.from(question.subarray(0, questionEnd));
  // Response, recursion available, no error; one question, and no records besides the answers.
  head.writeUInt16BE(0x8180, 2);
  head.writeUInt16BE(addresses.length, 6);
  head.writeUInt32BE(0, 8);
  return Buffer.concat([head, ...addresses.map((address) => record(type, address))]);
}

/** Points back at the question's name; time to live 0, as one who rebinds would have it. */
function record(type: number, address: string): Buffer {
  const data = type === typeA ? Buffer.from(address.split(".").map(Number)) : sixBytes(address);
  const start = Buffer.alloc(headerLength);
  start.writeUInt16BE(0xc000 | headerLength, 0);
  start.writeUInt16BE(type, 2);
  start.writeUInt16BE(1, 4);
  start.writeUInt16BE(data.length, 10);
  return Buffer.concat([start, data]);
}

/** Of an address in full: eight groups. */
function sixBytes(address: string): Buffer {
  return Buffer.from(
    address.split(":").flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255]),
  );
}
