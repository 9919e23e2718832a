import type { Logger } from "pino";
import type { OutgoingMessage, SendNode } from "../../activities/delivery-ports.js";
import type { MailboxProviderLimits } from "../../domain/mailbox-provider.js";
import type { SmtpReply } from "../../domain/outcome.js";
import { isFailure, type SessionOptions } from "./handshake.js";
import type { SessionFailure, SmtpSession } from "./session.js";
import { WaitingMessages, type Line } from "./waiting-messages.js";

export type OpenSession = (
  node: SendNode,
  options: SessionOptions,
  onEnd: () => void,
) => Promise<SmtpSession | SessionFailure>;

export interface NodePoolOptions extends SessionOptions {
  log: Logger;
  open: OpenSession;
  idleCloseMs: number;
  mailboxProviderLimits: MailboxProviderLimits;
}

/** The connections to one node. */
export interface NodePool {
  transmit(message: OutgoingMessage): void;
  /** Finishes what is on the wire, gives back what is queued as `node-away`, closes every connection. */
  close(): Promise<void>;
}

interface Connected {
  session: SmtpSession;
  line: Line;
}

/** After a server refused one more connection, milliseconds to make do with those that stand. */
const refusalPauseMs = 15_000;

export function createNodePool(node: SendNode, options: NodePoolOptions): NodePool {
  const log = options.log.child({ nodeId: node.nodeId });
  const waiting = new WaitingMessages(node.maxMessagesPerConnection, options.mailboxProviderLimits);
  const idle: { connected: Connected; timer: NodeJS.Timeout }[] = [];
  /** Connections that exist, from the first packet to the last: those being opened or ended included. */
  let connections = 0;
  let opening = 0;
  let working = 0;
  let noMoreUntil = 0;
  let closing = false;
  let drained: (() => void) | undefined;

  /** Gives waiting messages to idle connections, and opens as many new ones as there are messages without one. */
  const advance = () => {
    for (let idler = takeIdle(); idler; idler = takeIdle()) void work(idler);
    while (opening < waiting.size && connections < node.maxConnections && waiting.hasWork()) {
      if (opening + working + idle.length > 0 && Date.now() < noMoreUntil) break;
      void open();
    }
    if (closing && working === 0 && opening === 0) drained?.();
  };

  const takeIdle = (): Connected | undefined => {
    const at = idle.findLastIndex(({ connected }) => connected.line.hasWork());
    if (at < 0) return undefined;
    const [parked] = idle.splice(at, 1);
    clearTimeout(parked?.timer);
    return parked?.connected.session.usable() ? parked.connected : takeIdle();
  };

  const open = async () => {
    opening += 1;
    connections += 1;
    const result = await options.open(node, options, ended);
    opening -= 1;
    if (isFailure(result)) {
      connections -= 1;
      refused(result);
    } else if (closing) result.quit();
    else {
      const connected = { session: result, line: waiting.createLine() };
      if (connected.line.hasWork()) void work(connected);
      else park(connected);
    }
    advance();
  };

  /** While other connections stand, the queue waits for them; with none, the node is away for all that wait. */
  const refused = (failure: SessionFailure) => {
    log.warn(
      {
        code: failure.code,
        why: failure.why,
        replyCode: failure.reply?.code,
        standing: working + idle.length,
      },
      "smtp.no_session",
    );
    noMoreUntil = Date.now() + refusalPauseMs;
    if (working + idle.length + opening > 0) return;
    const reply = failure.reply ? { reply: failure.reply } : {};
    giveUpWaiting(reply);
  };

  const giveUpWaiting = (reply: { reply?: SmtpReply } = {}) => {
    for (const job of waiting.takeAll()) job.settle({ kind: "deferred", reason: "node-away", ...reply });
  };

  const work = async (connected: Connected) => {
    const { session, line } = connected;
    working += 1;
    await session.carry(line);
    working -= 1;
    if (session.usable()) {
      if (closing || line.wornOut()) session.quit();
      else park(connected);
    }
    advance();
  };

  const park = (connected: Connected) => {
    const timer = setTimeout(() => {
      forget(connected);
      connected.session.quit();
    }, options.idleCloseMs);
    timer.unref();
    idle.push({ connected, timer });
  };

  const forget = (connected: Connected) => {
    const at = idle.findIndex((parked) => parked.connected === connected);
    if (at >= 0) clearTimeout(idle.splice(at, 1)[0]?.timer);
  };

  const ended = () => {
    connections -= 1;
    for (const { connected } of idle.filter((parked) => !parked.connected.session.usable()))
      forget(connected);
    advance();
  };

  return {
    transmit(message) {
      if (closing) return message.settle({ kind: "deferred", reason: "node-away" });
      waiting.push(message);
      advance();
    },
    async close() {
      closing = true;
      giveUpWaiting();
      for (const { connected, timer } of idle.splice(0)) {
        clearTimeout(timer);
        connected.session.quit();
      }
      if (working > 0 || opening > 0) await new Promise<void>((resolve) => (drained = resolve));
      // What a dying connection gave back.
      giveUpWaiting();
    },
  };
}
