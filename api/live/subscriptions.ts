import { refusal } from "../../domain/access.js";
import { Conflict } from "../../domain/errors.js";
import { createProblem, ProblemError } from "../problems.js";
import type { LiveBearer } from "./bearer.js";
import type { LiveFeed, LiveFilter } from "./feed.js";
import type { FeedKind, LiveFeeds } from "./feeds.js";
import type { NamedChannel, SubscribeRequest } from "./messages.js";
import type { LiveMetrics } from "./metrics.js";
import type { Outbox } from "./outbox.js";
import { follow } from "./subscription.js";

export interface SubscriptionPorts {
  bearer: LiveBearer;
  feeds: LiveFeeds;
  outbox: Outbox;
  metrics: Pick<LiveMetrics, "coalesced" | "resumed" | "gap">;
  most: number;
  /** Told what ended a subscription that nobody had ended. */
  onFailure: (error: unknown, channel: string) => void;
}

export interface Subscriptions {
  /** @throws InvalidInput, NotFound, Conflict, Unavailable, ProblemError; nothing is followed then */
  subscribe(request: SubscribeRequest): Promise<void>;
  /** No update follows. @throws Conflict when the channel is not followed */
  unsubscribe(channel: NamedChannel): Promise<void>;
  close(): Promise<void>;
}

/** What one connection follows. */
export function createSubscriptions(ports: SubscriptionPorts): Subscriptions {
  const { bearer, feeds, outbox, metrics, most, onFailure } = ports;
  const followed = new Map<string, { stop: () => Promise<void> }>();
  let closed = false;

  const start = (channel: string, kind: FeedKind, from: { filter: LiveFilter; after: string }): void => {
    const stopping = new AbortController();
    const { tail, release } = feeds.follow(bearer.tenantId, kind);
    const ended = follow({ channel, ...from, tail, outbox, metrics, signal: stopping.signal })
      .catch((error: unknown) => onFailure(error, channel))
      .finally(release);
    const stop = (): Promise<void> => {
      stopping.abort();
      return ended;
    };
    followed.set(channel, { stop });
  };

  return {
    async subscribe(request) {
      const { name, channel } = request.channel;
      if (followed.has(name)) throw new Conflict(`This connection follows ${name} already.`);
      if (followed.size >= most)
        throw new ProblemError(createProblem(429, `A connection follows at most ${most} channels.`));
      const kind: FeedKind = channel.kind === "send" ? "progress" : channel.kind;
      const feed = feeds.of(bearer.tenantId, kind);
      const refused = refusal(bearer.principal, { resource: feed.resource, level: feed.level ?? "read" });
      if (refused !== null) throw new ProblemError(createProblem(403, refused));
      const user = userOf(bearer, request.user);
      const filter = { user, ...(channel.kind === "send" && { id: channel.sendId }) };
      await feed.requireSubject(filter);
      const after = await begin(ports, feed, request, filter);
      if (!closed) start(name, kind, { filter, after });
    },
    async unsubscribe({ name }) {
      const subscription = followed.get(name);
      if (!subscription) throw new Conflict(`This connection does not follow ${name}.`);
      followed.delete(name);
      await subscription.stop();
      outbox.send({ type: "unsubscribed", channel: name });
    },
    async close() {
      closed = true;
      await Promise.all([...followed.values()].map(({ stop }) => stop()));
    },
  };
}

/** Answers a subscription. @returns the sequence behind which updates follow */
async function begin(
  { outbox, metrics }: Pick<SubscriptionPorts, "outbox" | "metrics">,
  feed: LiveFeed,
  { channel: { name: channel }, cursor, snapshot }: SubscribeRequest,
  filter: LiveFilter,
): Promise<string> {
  if (cursor === undefined) {
    const now = snapshot ? await feed.snapshot(filter) : { sequence: await feed.position() };
    outbox.send({ type: "subscribed", channel, ...now });
    return now.sequence;
  }
  if (await feed.isGap(cursor)) {
    const { sequence, data } = await feed.snapshot(filter);
    metrics.gap();
    outbox.send({ type: "gap", channel, sequence, data });
    return sequence;
  }
  metrics.resumed();
  outbox.send({ type: "subscribed", channel, sequence: cursor });
  return cursor;
}

/** A connection of one user is told nothing of another's. */
function userOf({ user }: LiveBearer, wanted: string | undefined): string | undefined {
  if (user === undefined || wanted === undefined || wanted === user) return user ?? wanted;
  throw new ProblemError(createProblem(403, `This connection is of the user ${user}.`));
}
