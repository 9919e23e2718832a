import { createHmac, timingSafeEqual } from "node:crypto";
import { ConfigInvalid } from "../domain/errors.js";

/** What a link lets whoever holds it fetch, until then. */
export interface DownloadGrant {
  tenantId: string;
  exportId: string;
  /** To the second. */
  until: Date;
}

export interface DownloadLinks {
  /** @throws ConfigInvalid when the secret or the public address is not known here */
  sign(grant: DownloadGrant): string;
  /** Null when the link was not made here, was changed, or its time has passed. */
  verify(grant: DownloadGrant, signature: string): "valid" | "expired" | "forged";
}

export interface DownloadLinksInput {
  /** Key of the HMAC: `FLOE_SECRET`. */
  secret?: string | undefined;
  publicUrl?: string | undefined;
}

/** Links to finished exports: HMAC-SHA256 over all that they say, with a purpose of its own. */
export function createDownloadLinks({ secret, publicUrl }: DownloadLinksInput): DownloadLinks {
  return {
    sign(grant) {
      if (secret === undefined) throw missing("FLOE_SECRET");
      if (publicUrl === undefined) throw missing("PUBLIC_URL");
      const url = new URL(`${publicUrl}/api/exports/${grant.exportId}/download`);
      url.searchParams.set("tenant_id", grant.tenantId);
      url.searchParams.set("until", String(seconds(grant.until)));
      url.searchParams.set("signature", macOf(secret, grant).toString("base64url"));
      return url.href;
    },
    verify(grant, signature) {
      const given = Buffer.from(signature, "base64url");
      if (secret === undefined) return "forged";
      const expected = macOf(secret, grant);
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return "forged";
      return grant.until.getTime() < Date.now() ? "expired" : "valid";
    },
  };
}

function macOf(secret: string, grant: DownloadGrant): Buffer {
  const said = `${grant.tenantId}\n${grant.exportId}\n${seconds(grant.until)}`;
  return createHmac("sha256", secret).update("export-download\n").update(said).digest();
}

function seconds(time: Date): number {
  return Math.floor(time.getTime() / 1_000);
}

function missing(field: string): ConfigInvalid {
  return new ConfigInvalid([
    { field, problem: "is not set; links to downloads cannot be signed without it" },
  ]);
}
