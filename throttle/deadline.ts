import type { Redis } from "ioredis";
import { Unavailable } from "../domain/errors.js";

/** Longest wait for one answer of Redis, in milliseconds; a healthy one takes less than one. */
export const answerTimeoutMs = 2_000;

/**
 * Runs a command now or not at all: nothing is queued while the connection is down, so that a backlog of requests whose
 * callers have given up does not spend permits when Redis comes back.
 * @param onLate called with an answer that came after the caller was told `Unavailable`.
 * @throws Unavailable when Redis is not connected, fails, or does not answer in time.
 */
export async function beforeDeadline<T>(
  redis: Redis,
  command: () => Promise<T>,
  options: { timeoutMs?: number; onLate?: (answer: T) => void } = {},
): Promise<T> {
  const deadline = Date.now() + (options.timeoutMs ?? answerTimeoutMs);
  if (redis.status !== "ready") await ready(redis, deadline - Date.now());
  return answered(command(), Math.max(1, deadline - Date.now()), options.onLate);
}

/** Resolves when the connection can take commands. @throws Unavailable after `timeoutMs`, or at once when it was closed. */
function ready(redis: Redis, timeoutMs: number): Promise<void> {
  if (redis.status === "end") return Promise.reject(new Unavailable("Redis"));
  if (redis.status === "wait") redis.connect().catch(() => undefined);
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      redis.off("ready", onReady);
      redis.off("end", onEnd);
    };
    const onReady = () => {
      stop();
      resolve();
    };
    const onEnd = () => {
      stop();
      reject(new Unavailable("Redis"));
    };
    const timer = setTimeout(onEnd, timeoutMs);
    redis.on("ready", onReady);
    redis.on("end", onEnd);
  });
}

function answered<T>(answer: Promise<T>, timeoutMs: number, onLate?: (answer: T) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      reject(new Unavailable("Redis", new Error(`no answer in ${timeoutMs} ms`)));
    }, timeoutMs);
    answer.then(
      (value) => {
        clearTimeout(timer);
        if (late) onLate?.(value);
        else resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(new Unavailable("Redis", error));
      },
    );
  });
}
