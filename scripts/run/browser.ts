/** A Chromium to look at the workbench with: one that is here, or Debian's. */
import { existsSync } from "node:fs";
import { type Browser, type BrowserContext, chromium } from "playwright-core";
import { run, ScriptError, say } from "../project.ts";
import { PATIENCE } from "./patience.ts";

const PLACES = [
  process.env["CHROME_PATH"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

const found = (): string | undefined => PLACES.find((place): place is string => place !== undefined && place !== "" && existsSync(place));

/** Installs Debian's package where there is none and this user may. */
export async function installBrowser(): Promise<string> {
  const known = found();
  if (known) return known;
  const root = process.getuid?.() === 0;
  const prefix = root ? [] : ["sudo", "-n"];
  say("Installing Chromium (Debian's package chromium)…");
  for (const args of [
    ["apt-get", "update"],
    ["apt-get", "install", "-y", "--no-install-recommends", "chromium"],
  ]) {
    const [program = "", ...rest] = [...prefix, ...args];
    const { code, output } = await run(program, rest, { env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } }).catch(
      (error: unknown) => ({ code: 1, output: String(error) }),
    );
    if (code !== 0)
      throw new ScriptError(
        `A Chromium is needed to show the workbench, and it could not be installed (${args.join(" ")}):\n${output}\nInstall Chromium or Chrome, or name one in CHROME_PATH, and try again.`,
      );
  }
  const installed = found();
  if (!installed) throw new ScriptError("Chromium was installed but is not in a place where it is looked for; name it in CHROME_PATH.");
  return installed;
}

const options = async (): Promise<{ executablePath: string; args: string[]; timeout: number }> => ({
  executablePath: await installBrowser(),
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
  timeout: PATIENCE.event,
});

export async function openBrowser(): Promise<Browser> {
  return await chromium.launch(await options());
}

/** Returns a browser that keeps its caches in the folder, so that a later page or browser need not compile the workbench again. */
export async function openProfile(folder: string): Promise<BrowserContext> {
  return await chromium.launchPersistentContext(folder, await options());
}
