import { Transform, type Writable } from "node:stream";

const everyMs = 200;

/** Lets bytes through and says on a terminal how many; the line is wiped in the end. */
export function createByteProgress(terminal: Writable | null): Transform {
  let bytes = 0;
  let saidAt = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (terminal && Date.now() - saidAt >= everyMs) {
        saidAt = Date.now();
        terminal.write(`\r${(bytes / 1e6).toFixed(1)} MB`);
      }
      done(null, chunk);
    },
    flush(done) {
      terminal?.write("\r\u001b[K");
      done();
    },
  });
}
