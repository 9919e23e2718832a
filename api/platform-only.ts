import type { Principal } from "../domain/access.js";
import { InvalidInput } from "../domain/errors.js";

/**
 * What reaches into the network or the files that Floe runs in is not a tenant's to name: its key may be anybody's of that
 * tenant, its operator's is the platform's.
 */
export function refusePrivate({ tenantId }: Principal, allowPrivate: boolean | undefined): void {
  if (tenantId === null || allowPrivate !== true) return;
  throw new InvalidInput([{ field: "allowPrivate", problem: "is the platform's to allow; leave it out" }]);
}

const places = ["path", "fileUrl", "url"];

/** Files and buckets that jobs of a graph would read or write with the rights of the process. */
export function refusePlaces(
  { tenantId }: Principal,
  jobs: readonly { type: string; input?: unknown }[],
): void {
  if (tenantId === null || !Array.isArray(jobs)) return;
  const problems = jobs.flatMap(({ type, input }, at) =>
    (type === "import.contacts" ? places : type === "export.data" ? ["url"] : [])
      .filter((name) => typeof input === "object" && input !== null && name in input)
      .map((name) => ({ field: `jobs.${at}.input.${name}`, problem: "is the platform's to name" })),
  );
  if (problems.length > 0) throw new InvalidInput(problems);
}
