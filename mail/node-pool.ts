import type { Logger } from "pino";
import type { OutgoingMessage, SendNode } from "../activities/delivery-ports.js";
import type { SendOutcome } from "../domain/outcome.js";
import { openSession, type SessionFailure, type SessionOptions, type SmtpSession } from "./smtp-session.js";

export interface NodePoolOptions extends SessionOptions {
  log: Logger;
  idleCloseMs: number;
}

/** The connections to one node. */
export interface NodePool {
  transmit(message: OutgoingMessage): Promise<SendOutcome>;
  /** Finishes what is on the wire, gives back what is queued as `node-away`, closes every connection. */
  close(): Promise<void>;
}

interface Job {
  message: OutgoingMessage;
  settle(outcome: SendOutcome): void;
}

/** After a server refused one more connection, milliseconds to make do with those that stand. */
const refusalPauseMs = 15_000;

export function createNodePool(node: SendNode, options: NodePoolOptions): NodePool {
  const log = options.log.child({ nodeId: node.nodeId });
  const queue: Job[] = [];
  const idle: { session: SmtpSession; timer: NodeJS.Timeout }[] = [];
  /** Connections that exist, from the first packet to the last: those being opened or ended included. */
  let connections = 0;
  let opening = 0;
  let working = 0;
  let noMoreUntil = 0;
  let closing = false;
  let drained: (() => void) | undefined;

  /** Gives queued messages to idle sessions, and opens as many new ones as there are messages without one. */
  const advance = () => {
    while (queue.length > 0) {
      const parked = takeIdle();
      if (!parked) break;
      void work(parked);
    }
    while (opening < queue.length && connections < node.maxConnections) {
      if (opening + working + idle.length > 0 && Date.now() < noMoreUntil) break;
      void open();
    }
    if (closing && working === 0 && opening === 0) drained?.();
  };

  const takeIdle = (): SmtpSession | undefined => {
    for (let parked = idle.pop(); parked; parked = idle.pop()) {
      clearTimeout(parked.timer);
      if (parked.session.usable()) return parked.session;
    }
    return undefined;
  };

  const open = async () => {
    opening += 1;
    connections += 1;
    const result = await openSession(node, options, ended);
    opening -= 1;
    if (isFailure(result)) {
      connections -= 1;
      refused(result);
    } else if (closing) result.quit();
    else if (queue.length > 0) void work(result);
    else park(result);
    advance();
  };

  /** While other sessions stand, the queue waits for them; with none, the node is away for all that wait. */
  const refused = (failure: SessionFailure) => {
    log.warn(
      { code: failure.code, replyCode: failure.reply?.code, standing: working + idle.length },
      "smtp.no_session",
    );
    noMoreUntil = Date.now() + refusalPauseMs;
    if (working + idle.length + opening > 0) return;
    const reply = failure.reply ? { reply: failure.reply } : {};
    for (const job of queue.splice(0)) job.settle({ kind: "deferred", reason: "node-away", ...reply });
  };

  const work = async (session: SmtpSession) => {
    working += 1;
    for (let job = queue.shift(); job; job = queue.shift()) {
      job.settle(await session.transmit(job.message));
      if (!session.usable()) break;
      if (session.messages >= node.maxMessagesPerConnection) {
        session.quit();
        break;
      }
    }
    working -= 1;
    if (session.usable()) {
      if (closing) session.quit();
      else park(session);
    }
    advance();
  };

  const park = (session: SmtpSession) => {
    const timer = setTimeout(() => {
      forget(session);
      session.quit();
    }, options.idleCloseMs);
    timer.unref();
    idle.push({ session, timer });
  };

  const forget = (session: SmtpSession) => {
    const at = idle.findIndex((parked) => parked.session === session);
    if (at >= 0) clearTimeout(idle.splice(at, 1)[0]?.timer);
  };

  const ended = () => {
    connections -= 1;
    for (const { session } of idle.filter((parked) => !parked.session.usable())) forget(session);
    advance();
  };

  return {
    transmit: (message) =>
      new Promise((settle) => {
        if (closing) return settle({ kind: "deferred", reason: "node-away" });
        queue.push({ message, settle });
        advance();
      }),
    async close() {
      closing = true;
      for (const job of queue.splice(0)) job.settle({ kind: "deferred", reason: "node-away" });
      for (const { session, timer } of idle.splice(0)) {
        clearTimeout(timer);
        session.quit();
      }
      if (working > 0 || opening > 0) await new Promise<void>((resolve) => (drained = resolve));
    },
  };
}

function isFailure(result: SmtpSession | SessionFailure): result is SessionFailure {
  return "code" in result;
}
