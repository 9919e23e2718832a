/** What live updates are made of, for who tells them and who follows them. Names as in JSON: browsers read them as they are. */

export type LiveChannel =
  | { kind: "progress" }
  | { kind: "notifications" }
  | { kind: "alerts" }
  | { kind: "platform-alerts" }
  /** Progress of one send. */
  | { kind: "send"; sendId: string };

export const liveChannelHelp =
  "must be progress, notifications, alerts, platform-alerts or sends/<id of a send>";

const sendPattern = /^sends\/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/;

const plainChannels = ["progress", "notifications", "alerts", "platform-alerts"] as const;

export function parseLiveChannel(text: string): LiveChannel | null {
  const named = plainChannels.find((name) => name === text);
  if (named) return { kind: named };
  const [, sendId] = sendPattern.exec(text) ?? [];
  return sendId === undefined ? null : { kind: "send", sendId };
}

/** RFC 9457, as everywhere in the API. */
export interface LiveProblem {
  title: string;
  status: number;
  detail: string;
  problems?: { field: string; problem: string; pointer: string }[];
}

/** Why a connection is ended by the server. */
export type ByeReason =
  "shutting_down" | "key_invalid" | "too_slow" | "too_many_messages" | "ended" | "failed";

export const closeCodeOf: Record<ByeReason, number> = {
  shutting_down: 1001,
  key_invalid: 1008,
  too_many_messages: 1008,
  failed: 1011,
  too_slow: 1013,
  ended: 1000,
};

/** `sequence` is where to resume: given as `cursor`, nothing before it is told again and nothing behind it is missed. */
export type LiveMessage =
  | { type: "subscribed"; channel: string; sequence: string; data?: unknown[] }
  /** The cursor is older than what is kept: `data` is how everything stands now, and updates follow behind `sequence`. */
  | { type: "gap"; channel: string; sequence: string; data: unknown[] }
  /** `coalesced`: earlier updates of the same id that this one stands for, because the reader was slow. */
  | { type: "update"; channel: string; sequence: string; data: unknown; coalesced?: number }
  | { type: "caught_up"; channel: string; sequence: string }
  | { type: "unsubscribed"; channel: string }
  | { type: "pong" }
  | { type: "error"; channel?: string; problem: LiveProblem }
  | { type: "bye"; reason: ByeReason };

export type LiveRequest =
  | { type: "subscribe"; channel: string; cursor?: string; user?: string; snapshot?: boolean }
  | { type: "unsubscribe"; channel: string }
  | { type: "ping" };

/** Chosen as `Sec-WebSocket-Protocol`. */
export const liveProtocol = "floe.live.v1";
/** Before a ticket, among the protocols that a browser offers. */
export const ticketProtocol = "floe.ticket.";
