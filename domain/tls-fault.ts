import type { FieldProblem } from "./errors.js";

/** What a person sets so that a server's certificate is accepted, or a client's is shown. */
export interface TlsSettings {
  /** Names the authority. */
  authority: string;
  /** Says by which name the server is known. */
  name: string;
  /** Names the client's own certificate. */
  client: string;
}

type Fault = keyof TlsSettings | "expired";

/** By the codes and words of OpenSSL, Node, gRPC and Rustls, whose codes libraries mostly replace by their own. */
const signs: [Fault, RegExp][] = [
  ["name", /ERR_TLS_CERT_ALTNAME_INVALID|does not match certificate's altnames|NotValidForName/],
  ["expired", /CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|certificate (has expired|is not yet valid)/],
  ["client", /valid client certificate|CERTIFICATE_REQUIRED|alert certificate required/i],
  [
    "authority",
    /SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|self[- ]signed certificate|unable to (verify|get)|UnknownIssuer/,
  ],
];

/** Why TLS was not agreed on, as a problem of the setting that mends it; null when it is something else. */
export function tlsFaultOf(error: unknown, settings: TlsSettings): FieldProblem | null {
  if (!(error instanceof Error)) return null;
  const text = `${"code" in error ? String(error.code) : ""} ${error.message}`;
  const [fault] = signs.find(([, sign]) => sign.test(text)) ?? [];
  switch (fault) {
    case "authority":
      return {
        field: settings.authority,
        problem: "does not vouch for the server's certificate; name the authority that signed it, as PEM",
      };
    case "name":
      return {
        field: settings.name,
        problem: "is not a name of the server's certificate; use one that it has",
      };
    case "client":
      return { field: settings.client, problem: "is missing: the server wants a certificate of this client" };
    case "expired":
      return {
        field: settings.authority,
        problem: "vouches for a certificate that is not valid today; renew it on the server",
      };
    case undefined:
      return error.cause === undefined ? null : tlsFaultOf(error.cause, settings);
  }
}

export const postgresTls: TlsSettings = {
  authority: "DATABASE_URL (sslrootcert)",
  name: "DATABASE_URL (host)",
  client: "DATABASE_URL (sslcert, sslkey)",
};
export const redisTls: TlsSettings = {
  authority: "REDIS_TLS_CA",
  name: "REDIS_TLS_SERVER_NAME",
  client: "REDIS_TLS_CERT, REDIS_TLS_KEY",
};
export const temporalTls: TlsSettings = {
  authority: "TEMPORAL_TLS_SERVER_CA",
  name: "TEMPORAL_TLS_SERVER_NAME",
  client: "TEMPORAL_TLS_CERT, TEMPORAL_TLS_KEY",
};
export function nodeTls(nodeId: string): TlsSettings {
  return {
    authority: `tlsCa of node ${nodeId}`,
    name: `host or tlsServerName of node ${nodeId}`,
    client: `node ${nodeId}`,
  };
}
