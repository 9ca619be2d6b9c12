/**
 * npm start: opens the samples in a real VS Code with the extension installed; with -- --desktop, in the installed `code`; with -- --port
 * N, on that port.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { packageExtension } from "../build/vsix.ts";
import { cacheFolder, inProject, main, run, ScriptError, say } from "../project.ts";
import { availablePort, samplesUrl, startWorkbench } from "./workbench.ts";

const DEFAULT_PORT = 8123;

await main(async () => {
  const { values } = parseArgs({ options: { desktop: { type: "boolean" }, port: { type: "string" } } });
  const asked = values.port === undefined ? undefined : Number(values.port);
  if (asked !== undefined && !(Number.isInteger(asked) && asked >= 0 && asked < 65536))
    throw new ScriptError(`--port needs a whole number from 0 to 65535, but got ${values.port}.`);
  const extension = await packageExtension();
  if (values.desktop) {
    await desktop(extension);
    return;
  }
  // The browser stores its state by port, so the default port is preferred. If it is in use, any free port is taken.
  const port = asked ?? (await availablePort(DEFAULT_PORT)) ?? 0;
  // The folder persists between starts, so that open editors are restored.
  const dataFolder = join(cacheFolder, "start");
  mkdirSync(dataFolder, { recursive: true });
  say("Starting VS Code's server…");
  const workbench = await startWorkbench({ port, dataFolder, extension, settings: { "window.autoDetectColorScheme": true } });
  say(
    `\nOpen this address in a browser:\n\n  ${samplesUrl(workbench, inProject("samples"))}\n\nThen click Train Model over the train block of iris.nn. Ctrl+C ends the server.`,
  );
  await new Promise<void>((done) => {
    process.once("SIGINT", done);
    process.once("SIGTERM", done);
  });
  await workbench.stop();
});

async function desktop(extension: string): Promise<void> {
  const attempt = async (...args: string[]): Promise<void> => {
    const { code, output } = await run("code", args, { shell: process.platform === "win32" }).catch(() => ({
      code: 127,
      output: "There is no program `code` on the PATH; install VS Code's shell command, or run npm start without --desktop.",
    }));
    if (code !== 0) throw new ScriptError(output);
  };
  await attempt("--install-extension", extension, "--force");
  await attempt("--new-window", inProject("samples"), inProject("samples", "iris.nn"));
  say("Opened the samples in VS Code.");
}
