/**
 * The fault server as a process of its own:
 *   node --import tsx test/support/fault-smtp-main.ts [--port 2525] [--control-port 0] [--faults '<json>'] [--keep-bodies] [--leashed]
 * Prints one line `{"port":…,"controlPort":…}` when it listens. Control over HTTP on 127.0.0.1:
 *   GET /statistics · GET /messages (one JSON object a line) · PUT /faults (a JSON array) · DELETE /messages
 *   POST /away · POST /back
 */
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { startFaultSmtp, type Fault } from "./fault-smtp.js";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    "control-port": { type: "string", default: "0" },
    faults: { type: "string", default: "[]" },
    "keep-bodies": { type: "boolean", default: false },
    // Ends with its parent: when stdin closes.
    leashed: { type: "boolean", default: false },
  },
});

if (values.leashed) process.stdin.resume().on("end", () => process.exit());

const server = await startFaultSmtp({
  port: Number(values.port),
  faults: JSON.parse(values.faults) as Fault[],
  keepBodies: values["keep-bodies"],
});

const control = http.createServer((request, response) => {
  void answer(request, response);
});
control.listen(Number(values["control-port"]), "127.0.0.1");
await once(control, "listening");
console.log(JSON.stringify({ port: server.port, controlPort: (control.address() as AddressInfo).port }));

async function answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  switch (`${request.method} ${request.url}`) {
    case "GET /statistics":
      response.end(JSON.stringify(server.statistics()));
      return;
    case "GET /messages":
      for (const message of server.messages) response.write(JSON.stringify(message) + "\n");
      response.end();
      return;
    case "PUT /faults": {
      let body = "";
      for await (const chunk of request.setEncoding("utf8")) body += String(chunk);
      server.setFaults(JSON.parse(body) as Fault[]);
      response.end("{}");
      return;
    }
    case "POST /away":
      await server.goAway();
      response.end("{}");
      return;
    case "POST /back":
      await server.comeBack();
      response.end("{}");
      return;
    case "DELETE /messages":
      server.forget();
      response.end("{}");
      return;
    default:
      response.writeHead(404).end();
  }
}
