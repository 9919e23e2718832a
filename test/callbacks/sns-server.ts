import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo, LookupFunction } from "node:net";
import { createSnsDocuments, type SnsDocuments } from "../../mail/callbacks/sns-documents.js";
import { createCertificate, snsHost, type SnsSigner } from "./signing.js";

/** Amazon SNS as far as Floe asks it: over TLS, by its own name, on this machine. */
export interface SnsServer {
  documents: SnsDocuments;
  signer: SnsSigner;
  /** One whose certificate has run out. */
  expired: SnsSigner;
  /** Paths that were asked for. */
  asked: string[];
  /** Status of what is answered from now on, and where it leads. */
  answer(status: number, headers?: Record<string, string>): void;
  close(): Promise<void>;
}

export async function startSnsServer(): Promise<SnsServer> {
  const [tls, signing, old] = await Promise.all([
    createCertificate(snsHost),
    createCertificate("sns.amazonaws.com"),
    createCertificate("sns.amazonaws.com", { expired: true }),
  ]);
  const pathOf = (nth: number) => `/SimpleNotificationService-${String(nth).repeat(32)}.pem`;
  const files = new Map([
    [pathOf(1), signing.cert],
    [pathOf(2), old.cert],
    [pathOf(3), "not a certificate"],
  ]);
  const asked: string[] = [];
  let reply = { status: 200, headers: {} as Record<string, string> };
  const server = createServer({ key: tls.private, cert: tls.cert }, (request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(reply.status, reply.headers).end(files.get(request.url ?? "") ?? "<ok/>");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const documents = createSnsDocuments({ tls: { ca: tls.cert }, lookup: toThisMachine, port });
  return {
    documents,
    signer: { privateKey: signing.private, certificatePath: pathOf(1) },
    expired: { privateKey: old.private, certificatePath: pathOf(2) },
    asked,
    answer: (status, headers = {}) => void (reply = { status, headers }),
    async close() {
      await documents.close();
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

const toThisMachine: LookupFunction = (_hostname, { all }, callback) => {
  if (all) callback(null, [{ address: "127.0.0.1", family: 4 }]);
  else callback(null, "127.0.0.1", 4);
};
