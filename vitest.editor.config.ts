import { defineConfig } from "vitest/config";
import { PATIENCE } from "./scripts/run/patience.ts";

/** The tests that need a browser, most of them a real VS Code: one after another, since each window is much work. */
export default defineConfig({
  test: {
    globalSetup: "test/built.ts",
    fileParallelism: false,
    expect: { poll: { timeout: PATIENCE.event } },
    testTimeout: PATIENCE.test,
    hookTimeout: PATIENCE.test,
    projects: [
      { extends: true, test: { name: "suite", include: ["test/editor/**/*.test.ts"] } },
      { extends: true, test: { name: "layout", include: ["test/layout/**/*.test.ts"] } },
      {
        extends: true,
        test: {
          name: "workbench",
          include: ["test/panel/**/*.test.ts"],
          exclude: ["**/*.long.test.ts"],
          globalSetup: "test/panel/setup.ts",
        },
      },
    ],
  },
});
