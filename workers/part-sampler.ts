import { Gauge, type Registry } from "prom-client";
import { answers } from "./part-answers.js";

/** Each resolves when the part answers. */
export type Pings = Record<"postgres" | "redis" | "temporal", () => Promise<unknown>>;

const everyMs = 10_000;

/** Shows which parts this process reaches: what is away shows as 0, not as nothing. */
export function sampleParts(pings: Pings, registry: Registry): { stop: () => void } {
  const up = new Gauge({
    name: "part_up",
    help: "1 while this process reaches the part (postgres, redis, temporal), 0 while it does not.",
    labelNames: ["part"],
    registers: [registry],
  });
  const look = (): void => {
    for (const [part, ping] of Object.entries(pings))
      void answers(ping).then((isUp) => up.set({ part }, isUp ? 1 : 0));
  };
  look();
  const timer = setInterval(look, everyMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
