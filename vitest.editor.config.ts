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
      // All files replace the module `vscode` by the same one, so they share the modules.
      { extends: true, test: { name: "layout", include: ["test/layout/**/*.test.ts"], isolate: false } },
      {
        extends: true,
        test: {
          name: "workbench",
          include: ["test/panel/**/*.test.ts"],
          exclude: ["**/*.long.test.ts"],
          globalSetup: "test/panel/setup.ts",
          // A key or click that comes while the workbench moves its focus or draws itself anew is lost, as it would be for a person. So a
          // test that fails is tried once more; the report names it.
          retry: 1,
        },
      },
    ],
  },
});
