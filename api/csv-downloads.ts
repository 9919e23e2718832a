import { Router } from "express";
import type { z } from "zod";
import { recipientsExportSchema } from "../client/campaign-input.js";
import { contactsExportSchema } from "../client/contacts.js";
import { refusedSchema } from "../client/import-input.js";
import { allowed } from "./allowed.js";
import { look, readAs, sendStream, type Stream, type StreamPorts } from "./streams.js";

export const contactsDownload = {
  ...{ id: "contacts.export", method: "get", path: "/api/contacts/export.csv" },
  ...{ resource: "contacts", level: "read" },
  summary: "Contacts as a CSV file, however many: all, or those of a list or segment",
  input: contactsExportSchema,
} as const satisfies Stream;

export const refusedDownload = {
  ...{ id: "imports.refused", method: "get", path: "/api/imports/:import_id/refused.csv" },
  ...{ resource: "imports", level: "read" },
  summary: "Rows that an import refused as a CSV file, with the reason: mended, it can be imported",
  input: refusedSchema,
} as const satisfies Stream;

export const recipientsDownload = {
  ...{ id: "sends.export_recipients", method: "get", path: "/api/sends/:send_id/recipients.csv" },
  ...{ resource: "campaigns", level: "read" },
  summary:
    "Recipients of a send as a CSV file, however many: all, or who did not get it, or whom a limit holds back",
  input: recipientsExportSchema,
} as const satisfies Stream;

/** What is small enough, or streamed fast enough, to be answered at once; larger sets are exports. */
export function createCsvDownloads(ports: StreamPorts): Router {
  const { campaigns, contacts, imports } = ports.floe;
  const router = Router();

  router.get(contactsDownload.path, ...allowed(ports, contactsDownload), async (request, response) => {
    const { csv } = await look(contactsDownload, { request, response }, (input) =>
      contacts.export(input as z.input<typeof contactsExportSchema>),
    );
    response.type("text/csv").attachment("contacts.csv");
    await sendStream(csv, response);
  });

  router.get(recipientsDownload.path, ...allowed(ports, recipientsDownload), async (request, response) => {
    const { sendId, csv } = await look(recipientsDownload, { request, response }, async (input) => {
      const asked = input as z.input<typeof recipientsExportSchema>;
      return { ...asked, ...(await campaigns.exportRecipients(asked)) };
    });
    response.type("text/csv").attachment(`recipients-${sendId}.csv`);
    await sendStream(csv, response);
  });

  router.get(refusedDownload.path, ...allowed(ports, refusedDownload), async (request, response) => {
    const { tenantId, importId, csv } = await look(refusedDownload, { request, response }, async (input) => {
      const asked = input as z.input<typeof refusedSchema>;
      return { ...asked, csv: await imports.refused(asked) };
    });
    response.type("text/csv").attachment(`refused-${importId}.csv`);
    await sendStream(readAs(tenantId, csv), response);
  });
  return router;
}
