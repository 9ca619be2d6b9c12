import { defineConfig } from "vitest/config";
import { PATIENCE } from "./scripts/run/patience.ts";

/** npm run test:editors: tests the language server in Neovim and Emacs. */
export default defineConfig({
  test: {
    include: ["test/otherEditors/**/*.test.ts"],
    globalSetup: "test/built.ts",
    testTimeout: PATIENCE.test,
    hookTimeout: PATIENCE.test,
    fileParallelism: false,
  },
});
