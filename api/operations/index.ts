import type { Operation } from "../operation.js";
import { keyOperations } from "./keys.js";
import { tenantOperations } from "./tenants.js";

/** Everything that can be asked over HTTP with JSON, by resource. */
export const operations: readonly Operation[] = [...tenantOperations, ...keyOperations];
