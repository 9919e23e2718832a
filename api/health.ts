import { Router } from "express";
import { createProblem } from "./problems.js";

/**
 * `/health/live`: the process answers. `/health/ready`: it can do its work now (Postgres answers within a second), else
 * 503, so that a load balancer sends clicks elsewhere.
 */
export function createHealthRoutes(isReady: () => Promise<boolean>): Router {
  const router = Router();
  router.get("/health/live", (_request, response) => {
    response.set("Cache-Control", "no-store").json({ status: "ok" });
  });
  router.get("/health/ready", async (_request, response) => {
    response.set("Cache-Control", "no-store");
    if (await isReady()) {
      response.json({ status: "ok" });
      return;
    }
    response.status(503).type("application/problem+json");
    response.send(JSON.stringify(createProblem(503, "Postgres does not answer.")));
  });
  return router;
}
