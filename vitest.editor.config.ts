import { defineConfig } from "vitest/config";
import { PATIENCE } from "./scripts/run/patience.ts";

/** The tests that need a browser, most of them with a real VS Code. They run one after another, since each window is expensive. */
export default defineConfig({
  test: {
    globalSetup: "test/built.ts",
    fileParallelism: false,
    expect: { poll: { timeout: PATIENCE.event } },
    testTimeout: PATIENCE.test,
    hookTimeout: PATIENCE.test,
    projects: [
      { extends: true, test: { name: "suite", include: ["test/editor/**/*.test.ts"] } },
      // All files replace the module `vscode` in the same way, so they share the modules.
      { extends: true, test: { name: "layout", include: ["test/layout/**/*.test.ts"], isolate: false } },
      {
        extends: true,
        test: {
          name: "workbench",
          include: ["test/panel/**/*.test.ts"],
          exclude: ["**/*.long.test.ts"],
          globalSetup: "test/panel/setup.ts",
          // A key press or click is lost, as it would be for a person, while the workbench moves its focus or redraws. So a failed test is
          // retried once; the report names it.
          retry: 1,
        },
      },
    ],
  },
});
