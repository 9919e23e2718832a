/** The first rows of a file, as they are before anything is sent. */
export interface Sample {
  header: string[];
  rows: string[][];
}

const sampleBytes = 64 * 1024;
const sampleRows = 5;

/** Null: what is in it is not seen from here (zip, or nothing that reads as text); the import itself reads it. */
export async function readSample(file: File): Promise<Sample | null> {
  const text = await beginningOf(file);
  if (text === null) return null;
  const { default: papa } = await import("papaparse");
  const { data } = papa.parse<string[]>(text, { preview: sampleRows + 1, skipEmptyLines: true });
  const [header, ...rows] = data;
  return header === undefined ? null : { header, rows };
}

async function beginningOf(file: File): Promise<string | null> {
  const magic = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  const isGzip = magic[0] === 0x1f && magic[1] === 0x8b;
  const isZip = magic[0] === 0x50 && magic[1] === 0x4b;
  if (isZip) return null;
  const content = isGzip ? file.stream().pipeThrough(new DecompressionStream("gzip")) : file.stream();
  const bytes = await firstBytes(content);
  return bytes && decode(bytes);
}

async function firstBytes(content: ReadableStream<Uint8Array>): Promise<Uint8Array | null> {
  const reader = content.getReader();
  const bytes = new Uint8Array(sampleBytes);
  let length = 0;
  try {
    while (length < sampleBytes) {
      const { done, value } = await reader.read();
      if (done) break;
      const part = value.subarray(0, sampleBytes - length);
      bytes.set(part, length);
      length += part.length;
    }
    return bytes.subarray(0, length);
  } catch {
    // Packed, and damaged: the import says so.
    return null;
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}

/** UTF-8, or else the encoding that old spreadsheets write; only for the look, the import finds out by itself. */
function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
