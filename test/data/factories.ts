import { randomBytes } from "node:crypto";
import type pg from "pg";
import { expect } from "vitest";
import type { ContactRow } from "../../domain/contact.js";
import { InvalidInput } from "../../domain/errors.js";

/** A tenant of the test's own. */
export async function makeTenant(pool: pg.Pool): Promise<string> {
  const tenantId = `t${randomBytes(5).toString("hex")}`;
  await pool.query("insert into tenants (tenant_id, name) values ($1, $1)", [tenantId]);
  return tenantId;
}

export function contactRow(email: string, row: Partial<ContactRow> = {}): ContactRow {
  const domain = email.slice(email.lastIndexOf("@") + 1);
  return {
    email,
    domain,
    firstName: null,
    lastName: null,
    name: null,
    timeZone: null,
    attributes: {},
    ...row,
  };
}

export function templateContent(subject = "Hello"): {
  subject: string;
  preheader: string | null;
  html: string;
  text: string;
  links: string[];
} {
  return { subject, preheader: null, html: "<p>Hi {{first_name}}</p>", text: "Hi {{first_name}}", links: [] };
}

/** The fields that an `InvalidInput` names; fails when the work does not end in one. */
export async function fieldsRefused(work: Promise<unknown>): Promise<string[]> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InvalidInput);
  return (error as InvalidInput).problems.map((problem) => problem.field);
}
