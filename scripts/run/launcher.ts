#!/usr/bin/env node
import { main, say } from "../project.ts";
/**
 * Replaces the `code` program if there is no desktop VS Code: accepts the flags from @vscode/test-electron, runs the suite in the web
 * workbench of VS Code's own server, and exits with the suite's exit code.
 */
import { openBrowser } from "./browser.ts";
import { PATIENCE } from "./patience.ts";
import { addressPath, pageUrl, startWorkbench, THEMES } from "./workbench.ts";

const flag = (name: string): string | undefined =>
  process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);

await main(async () => {
  const extension = flag("extensionDevelopmentPath");
  const tests = flag("extensionTestsPath");
  const folder = process.argv.slice(2).find((argument) => !argument.startsWith("--"));
  if (!extension || !tests || !folder) throw new Error("--extensionDevelopmentPath=, --extensionTestsPath= and a folder are needed.");
  const workbench = await startWorkbench({ driver: true, builtIns: THEMES, settings: { "files.autoSave": "off" } });
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE.event);
    const exit = new Promise<number>((done, fail) => {
      setTimeout(() => fail(new Error(`The suite did not end within ${PATIENCE.suite / 60_000} minutes.`)), PATIENCE.suite).unref();
      void page.exposeFunction("codeAutomationExit", (code: number) => done(code));
    });
    await page.exposeFunction("codeAutomationLog", (_type: string, args: unknown[]) => {
      // Print only the suite's lines, not the workbench's own log.
      const line = String(args[0]);
      if (/^( {2}[✓✗]|\d+ passed)/.test(line)) say(line);
    });
    const remote = (path: string): string => `vscode-remote://127.0.0.1:${workbench.port}${addressPath(path)}`;
    await page.goto(
      pageUrl(workbench, folder, [
        ["extensionDevelopmentPath", remote(extension)],
        ["extensionTestsPath", remote(tests)],
        ["skipWelcome", "true"],
        ["skipReleaseNotes", "true"],
      ]),
    );
    process.exitCode = await exit;
  } finally {
    await browser.close();
    await workbench.stop();
  }
});
