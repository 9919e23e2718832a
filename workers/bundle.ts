import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { bundleWorkflowCode, type WorkflowBundleWithSourceMap } from "@temporalio/worker";

/** Source of the workflows: `.ts` when run from source, `.js` when run from `dist`. */
const fromSource = import.meta.url.endsWith(".ts");
export const workflowsPath = fileURLToPath(
  new URL(`../workflows/index.${fromSource ? "ts" : "js"}`, import.meta.url),
);

/** Spans inside of workflows double the bundle, so there is one with them and one without. */
export interface BundleKind {
  traced: boolean;
}

/** Where `npm run build` leaves the bundle. */
export function builtBundlePath({ traced }: BundleKind): string {
  return fileURLToPath(new URL(`../workflow-bundle${traced ? "-traced" : ""}.js`, import.meta.url));
}

/**
 * The workflow code a worker runs: the configured bundle, else the one that was built beside the compiled code, else one
 * made now from source (some seconds).
 */
export async function workflowBundle(
  configured: string | undefined,
  kind: BundleKind,
): Promise<{ codePath: string } | { code: string }> {
  if (configured) return { codePath: configured };
  const built = builtBundlePath(kind);
  if (!fromSource && existsSync(built)) return { codePath: built };
  return buildBundle(kind);
}

export async function buildBundle(
  { traced }: BundleKind = { traced: false },
): Promise<WorkflowBundleWithSourceMap> {
  return bundleWorkflowCode({
    workflowsPath,
    logger: { ...quiet, log: () => undefined },
    workflowInterceptorModules: traced ? [interceptorsPath()] : [],
  });
}

function interceptorsPath(): string {
  return createRequire(import.meta.url).resolve(
    "@temporalio/interceptors-opentelemetry/lib/workflow-interceptors",
  );
}

const nothing = (): void => undefined;
const quiet = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };
