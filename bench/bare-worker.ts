/** Sends a range of contacts with nodemailer's pool and tells when it is done. */
import { once } from "node:events";
import nodemailer from "nodemailer";
import type { PlainTask } from "./plain.js";
import { benchTemplate, contact, createRenderer, isSuppressed, sender } from "./content.js";

process.on("disconnect", () => process.exit(1));
process.send?.({ ready: true });
const [task] = (await once(process, "message")) as [PlainTask];
await sendRange(task);
process.send?.({ done: true });

async function sendRange(task: PlainTask): Promise<void> {
  const render = createRenderer(benchTemplate(task.htmlKb), "https://bench.test");
  const pool = nodemailer.createTransport({
    pool: true,
    host: "127.0.0.1",
    port: task.port,
    maxConnections: task.connections,
    maxMessages: Infinity,
    ignoreTLS: true,
  });
  let next = task.from;
  // Twice as many callers as connections: none of them ever waits for something to send.
  const callers = Array.from({ length: 2 * task.connections }, async () => {
    while (next <= task.to) {
      const id = next++;
      if (isSuppressed(id)) continue;
      const { email, firstName, city, plan } = contact(id);
      const message = render(String(id), { email, first_name: firstName, city, plan });
      await pool.sendMail({ from: { name: sender.name, address: sender.email }, to: email, ...message });
    }
  });
  await Promise.all(callers);
  pool.close();
}
