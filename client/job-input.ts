import { z } from "zod";
import { InvalidInput, type FieldProblem } from "../domain/errors.js";
import { jobGraphLimits, type JobType } from "../domain/job-graph.js";
import { emailSchema } from "./email-input.js";
import { exportSchema } from "./export-input.js";
import { importSchema } from "./import-input.js";
import { toFileUrl } from "./imports.js";
import { parseInput, rateSchema, uuidSchema } from "./input.js";

type JobInput = Record<string, unknown>;

/** A graph's jobs take their tenant from it, and their keys from its runs. */
const anyTenant = "tenant";

export const campaignJobSchema = z.strictObject({ campaignId: uuidSchema, perSecond: rateSchema.optional() });

export const waitJobSchema = z.strictObject({
  seconds: z
    .int("must be a whole number of seconds")
    .min(1, "must be at least 1")
    .max(jobGraphLimits.waitSeconds, `must be at most ${jobGraphLimits.waitSeconds}, a year`),
});

const parsers: Record<JobType, (input: JobInput) => JobInput> = {
  "campaign.send": (input) => parseInput(campaignJobSchema, input),
  wait: (input) => parseInput(waitJobSchema, input),
  "email.send": (input) => {
    refuseFields(input, ["tenantId", "idempotencyKey", "actor"]);
    parseInput(emailSchema, { ...input, tenantId: anyTenant });
    // Kept as it was written: attachments in base64, times as text.
    return input;
  },
  "export.data": (input) => {
    refuseFields(input, ["tenantId", "exportId"]);
    parseInput(exportSchema, { ...input, tenantId: anyTenant });
    return input;
  },
  "import.contacts": (input) => {
    refuseFields(input, ["tenantId", "importId", "notifyEmail", "notifyFrom"]);
    const request = parseInput(importSchema, { ...input, tenantId: anyTenant });
    const { path, fileUrl, mapping, list, hasHeader, encoding } = request;
    return { mapping, list, hasHeader, encoding, fileUrl: toFileUrl({ path, fileUrl }) };
  },
};

/** What a job's type asks for, as it is stored. @throws InvalidInput with fields below `field` */
export function parseJobInput(type: JobType, input: JobInput, field: string): JobInput {
  try {
    return parsers[type](input);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw new InvalidInput(
      error.problems.map((problem) => ({ ...problem, field: `${field}.${problem.field}` })),
    );
  }
}

function refuseFields(input: JobInput, names: string[]): void {
  const given = names.filter((name) => name in input);
  const problems: FieldProblem[] = given.map((field) => ({ field, problem: "is the graph's to give" }));
  if (problems.length > 0) throw new InvalidInput(problems);
}
