import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createOutput } from "../../cli/output.js";
import { watch } from "../../cli/watch.js";
import { connectFloe, type Floe } from "../../client/connect.js";
import type { SendSummary } from "../../db/sends.js";
import { settledRecipients, totalRecipients } from "../../domain/recipient-status.js";
import type { Endpoints } from "../endpoints.js";
import type { SmtpServer } from "./external.js";
import type { StartOptions } from "./options.js";

const tenantId = "demo";
const list = "demo";
const nodeId = "inbox";
/** The whole demo in some forty seconds. */
const pacedPerSecond = 25;
const contactsFile = fileURLToPath(new URL("../../examples/contacts.csv", import.meta.url));
const templateFile = fileURLToPath(new URL("../../examples/welcome.html", import.meta.url));

export interface DemoInput {
  endpoints: Endpoints;
  smtp: SmtpServer;
  timeZone: string;
  mode: StartOptions["demo"];
  /** Slow enough to be watched in the dashboard; false: as fast as it goes. */
  paced: boolean;
  say: (sentence: string) => void;
}

/**
 * Imports the example contacts and sends them a campaign, watched to its end. A demo that was sent from these data is not
 * sent again unless `mode` is `always`; one that was interrupted is watched to its end.
 * @returns the counted ledger; undefined when no demo was wanted, or the person stopped watching
 */
export async function runDemo(input: DemoInput): Promise<SendSummary | undefined> {
  if (input.mode === "never") return undefined;
  const floe = await connectFloe({ ...input.endpoints, timeZone: input.timeZone });
  try {
    await floe.tenants.create({ tenantId, name: "Demo" });
    // Its port may be another one than at the last start.
    // Of no tenant: whoever tries a campaign of their own on this stack sends through it too.
    await floe.nodes.upsert({ nodeId, ...input.smtp, maxConnections: 10 });
    const [last] = await floe.campaigns.sends({ tenantId, limit: 1 });
    const again = input.mode === "always" || last === undefined;
    const sendId = again ? await startCampaign(floe, input) : last.sendId;
    return await watchSend(floe, sendId, !again);
  } finally {
    await floe.close();
  }
}

async function startCampaign(floe: Floe, { say, paced }: DemoInput): Promise<string> {
  await floe.lists.create({ tenantId, name: list });
  const started = await floe.contacts.import({ tenantId, path: contactsFile, list });
  const imported = await started.result();
  say(
    `Imported ${imported.rowsImported} contacts of examples/contacts.csv; refused ${imported.rowsRefused} broken rows ` +
      `(npm run floe -- imports refusals ${imported.importId} --tenant ${tenantId}).`,
  );
  await floe.templates.save({
    tenantId,
    name: "welcome",
    subject: "{{#if first_name}}{{first_name}}, welcome{{else}}Welcome{{/if}} to Floe",
    preheader: "Sent by a durable workflow",
    html: await readFile(templateFile, "utf8"),
  });
  const { campaignId } = await floe.campaigns.create({
    tenantId,
    name: "Welcome",
    template: "welcome",
    list,
    fromName: "Floe",
    fromEmail: "hello@example.com",
  });
  const { sendId } = await floe.campaigns.start({
    tenantId,
    campaignId,
    ...(paced && { perSecond: pacedPerSecond }),
  });
  return sendId;
}

async function watchSend(floe: Floe, sendId: string, isOld: boolean): Promise<SendSummary | undefined> {
  const send = { tenantId, sendId };
  const ended = await floe.campaigns.status(send);
  if (isOld && (ended.status === "completed" || ended.status === "cancelled")) return ended;
  return watch<SendSummary>({
    poll: () => floe.campaigns.status(send),
    view: (state) => ({
      done: settledRecipients(state.counts),
      total: totalRecipients(state.counts),
      text: state.status,
      finished: state.status === "completed" || state.status === "cancelled",
    }),
    goesOn: "The campaign goes on when Floe is started again.",
    output: createOutput(false, process.stdout, process.stderr),
  });
}
