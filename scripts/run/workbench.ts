/**
 * A real VS Code without a desktop: VS Code's own server and web workbench from the npm package `code-server`.
 * Each version is installed once into the cache folder, with the lock file in test/workbench.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cacheFolder, inProject, run, ScriptError, say } from "../project.ts";
import { PATIENCE } from "./patience.ts";
import { removeFolder } from "./removal.ts";

const wanted = JSON.parse(readFileSync(inProject("test/workbench/package.json"), "utf8")) as { dependencies: { "code-server": string } };
const version = wanted.dependencies["code-server"];

export interface Workbench {
  readonly url: string;
  readonly port: number;
  /** The folder with this server's settings and its windows' data. */
  readonly dataFolder: string;
  readonly stop: () => Promise<void>;
}

export interface WorkbenchOptions {
  /** 0 means any free port. */
  readonly port?: number;
  /** undefined for a temporary folder, which is deleted when the server stops. */
  readonly dataFolder?: string;
  /** A package to install. */
  readonly extension?: string;
  /** The folder of the installed extensions; by default in the data folder. */
  readonly extensionsFolder?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Allows the page's `payload` to name an extension under development and its tests. */
  readonly driver?: boolean;
  /** Whether workspaces are trusted without asking. */
  readonly trust?: "always" | "ask";
  /** VS Code's own extensions to load; undefined for all. Each slows down the opening of every window. */
  readonly builtIns?: readonly string[];
}

/** The extensions for a workbench's usual look. */
export const THEMES: readonly string[] = ["theme-defaults", "theme-seti"];

const QUIET_SETTINGS = {
  "chat.disableAIFeatures": true,
  "workbench.startupEditor": "none",
  "telemetry.telemetryLevel": "off",
  "workbench.tips.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "git.openRepositoryInParentFolders": "never",
  "extensions.autoUpdate": false,
  "security.workspace.trust.startupPrompt": "never",
};

/** Returns the folder of the VS Code server. Installs it if necessary. */
export async function installWorkbench(): Promise<string> {
  const folder = join(cacheFolder, `workbench-${version}`);
  const home = join(folder, "node_modules", "code-server", "lib", "vscode");
  if (existsSync(join(folder, ".complete"))) return home;
  say(`Installing VS Code's server and workbench (code-server ${version}, once, about 600 MB)…`);
  mkdirSync(cacheFolder, { recursive: true });
  const making = mkdtempSync(join(cacheFolder, "making-"));
  try {
    for (const file of ["package.json", "package-lock.json"]) cpSync(inProject("test/workbench", file), join(making, file));
    const within = join(making, "node_modules", "code-server", "lib", "vscode");
    for (const [cwd, args] of [
      [making, ["ci"]],
      [within, ["install", "--omit=dev"]],
    ] as const) {
      // The install scripts compile native modules that are not needed here.
      const { code, output } = await run("npm", [...args, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
        cwd,
        shell: process.platform === "win32",
      });
      if (code !== 0) throw new ScriptError(`The workbench could not be installed. npm printed:\n${output}`);
    }
    writeFileSync(join(making, ".complete"), "");
    try {
      renameSync(making, folder);
    } catch (error) {
      // Another process may have installed it in the meantime.
      if (!existsSync(join(folder, ".complete"))) throw error;
    }
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return home;
}

export async function startWorkbench({
  port = 0,
  dataFolder,
  extension,
  extensionsFolder,
  settings = {},
  driver = false,
  trust = "always",
  builtIns,
}: WorkbenchOptions = {}): Promise<Workbench> {
  const home = await installWorkbench();
  const data = dataFolder ?? mkdtempSync(join(tmpdir(), "backprop-workbench-"));
  const at = await availablePort(port);
  if (at === undefined) throw new ScriptError(`Port ${port} is in use; choose another.`);
  const settingsFile = join(data, "data", "Machine", "settings.json");
  mkdirSync(dirname(settingsFile), { recursive: true });
  writeFileSync(settingsFile, JSON.stringify({ ...QUIET_SETTINGS, ...settings }, null, 2));
  const places = ["--server-data-dir", data, "--extensions-dir", extensionsFolder ?? join(data, "extensions")];
  const main = join(home, "out", "server-main.js");
  if (extension) {
    const { code, output } = await run(process.execPath, [
      main,
      ...places,
      "--accept-server-license-terms",
      "--install-extension",
      extension,
      "--force",
    ]);
    if (code !== 0) throw new ScriptError(`The extension could not be installed into the workbench:\n${output}`);
  }
  const server = spawn(
    process.execPath,
    [
      main,
      "--host",
      "127.0.0.1",
      "--port",
      String(at),
      "--without-connection-token",
      "--accept-server-license-terms",
      "--disable-telemetry",
      ...places,
      ...(builtIns ? ["--builtin-extensions-dir", linked(home, builtIns, join(data, "built-in"))] : []),
      ...(driver ? ["--enable-smoke-test-driver"] : []),
      ...(trust === "always" ? ["--disable-workspace-trust"] : []),
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  await listening(server);
  return {
    url: `http://127.0.0.1:${at}/`,
    port: at,
    dataFolder: data,
    async stop() {
      await stopped(server);
      if (!dataFolder) await removeFolder(data);
    },
  };
}

/** Fills the folder with links to the named extensions of the server. Returns the folder. */
function linked(home: string, names: readonly string[], folder: string): string {
  mkdirSync(folder, { recursive: true });
  for (const name of names) {
    const link = join(folder, name);
    if (!existsSync(link)) symlinkSync(join(home, "extensions", name), link, "junction");
  }
  return folder;
}

function listening(server: ChildProcess): Promise<void> {
  return new Promise((done, fail) => {
    let output = "";
    const limit = setTimeout(
      () => fail(new ScriptError(`The workbench's server did not listen within ${PATIENCE.event / 60_000} minutes:\n${output}`)),
      PATIENCE.event,
    );
    const take = (part: Buffer): void => {
      output += part.toString();
      if (!output.includes("Extension host agent listening")) return;
      clearTimeout(limit);
      done();
    };
    server.stdout?.on("data", take);
    server.stderr?.on("data", take);
    server.on("exit", (code) => {
      clearTimeout(limit);
      fail(new ScriptError(`The workbench's server ended with code ${code}:\n${output}`));
    });
  });
}

function stopped(server: ChildProcess): Promise<void> {
  return new Promise((done) => {
    if (server.exitCode !== null) return done();
    const force = setTimeout(() => server.kill("SIGKILL"), 5000);
    server.once("exit", () => {
      clearTimeout(force);
      done();
    });
    server.kill("SIGTERM");
  });
}

/** Returns the port if it is free, otherwise undefined. 0 requests any free port. */
export function availablePort(port: number): Promise<number | undefined> {
  return new Promise((done) => {
    const probe = createServer();
    probe.once("error", () => done(undefined));
    probe.listen(port, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => done(address && typeof address === "object" ? address.port : undefined));
    });
  });
}

/** Returns the path for the workbench's URLs: only slashes, with one before a drive letter. */
export const addressPath = (path: string): string => (path.startsWith("/") ? path : `/${path.replaceAll("\\", "/")}`);

/** Returns the URL of the page on the samples' folder, with iris.nn open. */
export const samplesUrl = (workbench: Pick<Workbench, "url">, folder: string): string =>
  pageUrl(workbench, folder, [["openFile", `vscode-remote://${new URL(workbench.url).host}${addressPath(folder)}/iris.nn`]]);

/** Returns the URL of the page for a folder or workspace file. `payload` tells the workbench what to open, and the smoke-test driver what to run. */
export function pageUrl({ url }: Pick<Workbench, "url">, folder: string, payload: readonly (readonly [string, string])[] = []): string {
  const page = new URL(url);
  page.searchParams.set(folder.endsWith(".code-workspace") ? "workspace" : "folder", addressPath(folder));
  if (payload.length > 0) page.searchParams.set("payload", JSON.stringify(payload));
  return page.href;
}
