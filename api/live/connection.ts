import type { Logger } from "pino";
import type { RawData, WebSocket } from "ws";
import { toFloeError } from "../../client/failures.js";
import { closeCodeOf, type ByeReason } from "../../domain/live-updates.js";
import { createProblem, ProblemError, problemOf } from "../problems.js";
import type { LiveBearer } from "./bearer.js";
import type { LiveFeeds } from "./feeds.js";
import { channelOf, parseRequest } from "./messages.js";
import type { LiveMetrics } from "./metrics.js";
import { createOutbox, type Outbox, type OutboxLimits } from "./outbox.js";
import { createSubscriptions, type Subscriptions } from "./subscriptions.js";

export interface ConnectionLimits extends OutboxLimits {
  subscriptions: number;
  /** Messages a second, and at once. */
  messages: { perSecond: number; burst: number };
  /** How long a reader that was told goodbye may take to close. */
  farewellMs: number;
}

export interface ConnectionPorts {
  feeds: LiveFeeds;
  metrics: LiveMetrics;
  log: Logger;
  limits: ConnectionLimits;
}

export interface LiveConnection {
  readonly bearer: LiveBearer;
  /** Tells why, and ends it. */
  end(reason: ByeReason): void;
  /** Nothing is left of it. */
  readonly closed: Promise<void>;
}

/** One socket: what it asks for, one request after the other, and what it is told. */
export function serveConnection(
  socket: WebSocket,
  bearer: LiveBearer,
  { feeds, metrics, log, limits }: ConnectionPorts,
): LiveConnection {
  const failed = (error: unknown, channel?: string): void =>
    log.error({ err: error, channel, key: bearer.principal.id }, "live.failed");
  const outbox = createOutbox(socket, {
    ...{ limits, onSend: (type) => metrics.message("out", type), onStalled: () => end("too_slow") },
  });
  const onFailure = (error: unknown, channel: string): void => {
    failed(error, channel);
    end("failed");
  };
  const subscriptions = createSubscriptions({
    ...{ bearer, feeds, outbox, metrics, onFailure, most: limits.subscriptions },
  });
  const allowed = createAllowance(limits.messages);
  let ended = false;
  let turn: Promise<void> = Promise.resolve();

  function end(reason: ByeReason): void {
    if (ended) return;
    ended = true;
    metrics.ended(reason);
    outbox.send({ type: "bye", reason });
    outbox.close();
    socket.close(closeCodeOf[reason], reason);
    setTimeout(() => socket.terminate(), limits.farewellMs).unref();
  }

  const take = async (text: string | null): Promise<void> => {
    if (ended) return;
    try {
      if (text === null) throw new ProblemError(createProblem(400, "Messages are text, not binary."));
      const type = await carryOut(text, subscriptions, outbox);
      metrics.message("in", type);
    } catch (error) {
      metrics.message("in", "refused");
      refuse(error, text, { outbox, failed });
    }
  };

  socket.on("message", (data: RawData, isBinary) => {
    if (!allowed()) return end("too_many_messages");
    turn = turn.then(() => take(isBinary ? null : (data as Buffer).toString("utf8")));
  });
  // Too large, not UTF-8, or no WebSocket at all: the library closes it, with the code that says so.
  socket.on("error", () => undefined);
  const gone = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  const closed = gone.then(async () => {
    ended = true;
    outbox.close();
    await turn;
    await subscriptions.close();
  });
  return { bearer, end, closed };
}

async function carryOut(text: string, subscriptions: Subscriptions, outbox: Outbox): Promise<string> {
  const request = parseRequest(text);
  switch (request.type) {
    case "subscribe":
      await subscriptions.subscribe(request);
      break;
    case "unsubscribe":
      await subscriptions.unsubscribe(request.channel);
      break;
    case "ping":
      outbox.send({ type: "pong" });
  }
  return request.type;
}

function refuse(
  error: unknown,
  text: string | null,
  { outbox, failed }: { outbox: Outbox; failed: (error: unknown) => void },
): void {
  const { title, status, detail, problems } = problemOf(toFloeError(error));
  if (status === 500) failed(error);
  const channel = text === null ? undefined : channelOf(text);
  const problem = { title, status, detail, ...(problems && { problems }) };
  outbox.send({ type: "error", ...(channel !== undefined && { channel }), problem });
}

/** A bucket of tokens. @returns whether one more message is within it */
function createAllowance({ perSecond, burst }: ConnectionLimits["messages"]): () => boolean {
  let tokens = burst;
  let at = Date.now();
  return () => {
    const now = Date.now();
    tokens = Math.min(burst, tokens + ((now - at) / 1_000) * perSecond);
    at = now;
    tokens -= 1;
    return tokens >= 0;
  };
}
