import { connect } from "node:tls";
import type { FieldProblem } from "../domain/errors.js";
import { temporalTls, tlsFaultOf } from "../domain/tls-fault.js";
import type { TemporalAccess } from "./config.js";

const timeoutMs = 3_000;

/** Why TLS with Temporal is not agreed on: gRPC only says that it is away. Null: that is not why, or there is no TLS. */
export async function findTemporalTlsFault({
  address,
  tls,
}: Pick<TemporalAccess, "address" | "tls">): Promise<FieldProblem | null> {
  if (tls === undefined) return null;
  const { clientCertPair, serverRootCACertificate: ca, serverNameOverride } = tls === true ? {} : tls;
  const at = address.lastIndexOf(":");
  const host = address.slice(0, at).replace(/^\[|\]$/g, "");
  return new Promise((resolve) => {
    const socket = connect({
      ...{ host, port: Number(address.slice(at + 1)), ALPNProtocols: ["h2"], timeout: timeoutMs },
      ...(ca && { ca }),
      ...(clientCertPair && { cert: clientCertPair.crt, key: clientCertPair.key }),
      ...(serverNameOverride !== undefined && { servername: serverNameOverride }),
    });
    const end = (error?: Error): void => {
      socket.destroy();
      resolve(tlsFaultOf(error, temporalTls));
    };
    socket.once("error", end);
    socket.once("timeout", () => end());
    socket.once("secureConnect", () => end());
  });
}
