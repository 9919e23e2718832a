import { domainOf } from "./email-address.js";
import type { PermitAsk } from "./permits.js";

/** How permits name what a gate holds; a domain is one tenant's, because others may write from it, too. */
export function gateKey({
  tenantId,
  kind,
  subject,
}: {
  tenantId: string;
  kind: string;
  subject: string;
}): string {
  return kind === "node" ? `node/${subject}` : `${tenantId}/${kind}/${subject}`;
}

/** Of every gate that may hold these messages. */
export function gateKeysOf(
  tenantId: string,
  { nodeId, fromEmail }: Pick<PermitAsk, "nodeId" | "fromEmail">,
): string[] {
  return [
    gateKey({ tenantId, kind: "node", subject: nodeId }),
    gateKey({ tenantId, kind: "domain", subject: domainOf(fromEmail.toLowerCase()) }),
  ];
}
