/** Finds or installs the Chromium for the workbench. */
import { existsSync } from "node:fs";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { run, ScriptError, say } from "../project.ts";
import { PATIENCE } from "./patience.ts";

const CHROME_PATHS = [
  process.env["CHROME_PATH"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

const found = (): string | undefined =>
  CHROME_PATHS.find((place): place is string => place !== undefined && place !== "" && existsSync(place));

/** Returns the path of an installed Chromium or Chrome. If there is none, installs Debian's package, which needs root or sudo. */
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
        `Chromium is needed to show the workbench, but it could not be installed (${args.join(" ")}):\n${output}\nInstall Chromium or Chrome, or set CHROME_PATH to the path of one, and try again.`,
      );
  }
  const installed = found();
  if (!installed) throw new ScriptError("Chromium was installed, but not in any of the usual places; set CHROME_PATH to its path.");
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

/** Returns a browser with its caches in the folder, so that later pages and browsers need not recompile the workbench. */
export async function openProfile(folder: string): Promise<BrowserContext> {
  return await chromium.launchPersistentContext(folder, await options());
}

/**
 * Opens a page in a separate browser window. Chromium draws a tab behind another about once a second, and now and then not at all, so a
 * workbench there shows no code lens. It draws all windows.
 */
export async function openWindow(browser: BrowserContext): Promise<Page> {
  const first = browser.pages()[0] ?? (await browser.newPage());
  const [page] = await Promise.all([
    browser.waitForEvent("page"),
    first.evaluate('void window.open("about:blank", "_blank", "noopener,popup")'),
  ]);
  return page;
}
