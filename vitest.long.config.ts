import { defineConfig } from "vitest/config";
import { PATIENCE } from "./scripts/run/patience.ts";

/** npm run test:long: what takes minutes. */
export default defineConfig({
  test: {
    include: ["test/long/**/*.long.test.ts"],
    globalSetup: "test/built.ts",
    testTimeout: PATIENCE.long,
    hookTimeout: PATIENCE.long,
    fileParallelism: false,
  },
});
