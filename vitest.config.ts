import { globSync, readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";
import { PATIENCE } from "./scripts/run/patience.ts";

const TESTS = "{engine,server,client,test}/**/*.test.ts";
/** Tests that need a browser, an editor, minutes or a Python. */
const ELSEWHERE = ["test/{editor,otherEditors,layout,panel,long,python}/**", "node_modules/**"];
/** The tests that replace a module: shared modules would ignore the replacement or pass it on to other tests. */
const replacing = globSync(TESTS)
  .filter((file) => /\bvi\.(mock|doMock)\(/.test(readFileSync(file, "utf8")))
  // On Windows the paths contain backslashes, which are escapes in a pattern.
  .map((file) => file.replaceAll("\\", "/"));

export default defineConfig({
  test: {
    globalSetup: "test/built.ts",
    testTimeout: PATIENCE.test,
    hookTimeout: PATIENCE.test,
    teardownTimeout: PATIENCE.event,
    slowTestThreshold: 2_000,
    // Many tests wait for processes that they start, so there is one worker per processor.
    maxWorkers: "100%",
    projects: [
      // None of our modules has mutable state, so the files in a worker share them. Reloading them for each file takes a quarter of the time.
      { extends: true, test: { name: "unit", include: [TESTS], exclude: [...ELSEWHERE, ...replacing], isolate: false } },
      { extends: true, test: { name: "replacing", include: replacing, exclude: ELSEWHERE } },
    ],
  },
});
