import type { Redis } from "ioredis";
import { beforeDeadline } from "./deadline.js";
import { progressChannel } from "./keys.js";

/** Wakes those who follow a tenant's progress. @throws Unavailable */
export async function ringProgress(redis: Redis, tenantIds: readonly string[]): Promise<void> {
  await Promise.all(
    tenantIds.map((tenantId) => beforeDeadline(redis, () => redis.publish(progressChannel(tenantId), ""))),
  );
}

export interface ProgressBell {
  /** Calls `onRing` when there may be news of the tenant. Bells that are lost with a connection are not rung again. */
  listen(tenantId: string, onRing: () => void): { stop: () => void };
}

/** One connection for all who listen in this process, open as long as somebody does. */
export function createProgressBell(open: () => Redis): ProgressBell {
  const listeners = new Map<string, Set<() => void>>();
  let redis: Redis | undefined;

  const ring = (channel: string): void => listeners.get(channel)?.forEach((onRing) => onRing());
  const connection = (): Redis => {
    if (redis) return redis;
    redis = open();
    redis.on("message", ring);
    // For whatever was rung while it was away.
    redis.on("ready", () => [...listeners.keys()].forEach(ring));
    return redis;
  };

  return {
    listen(tenantId, onRing) {
      const channel = progressChannel(tenantId);
      const rings = listeners.get(channel) ?? new Set();
      const connected = connection();
      // For what was rung before it could be heard. Redis away: it is subscribed to when Redis is back, and those who listen
      // look from time to time anyway.
      const hear = (): Promise<void> => connected.subscribe(channel).then(() => ring(channel));
      if (rings.size === 0) hear().catch(() => undefined);
      listeners.set(channel, rings.add(onRing));
      return {
        stop: () => {
          rings.delete(onRing);
          if (rings.size > 0) return;
          listeners.delete(channel);
          if (listeners.size > 0) return void connected.unsubscribe(channel).catch(() => undefined);
          connected.disconnect();
          redis = undefined;
        },
      };
    },
  };
}
