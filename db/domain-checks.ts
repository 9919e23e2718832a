import type pg from "pg";
import type { CheckedDomain, DomainCheckStore } from "../activities/domain-check-ports.js";
import type { DomainFinding, FindingStatus } from "../domain/domain-checks.js";
import { NotFound } from "../domain/errors.js";
import { transaction } from "./pool.js";

/** What was found of a domain from `checkedAt` to `seenAt`. */
export interface DomainCheck {
  checkId: string;
  domain: string;
  status: FindingStatus;
  findings: DomainFinding[];
  checkedAt: Date;
  seenAt: Date;
}

/** Where mail of a tenant leaves from: its own nodes and those that every tenant may use. */
export interface SendingNode {
  nodeId: string;
  returnPathDomain: string | null;
  addresses: string[];
}

export interface DomainCheckReader {
  /** How each domain stands now, by name. */
  listDomainChecks(tenantId: string): Promise<DomainCheck[]>;
  /** Newest first. @throws NotFound */
  listDomainHistory(ref: CheckedDomain, limit: number): Promise<DomainCheck[]>;
}

export function createDomainCheckStore(pool: pg.Pool): DomainCheckStore {
  return {
    async findDomains({ tenantId, domain, after, limit }) {
      // Somebody's own question about one domain needs no key: it is looked at before there is one.
      if (tenantId !== undefined && domain !== undefined) return after ? [] : [{ tenantId, domain }];
      const { rows } = await pool.query<CheckedDomain>(
        `select tenant_id as "tenantId", domain from (
           select tenant_id, domain from dkim_keys union select tenant_id, domain from domain_checks
         ) as known
         where ($1::text is null or tenant_id = $1) and ($2::text is null or domain = $2)
           and ($3::text is null or (tenant_id, domain) > ($3, $4))
         order by tenant_id, domain limit $5`,
        [tenantId ?? null, domain ?? null, after?.tenantId ?? null, after?.domain ?? null, limit],
      );
      return rows;
    },
    recordCheck: (checked) => recordCheck(pool, checked),
  };
}

export async function loadSendingNodes(pool: pg.Pool, tenantId: string): Promise<SendingNode[]> {
  const { rows } = await pool.query<SendingNode>(
    `select n.node_id as "nodeId", lower(n.return_path_domain) as "returnPathDomain",
       case when n.sending_ips <> '{}' then n.sending_ips
         else array(select a.address from node_addresses a where a.node_id = n.node_id order by a.address) end
         as addresses
     from nodes n where n.tenant_id = $1 or n.tenant_id is null order by n.node_id`,
    [tenantId],
  );
  return rows;
}

async function recordCheck(
  pool: pg.Pool,
  { tenantId, domain, findings, status }: Parameters<DomainCheckStore["recordCheck"]>[0],
): Promise<void> {
  await transaction(pool, async (client) => {
    const { rows } = await client.query<{ checkId: string; isSame: boolean; before: FindingStatus }>(
      `select check_id as "checkId", findings = $3::jsonb as "isSame", status as before from domain_checks
       where tenant_id = $1 and domain = $2 order by check_id desc limit 1 for update`,
      [tenantId, domain, JSON.stringify(findings)],
    );
    const [last] = rows;
    if (last?.isSame) {
      await client.query("update domain_checks set seen_at = now() where check_id = $1", [last.checkId]);
      return;
    }
    await client.query(
      "insert into domain_checks (tenant_id, domain, status, findings) values ($1, $2, $3, $4)",
      [tenantId, domain, status, JSON.stringify(findings)],
    );
    const words = wordsOf(domain, last?.before, status, findings);
    if (words === null) return;
    await client.query(
      `insert into notifications (tenant_id, kind, severity, subject_id, title, text) values ($1, $2, $3, $4, $5, $6)`,
      [tenantId, words.kind, words.severity, domain, words.title, words.text],
    );
  });
}

/** A first look tells nobody: whoever asked sees it. What nobody could say is neither the end of a failure nor one. */
function wordsOf(
  domain: string,
  before: FindingStatus | undefined,
  status: FindingStatus,
  findings: DomainFinding[],
) {
  if (before === undefined || before === "unknown" || status === "unknown") return null;
  const failed = findings.filter((finding) => finding.status === "fail");
  if (status === "fail" && before !== "fail")
    return {
      ...{ kind: "domain.failing", severity: "warning", title: `Mail of ${domain} is not authenticated` },
      text: failed.map(({ check, found, advice }) => `${check}: ${found} ${advice ?? ""}`.trim()).join("\n"),
    };
  if (before === "fail" && status !== "fail")
    return {
      ...{ kind: "domain.mended", severity: "info", title: `Mail of ${domain} is authenticated again` },
      text: "Nothing of its records fails any more.",
    };
  return null;
}

const columns = `check_id as "checkId", domain, status, findings, checked_at as "checkedAt", seen_at as "seenAt"`;

export function createDomainCheckReader(pool: pg.Pool): DomainCheckReader {
  return {
    async listDomainChecks(tenantId) {
      const { rows } = await pool.query<DomainCheck>(
        `select distinct on (domain) ${columns} from domain_checks where tenant_id = $1
         order by domain, check_id desc`,
        [tenantId],
      );
      return rows;
    },
    async listDomainHistory({ tenantId, domain }, limit) {
      const { rows } = await pool.query<DomainCheck>(
        `select ${columns} from domain_checks where tenant_id = $1 and domain = $2 order by check_id desc limit $3`,
        [tenantId, domain, limit],
      );
      if (rows.length === 0) throw new NotFound("check of domain", domain);
      return rows;
    },
  };
}
