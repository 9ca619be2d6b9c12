/** The scripts start their tools in a way that works on Linux, macOS and Windows. */
import { globSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { inProject, run, tool, toolNames } from "../../scripts/project.ts";

describe("the tools of the scripts", () => {
  test.each(toolNames)("Node runs the file of %s", { timeout: 0 }, async (name) => {
    const { code, output } = await run(process.execPath, [tool(name), "--version"]);
    expect(output).toMatch(/\d+\.\d+\.\d+/);
    expect(code).toBe(0);
  });

  test("no script starts a link in node_modules/.bin, which Windows can't do without a shell", () => {
    const scripts = globSync("scripts/**/*.ts", { cwd: inProject() });
    expect(scripts.length).toBeGreaterThan(20);
    expect(scripts.filter((file) => /["/]\.bin["/`]/.test(readFileSync(inProject(file), "utf8")))).toEqual([]);
  });
});
