/** Sends prepared bytes to a range of contacts as fast as SMTP allows, and tells when it is done. */
import { once } from "node:events";
import nodemailer from "nodemailer";
import { benchTemplate, contact, createRenderer, isSuppressed, sender } from "./content.js";
import { sendPipelined } from "./pipelined-client.js";
import type { PlainTask } from "./plain.js";

process.on("disconnect", () => process.exit(1));
process.send?.({ ready: true });
const [task] = (await once(process, "message")) as [PlainTask];
await sendRange(task);
process.send?.({ done: true });

async function sendRange({ port, connections, htmlKb, from, to }: PlainTask): Promise<void> {
  const bytes = await prepare(htmlKb);
  let next = from;
  await sendPipelined(port, connections, () => {
    if (isSuppressed(next)) next += 1;
    return next <= to ? { from: sender.email, to: contact(next++).email, bytes } : undefined;
  });
}

/** One message of the size that all have; none of its lines begins with a dot. */
async function prepare(htmlKb: number): Promise<Buffer> {
  const { id, email, firstName, city, plan } = contact(1);
  const render = createRenderer(benchTemplate(htmlKb), "https://bench.test");
  const message = render(String(id), { email, first_name: firstName, city, plan });
  const composer = nodemailer.createTransport({ streamTransport: true, buffer: true, newline: "windows" });
  const from = { name: sender.name, address: sender.email };
  const composed = await composer.sendMail({ from, to: email, ...message });
  return Buffer.concat([composed.message as Buffer, Buffer.from("\r\n")]);
}
