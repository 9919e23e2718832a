import type { Redis } from "ioredis";
import { traceKey } from "./keys.js";

/** In which trace something was done, for what follows from it later and elsewhere. May forget. */
export interface TraceMemory {
  /** @param subject id of a send or a group of emails; `traceparent` as W3C writes it */
  remember(subject: string, traceparent: string): void;
  /** In the subjects' order; undefined: not known, or Redis is away. */
  recall(subjects: readonly string[]): Promise<(string | undefined)[]>;
}

/** Webhooks are retried over days; whoever looks at a trace does so within them. */
const keptSeconds = 3 * 86_400;

export function createTraceMemory(redis: Redis): TraceMemory {
  return {
    remember(subject, traceparent) {
      redis.set(traceKey(subject), traceparent, "EX", keptSeconds).catch(() => undefined);
    },
    async recall(subjects) {
      if (subjects.length === 0) return [];
      const pipeline = redis.pipeline();
      for (const subject of subjects) pipeline.get(traceKey(subject));
      const answers = (await pipeline.exec().catch(() => null)) ?? [];
      return subjects.map((_, at) => {
        const answer = answers[at]?.[1];
        return typeof answer === "string" ? answer : undefined;
      });
    },
  };
}
