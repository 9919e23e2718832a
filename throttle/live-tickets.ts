import { createHash, randomBytes } from "node:crypto";
import type { Redis } from "ioredis";
import { beforeDeadline } from "./deadline.js";
import { liveTicketKey } from "./keys.js";

export interface LiveTickets<Bearer> {
  /** Good for one connection, within `secondsToLive`. @throws Unavailable */
  issue(bearer: Bearer): Promise<string>;
  /** Null when it was used, is too old, or was never issued. @throws Unavailable */
  redeem(ticket: string): Promise<Bearer | null>;
}

export const secondsToLive = 30;
const ticketPattern = /^[A-Za-z0-9_-]{43}$/;

/** Tickets stand for who asked for them; Redis has their hashes, so that who reads it cannot use them. */
export function createLiveTickets<Bearer>(redis: () => Redis): LiveTickets<Bearer> {
  return {
    async issue(bearer) {
      const ticket = randomBytes(32).toString("base64url");
      const connection = redis();
      await beforeDeadline(connection, () =>
        connection.set(liveTicketKey(hashOf(ticket)), JSON.stringify(bearer), "EX", secondsToLive),
      );
      return ticket;
    },
    async redeem(ticket) {
      if (!ticketPattern.test(ticket)) return null;
      const connection = redis();
      const held = await beforeDeadline(connection, () => connection.getdel(liveTicketKey(hashOf(ticket))));
      return held === null ? null : (JSON.parse(held) as Bearer);
    },
  };
}

function hashOf(ticket: string): string {
  return createHash("sha256").update(ticket).digest("hex");
}
