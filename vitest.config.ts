import { defineConfig } from "vitest/config";
import { PATIENCE } from "./scripts/run/patience.ts";

export default defineConfig({
  test: {
    include: ["{engine,server,client,test}/**/*.test.ts"],
    exclude: ["test/{editor,otherEditors,layout,panel,long}/**", "node_modules/**"],
    globalSetup: "test/built.ts",
    testTimeout: PATIENCE.test,
    hookTimeout: PATIENCE.test,
    teardownTimeout: PATIENCE.event,
    slowTestThreshold: 2_000,
    // Many tests wait for processes that they start, so there is a worker for each processor.
    maxWorkers: "100%",
  },
});
