import { TestWorkflowEnvironment } from "@temporalio/testing";
import { searchAttributes } from "../../runtime/embedded/search-attributes.js";
import { temporalTestServerProgram } from "../../runtime/embedded/temporal.js";

/** Temporal's time-skipping server: hours pass in an instant, everything else is as real as elsewhere. */
export async function startTimeSkipping(): Promise<TestWorkflowEnvironment> {
  const path = await temporalTestServerProgram();
  const env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: "existing-path", path } },
  });
  // This server registers search attributes but cannot list them, so the workers cannot tell that they are missing.
  await env.connection.operatorService.addSearchAttributes({ namespace: "default", searchAttributes });
  return env;
}
