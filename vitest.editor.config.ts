import { defineConfig } from "vitest/config";

/** The tests that need a real VS Code: one after another, since each starts a server and a browser. */
export default defineConfig({
  test: {
    include: ["test/{editor,panel}/**/*.test.ts"],
    fileParallelism: false,
    expect: { poll: { timeout: 20_000 } },
    testTimeout: 240_000,
    hookTimeout: 300_000,
  },
});
