import { Client, Connection, type WorkflowClientInterceptor } from "@temporalio/client";
import { ConfigInvalid, Unavailable } from "../domain/errors.js";
import type { Config } from "../runtime/config.js";
import { findTemporalTlsFault } from "../runtime/temporal-tls.js";
import { dataConverterOf } from "./payload-codec.js";
import { rememberRequest } from "./request-id.js";

export interface TemporalClient {
  /** Resolves once Temporal answers. @throws Unavailable after five seconds, ConfigInvalid when its certificate is refused */
  connect(): Promise<Client>;
  close(): Promise<void>;
}

const connectTimeout = "5s";

/**
 * Connects when it is first needed, so that what only reads Postgres works while Temporal is away; a failed attempt is not
 * remembered.
 */
export function createTemporalClient(
  { address, namespace, apiKey, tls, payloadKeys }: Config["temporal"],
  interceptors: readonly WorkflowClientInterceptor[] = [],
): TemporalClient {
  const dataConverter = dataConverterOf(payloadKeys);
  let connecting: Promise<Connection> | undefined;

  /** The SDK remembers that a connection could not be had, so every attempt needs one of its own. */
  async function open(): Promise<Connection> {
    const connection = Connection.lazy({
      address,
      connectTimeout,
      ...(apiKey !== undefined && { apiKey }),
      ...(tls !== undefined && { tls }),
    });
    try {
      await connection.ensureConnected();
      return connection;
    } catch (error) {
      connecting = undefined;
      await connection.close();
      const fault = await findTemporalTlsFault({ address, ...(tls !== undefined && { tls }) });
      if (fault) throw new ConfigInvalid([fault]);
      throw new Unavailable("Temporal", error);
    }
  }

  return {
    async connect() {
      connecting ??= open();
      return new Client({
        ...{ connection: await connecting, namespace, dataConverter },
        interceptors: { workflow: [...interceptors, rememberRequest] },
      });
    },
    async close() {
      const connection = await connecting?.catch(() => undefined);
      await connection?.close();
    },
  };
}
