import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    // Two files at a time: every file talks to the same real servers, and CI has two cores.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Spans are sent soon, so that a test that waits for one does not wait for the batch.
    env: { OTEL_BSP_SCHEDULE_DELAY: "100" },
    globalSetup: ["test/setup/global.ts"],
  },
});
