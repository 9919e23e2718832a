/**
 * A receiver of webhooks as a process of its own, on 127.0.0.1; `webhook-receiver.ts` starts it. It ends with its parent, and
 * prints one line `{"port":…,"controlPort":…}` when it listens. Control over HTTP:
 *   GET /hits (one JSON object a line) · GET /counts (by path) · DELETE /hits · PUT /behaviours (a JSON object by path)
 */
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";
import type { Answer, Behaviour, Hit } from "./webhook-receiver.js";

process.stdin.resume().on("end", () => process.exit());

let hits: Hit[] = [];
const counts = new Map<string, number>();
let behaviours: Record<string, Behaviour> = {};
/** How many answers of a path were given. */
let given = new Map<string, number>();

const [port, controlPort] = await Promise.all([listen(receive), listen(control)]);
console.log(JSON.stringify({ port, controlPort }));

async function listen(
  handle: (request: http.IncomingMessage, response: http.ServerResponse) => Promise<void>,
) {
  const server = http.createServer({ keepAliveTimeout: 10_000 }, (request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1", 1_024);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** Counted before it is answered: what was answered is in the count. */
async function receive(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const path = request.url ?? "/";
  const body = await text(request);
  const behaviour = behaviours[path] ?? {};
  const nth = given.get(path) ?? 0;
  given.set(path, nth + 1);
  const answers = behaviour.answers ?? [];
  const answer = answers[nth] ?? answers.at(-1) ?? { kind: "status", status: 200 };
  counts.set(path, (counts.get(path) ?? 0) + 1);
  hits.push({
    path,
    webhookId: String(request.headers["webhook-id"]),
    timestamp: Number(request.headers["webhook-timestamp"]),
    verified: behaviour.secret === undefined ? null : verifies(behaviour.secret, body, request.headers),
    headers: behaviour.keep ? request.headers : null,
    body: behaviour.keep ? body : null,
    atMs: Date.now(),
  });
  give(answer, response);
}

function verifies(secret: string, body: string, headers: http.IncomingHttpHeaders): boolean {
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}

function give(answer: Answer, response: http.ServerResponse): void {
  switch (answer.kind) {
    case "status":
      response.writeHead(answer.status, answer.headers).end(answer.body ?? "");
      return;
    case "late":
      setTimeout(() => response.writeHead(200).end(), answer.afterMs);
      return;
    case "hang":
      return;
    case "drop":
      response.destroy();
      return;
    case "drip": {
      response.writeHead(200);
      const timer = setInterval(() => response.write("."), 50);
      response.on("close", () => clearInterval(timer));
      return;
    }
    case "flood": {
      response.writeHead(200);
      const piece = "x".repeat(65_536);
      const pour = () => {
        while (!response.destroyed && response.write(piece));
      };
      response.on("drain", pour);
      pour();
    }
  }
}

async function control(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  switch (`${request.method} ${request.url}`) {
    case "GET /hits":
      response.end(hits.map((hit) => JSON.stringify(hit)).join("\n"));
      return;
    case "GET /counts":
      response.end(JSON.stringify(Object.fromEntries(counts)));
      return;
    case "DELETE /hits":
      hits = [];
      counts.clear();
      given = new Map();
      response.end();
      return;
    case "PUT /behaviours":
      behaviours = { ...behaviours, ...(JSON.parse(await text(request)) as Record<string, Behaviour>) };
      response.end();
      return;
    default:
      response.writeHead(404).end();
  }
}
