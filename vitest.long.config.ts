import { defineConfig } from "vitest/config";
import { PATIENCE } from "./scripts/run/patience.ts";

/** npm run test:long: the tests that take minutes. */
export default defineConfig({
  test: {
    globalSetup: "test/built.ts",
    expect: { poll: { timeout: PATIENCE.event } },
    testTimeout: PATIENCE.long,
    hookTimeout: PATIENCE.long,
    fileParallelism: false,
    projects: [
      // `npm test` trains only 200 of the random files.
      {
        extends: true,
        test: { name: "long", include: ["test/long/**/*.long.test.ts", "test/conformance/checkedTrains.test.ts"], env: { RUNS: "5000" } },
      },
      { extends: true, test: { name: "workbench", include: ["test/panel/**/*.long.test.ts"], globalSetup: "test/panel/setup.ts" } },
    ],
  },
});
