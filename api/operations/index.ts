import type { Operation } from "../operation.js";
import { contactOperations } from "./contacts.js";
import { keyOperations } from "./keys.js";
import { listOperations } from "./lists.js";
import { segmentOperations } from "./segments.js";
import { templateOperations } from "./templates.js";
import { tenantOperations } from "./tenants.js";
import { userOperations } from "./users.js";

/** Everything that can be asked over HTTP with JSON, by resource. */
export const operations: readonly Operation[] = [
  ...contactOperations,
  ...keyOperations,
  ...listOperations,
  ...segmentOperations,
  ...templateOperations,
  ...tenantOperations,
  ...userOperations,
];
