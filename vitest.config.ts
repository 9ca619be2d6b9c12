import { globSync, readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";
import { PATIENCE } from "./scripts/run/patience.ts";

const TESTS = "{engine,server,client,test}/**/*.test.ts";
/** Tests that need a browser, an editor, minutes or a Python. */
const ELSEWHERE = ["test/{editor,otherEditors,layout,panel,long,python}/**", "node_modules/**"];
/** The tests that replace a module for themselves: modules that other tests share would keep the replacement out, or pass it on. */
const replacing = globSync(TESTS)
  .filter((file) => /\bvi\.(mock|doMock)\(/.test(readFileSync(file, "utf8")))
  // On Windows the paths have backslashes, which are escapes in a pattern.
  .map((file) => file.replaceAll("\\", "/"));

export default defineConfig({
  test: {
    globalSetup: "test/built.ts",
    testTimeout: PATIENCE.test,
    hookTimeout: PATIENCE.test,
    teardownTimeout: PATIENCE.event,
    slowTestThreshold: 2_000,
    // Many tests wait for processes that they start, so there is a worker for each processor.
    maxWorkers: "100%",
    projects: [
      // No module of ours has a state that changes, so the files of a worker share the modules: loading them anew takes a quarter of the time.
      { extends: true, test: { name: "unit", include: [TESTS], exclude: [...ELSEWHERE, ...replacing], isolate: false } },
      { extends: true, test: { name: "replacing", include: replacing, exclude: ELSEWHERE } },
    ],
  },
});
