import { ServerResponse, type IncomingMessage, type Server } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Logger } from "pino";
import { WebSocketServer, type WebSocket } from "ws";
import { liveProtocol } from "../../domain/live-updates.js";
import type { Shown } from "../authenticate.js";
import { createProblem, ProblemError, problemOf } from "../problems.js";
import { bearerOf, type BearerPorts, type LiveBearer } from "./bearer.js";
import { serveConnection, type ConnectionLimits, type LiveConnection } from "./connection.js";
import type { LiveFeeds } from "./feeds.js";
import type { LiveMetrics } from "./metrics.js";
import { requireOrigin } from "./origin.js";
import { refuseUpgrade } from "./refusal.js";

export interface LiveLimits extends ConnectionLimits {
  /** Of this process, and of one key in it. */
  connections: number;
  connectionsPerKey: number;
  messageBytes: number;
  /** Between two pings; one that has not answered by the next is gone. */
  heartbeatMs: number;
  /** Between two looks whether the keys and sessions of open connections still let in. */
  recheckMs: number;
}

export const defaultLiveLimits: LiveLimits = {
  connections: 10_000,
  connectionsPerKey: 1_000,
  subscriptions: 32,
  messageBytes: 8 * 1_024,
  messages: { perSecond: 10, burst: 100 },
  fullBytes: 256 * 1_024,
  slowAfterMs: 5_000,
  stalledAfterMs: 30_000,
  farewellMs: 5_000,
  heartbeatMs: 30_000,
  recheckMs: 2_000,
};

export interface LiveGatewayPorts extends BearerPorts {
  feeds: LiveFeeds;
  /** @throws NotFound */
  requireTenant: (tenantId: string) => Promise<unknown>;
  /** Of web pages that may connect, besides those of this server. */
  origins: readonly string[];
  limits: LiveLimits;
  metrics: LiveMetrics;
  log: Logger;
}

export interface LiveGateway {
  /** Says goodbye to everybody; resolves when all are gone, after `withinMs` at most. */
  close(withinMs: number): Promise<void>;
}

const path = "/api/live";

/** Takes WebSocket connections at `/api/live` of an HTTP server. */
export function openLiveGateway(server: Server, ports: LiveGatewayPorts): LiveGateway {
  const { limits, metrics, log } = ports;
  const connections = new Set<LiveConnection>();
  const ofKey = new Map<string, number>();
  const sockets = new WebSocketServer({
    ...{ noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload: limits.messageBytes },
    handleProtocols: (offered) => offered.has(liveProtocol) && liveProtocol,
  });
  let closing = false;

  const count = ({ principal: { id } }: LiveBearer, delta: 1 | -1): void => {
    const open = (ofKey.get(id) ?? 0) + delta;
    if (open === 0) ofKey.delete(id);
    else ofKey.set(id, open);
    metrics.connected(delta);
  };

  const requireRoom = ({ principal }: LiveBearer): void => {
    if (closing) throw new ProblemError(createProblem(503, "This process shuts down; connect again."));
    if (connections.size >= limits.connections)
      throw new ProblemError(createProblem(503, "There are too many connections here; try again later."));
    if ((ofKey.get(principal.id) ?? 0) < limits.connectionsPerKey) return;
    const most = `A key has at most ${limits.connectionsPerKey} connections.`;
    throw new ProblemError(createProblem(429, most));
  };

  const admit = async (request: IncomingMessage): Promise<LiveBearer> => {
    const [asked] = (request.url ?? "").split("?");
    if (asked !== path) throw new ProblemError(createProblem(404, "There is nothing here to connect to."));
    requireOrigin(request, ports.origins);
    const bearer = await bearerOf(ports, request);
    if (bearer.principal.tenantId === null) await ports.requireTenant(bearer.tenantId);
    return bearer;
  };

  const serve = (socket: WebSocket, bearer: LiveBearer): void => {
    const connection = serveConnection(socket, bearer, ports);
    const beating = keepBeating(socket, limits.heartbeatMs);
    connections.add(connection);
    count(bearer, 1);
    void connection.closed.finally(() => {
      beating.stop();
      connections.delete(connection);
      count(bearer, -1);
    });
  };

  const upgrade = async (request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void> => {
    const broken = (): void => void stream.destroy();
    stream.on("error", broken);
    try {
      const bearer = await admit(request);
      requireRoom(bearer);
      if (stream.destroyed) return;
      stream.off("error", broken);
      sockets.handleUpgrade(request, stream, head, (socket) => serve(socket, bearer));
    } catch (error) {
      const problem = problemOf(error);
      if (problem.status === 500) log.error({ err: error }, "live.upgrade_failed");
      metrics.refused(problem.status);
      refuseUpgrade(stream, problem);
    }
  };

  const rechecking = setInterval(() => void recheck(), limits.recheckMs);
  rechecking.unref();
  const recheck = async (): Promise<void> => {
    const byShown = groupByShown(connections);
    for (const open of byShown.values()) {
      const shown = open[0]?.bearer.shown;
      if (!shown) continue;
      // Postgres away: nobody can tell; it is asked again.
      const principal = await ports.authentication.recognise(shown).catch(() => undefined);
      if (principal === null) for (const connection of open) connection.end("key_invalid");
    }
  };

  server.on("upgrade", (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    if (request.headers.upgrade?.toLowerCase() === "websocket") void upgrade(request, stream, head);
    else answerOverHttp(server, request, stream);
  });
  return {
    async close(withinMs) {
      closing = true;
      clearInterval(rechecking);
      for (const connection of connections) connection.end("shutting_down");
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, withinMs)));
      await Promise.race([Promise.all([...connections].map(({ closed }) => closed)), patience]);
      clearTimeout(timer);
    },
  };
}

/** An upgrade is an offer that may be left alone (RFC 9110, 7.8): `curl --http2` gets its answer as if it had not asked. */
function answerOverHttp(server: Server, request: IncomingMessage, stream: Duplex): void {
  stream.on("error", () => stream.destroy());
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(stream as Socket);
  response.once("finish", () => stream.end());
  server.emit("request", request, response);
}

/** A line that broke without a word is found by its silence. */
function keepBeating(socket: WebSocket, everyMs: number): { stop: () => void } {
  let answered = true;
  socket.on("pong", () => (answered = true));
  const timer = setInterval(() => {
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
  }, everyMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

function groupByShown(connections: Iterable<LiveConnection>): Map<string, LiveConnection[]> {
  const groups = new Map<string, LiveConnection[]>();
  for (const connection of connections) {
    const name = nameOf(connection.bearer.shown);
    groups.set(name, [...(groups.get(name) ?? []), connection]);
  }
  return groups;
}

function nameOf(shown: Shown): string {
  return shown.kind === "token" ? shown.digest : `${shown.sessionId} ${shown.tenantId ?? ""}`;
}
