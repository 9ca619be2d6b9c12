/** Runs the suite in a real VS Code: a downloaded desktop one if possible, otherwise the web workbench. */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { downloadAndUnzipVSCode, runTests } from "@vscode/test-electron";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";

async function editorProgram(): Promise<string> {
  const launcher = inProject("scripts/run/launcher.ts");
  const canShow = process.platform !== "linux" || process.env["DISPLAY"] !== undefined;
  if (!canShow) {
    console.log("The suite runs in the web workbench: this Linux has no display for a desktop VS Code.");
    return launcher;
  }
  try {
    return await downloadAndUnzipVSCode({ version: "stable", timeout: 15_000 });
  } catch (error) {
    console.log(
      `The suite runs in the web workbench: VS Code could not be downloaded (${error instanceof Error ? error.message : String(error)}).`,
    );
    return launcher;
  }
}

test("the suite passes in the extension host", async () => {
  const folder = mkdtempSync(join(tmpdir(), "backprop-editor-"));
  const suite = inProject("out", "test", "suite.cjs");
  try {
    cpSync(inProject("samples"), folder, { recursive: true });
    await build({
      entryPoints: [inProject("test/editor/suite/index.ts")],
      outfile: suite,
      bundle: true,
      platform: "node",
      format: "cjs",
      external: ["vscode"],
      logLevel: "warning",
    });
    const code = await runTests({
      vscodeExecutablePath: await editorProgram(),
      extensionDevelopmentPath: inProject(),
      extensionTestsPath: suite,
      launchArgs: [folder, "--disable-workspace-trust"],
    });
    expect(code).toBe(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
