import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundleWorkflowCode, type WorkflowBundleWithSourceMap } from "@temporalio/worker";

/** Source of the workflows: `.ts` when run from source, `.js` when run from `dist`. */
const fromSource = import.meta.url.endsWith(".ts");
export const workflowsPath = fileURLToPath(
  new URL(`../workflows/index.${fromSource ? "ts" : "js"}`, import.meta.url),
);

/** Where `npm run build` leaves the bundle. */
export const builtBundlePath = fileURLToPath(new URL("../workflow-bundle.js", import.meta.url));

/**
 * The workflow code a worker runs: the configured bundle, else the one that was built beside the compiled code, else one
 * made now from source (some seconds).
 */
export async function workflowBundle(
  configured: string | undefined,
): Promise<{ codePath: string } | { code: string }> {
  if (configured) return { codePath: configured };
  if (!fromSource && existsSync(builtBundlePath)) return { codePath: builtBundlePath };
  return buildBundle();
}

export async function buildBundle(): Promise<WorkflowBundleWithSourceMap> {
  return bundleWorkflowCode({ workflowsPath, logger: { ...quiet, log: () => undefined } });
}

const nothing = (): void => undefined;
const quiet = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };
