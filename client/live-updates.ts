import { backoffMs, liveBackoff } from "../domain/backoff.js";
import { asError, FloeError } from "../domain/errors.js";
import type { LiveMessage, LiveProblem } from "../domain/live-updates.js";
import { parseInput } from "./input.js";
import {
  liveOptionsSchema,
  liveSubscriptionSchema,
  type LiveSubscriptionInput,
  type LiveUpdatesOptions,
} from "./live-input.js";
import { openLiveSocket, type LiveSocket } from "./live-socket.js";

export type { LiveSubscriptionInput, LiveUpdatesOptions } from "./live-input.js";

export interface LiveHandlers {
  /** With names as in JSON (docs/live-updates.md). `coalesced`: so many earlier ones of the same id it stands for. */
  onUpdate: (data: Record<string, unknown>, update: { sequence: string; coalesced: number }) => void;
  /** How everything stands: asked for by `snapshot`, or after a `gap`, because the cursor was older than what is kept. */
  onSnapshot?: (rows: Record<string, unknown>[], snapshot: { sequence: string; gap: boolean }) => void;
  /** Everything up to now was told. */
  onCaughtUp?: () => void;
  /** The subscription was refused, and is over. */
  onError?: (error: Error) => void;
}

export interface LiveSubscription {
  /** Where another subscription resumes; undefined until something was told. */
  readonly cursor: string | undefined;
  unsubscribe(): void;
}

export interface LiveUpdates {
  /** One a channel. @throws InvalidInput */
  subscribe(input: LiveSubscriptionInput, handlers: LiveHandlers): LiveSubscription;
  close(): void;
}

interface Followed {
  input: LiveSubscriptionInput;
  handlers: LiveHandlers;
  cursor: string | undefined;
  /** The connection that is open has answered this subscription. */
  begun: boolean;
}

const pingEveryMs = 30_000;
/** Answers that another attempt would get, too. */
const final = [401, 403, 404, 422];

/**
 * Live updates of an API, in Node (with a key) or a browser (with tickets). Connects by itself, again and again after a break,
 * and goes on behind what the handlers have taken: each update once, in order. A handler that
 * throws ends its subscription; the cursor stands before what it did not take.
 * @throws InvalidInput
 */
export function createLiveUpdates(options: LiveUpdatesOptions): LiveUpdates {
  const { onConnection, ...target } = parseInput(liveOptionsSchema, options);
  const followed = new Map<string, Followed>();
  let socket: LiveSocket | undefined;
  let connected = false;
  let connecting = false;
  let heard = true;
  let attempts = 0;
  let closed = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let pinging: ReturnType<typeof setInterval> | undefined;

  const ask = (channel: string, one: Followed): void => {
    const { input, cursor } = one;
    one.begun = false;
    socket?.send({
      ...{ type: "subscribe", channel },
      ...(input.user !== undefined && { user: input.user }),
      ...(cursor !== undefined ? { cursor } : input.snapshot && { snapshot: true }),
    });
  };

  const end = (channel: string, one: Followed): void => {
    if (followed.get(channel) !== one) return;
    followed.delete(channel);
    socket?.send({ type: "unsubscribe", channel });
  };

  const onOpen = (): void => {
    connected = heard = true;
    connecting = false;
    onConnection?.(true);
    for (const [channel, one] of followed) ask(channel, one);
    pinging = setInterval(() => {
      if (!heard) return socket?.close();
      heard = false;
      socket?.send({ type: "ping" });
    }, pingEveryMs);
  };

  const onClose = ({ status }: { status?: number }): void => {
    clearInterval(pinging);
    socket = undefined;
    connecting = false;
    if (connected) onConnection?.(false);
    connected = false;
    // Nobody waits: the next subscription connects.
    if (closed || followed.size === 0) return;
    if (status !== undefined && final.includes(status)) return failAll(errorOf({ status }));
    attempts += 1;
    connecting = true;
    timer = setTimeout(connect, backoffMs(liveBackoff, attempts, Math.random()));
  };

  const connect = (): void => {
    connecting = true;
    const events = { onOpen, onClose, onMessage };
    const opening = openLiveSocket(target, events).then((opened) => {
      socket = opened;
      if (closed) opened.close();
    });
    // No ticket was to be had.
    opening.catch(() => onClose({}));
  };

  const failAll = (error: Error): void => {
    const all = [...followed.values()];
    followed.clear();
    for (const { handlers } of all) handlers.onError?.(error);
  };

  const onMessage = (message: LiveMessage): void => {
    heard = true;
    if (message.type === "bye" && message.reason === "key_invalid" && target.key !== undefined)
      return failAll(errorOf({ status: 401 }));
    if (!("channel" in message) || message.channel === undefined) return;
    const one = followed.get(message.channel);
    if (!one) return;
    if (message.type === "error") return refused(message.channel, one, message.problem);
    attempts = 0;
    one.begun ||= message.type === "subscribed" || message.type === "gap";
    // Of a subscription before this one.
    if (!one.begun || !("sequence" in message)) return;
    try {
      tell(one.handlers, message);
      one.cursor = message.sequence;
    } catch (error) {
      end(message.channel, one);
      one.handlers.onError?.(asError(error));
    }
  };

  const refused = (channel: string, one: Followed, problem: LiveProblem): void => {
    if (problem.status >= 500) return socket?.close();
    followed.delete(channel);
    one.handlers.onError?.(errorOf(problem));
  };

  return {
    subscribe(input, handlers) {
      const parsed = parseInput(liveSubscriptionSchema, input);
      const { channel, cursor } = parsed;
      if (followed.has(channel)) throw new FloeError("Conflict", `${channel} is followed already.`);
      const one: Followed = { input: parsed, handlers, cursor, begun: false };
      followed.set(channel, one);
      if (connected) ask(channel, one);
      else if (!connecting) connect();
      return {
        get cursor() {
          return one.cursor;
        },
        unsubscribe: () => end(channel, one),
      };
    },
    close() {
      closed = true;
      clearTimeout(timer);
      followed.clear();
      socket?.close();
    },
  };
}

function tell(handlers: LiveHandlers, message: LiveMessage): void {
  if (message.type === "update") {
    const { sequence, coalesced = 0 } = message;
    handlers.onUpdate(message.data as Record<string, unknown>, { sequence, coalesced });
  }
  if (message.type === "caught_up") handlers.onCaughtUp?.();
  if ((message.type === "subscribed" || message.type === "gap") && message.data) {
    const { sequence } = message;
    handlers.onSnapshot?.(message.data as Record<string, unknown>[], {
      sequence,
      gap: message.type === "gap",
    });
  }
}

function errorOf({ status, detail }: Partial<LiveProblem> & { status: number }): Error {
  const why: Record<number, string> = {
    401: "The key does not let in: it is wrong, was revoked, or has expired.",
    403: "The key may not follow this.",
    404: "There is nothing of that name.",
  };
  const message = detail ?? why[status] ?? "The subscription was refused.";
  const kinds: Record<number, "NotFound" | "Conflict"> = { 404: "NotFound", 409: "Conflict" };
  return new FloeError(kinds[status] ?? "InvalidInput", message, { details: { status } });
}
