/** Tells the person at the terminal what happens, a line each. */
export interface Narrator {
  say: (sentence: string) => void;
  ready: (name: string, where: string, tookMs: number) => void;
}

export function createNarrator(out: NodeJS.WritableStream & { isTTY?: boolean }): Narrator {
  const tick = out.isTTY ? "\u001b[32m✓\u001b[0m" : "✓";
  return {
    say: (sentence) => void out.write(`${sentence}\n`),
    ready: (name, where, tookMs) =>
      void out.write(`${tick} ${name.padEnd(20)} ${where.padEnd(34)} ${(tookMs / 1000).toFixed(1)} s\n`),
  };
}
