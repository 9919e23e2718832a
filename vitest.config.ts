import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    // Every file talks to the same real servers, and waits for them for more than half of its time: so three on CI's two cores.
    maxWorkers: 3,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Spans are sent soon, so that a test that waits for one does not wait for the batch.
    env: { OTEL_BSP_SCHEDULE_DELAY: "100" },
    globalSetup: ["test/setup/global.ts"],
  },
});
