/** Builds dist/: the extension, the language server, the workers, the panel, the terminal command, the grammar and the generated pages. */
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { inProject, manifest, say } from "../project.ts";
import { buildKernels, GENERATED } from "./assembly.ts";
import { writeDocs } from "./docs.ts";
import { writeNotices } from "./notices.ts";
import { writeTemplates } from "./templates.ts";
import { textMateGrammar } from "./textMate.ts";

/** The files and folders from which dist/ is built. */
export const SOURCES: readonly string[] = [
  "client",
  "engine",
  "python",
  "samples",
  "scripts",
  "server",
  "syntaxes",
  "walkthrough",
  "package.json",
  "package-lock.json",
];

const common: BuildOptions = {
  bundle: true,
  minify: true,
  sourcemap: "linked",
  target: "node20",
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
  // The protocol packages' default builds are UMD, whose `require` calls esbuild can't resolve.
  mainFields: ["module", "main"],
};

/** The extension, the programs and the threads run by Node, by file in dist/. Code that several of them load is shared. */
const PROGRAMS = {
  extension: "client/editor/extension.ts",
  nn: "client/terminal/start.ts",
  server: "server/main.ts",
  trainer: "client/node/trainerWorker.ts",
  inspector: "client/node/inspectorWorker.ts",
  debugger: "client/debug/worker.ts",
  kernelThread: "client/node/kernelThread.ts",
} as const;

/**
 * The language client is CommonJS. Its `require("vscode")` becomes an import, which the editor resolves per extension. Its requires of the
 * protocol's packages resolve to the same files as the server's imports, so the bundles contain them once.
 */
const requiredAsImported: Plugin = {
  name: "required as imported",
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: /^vscode$/ }, ({ kind }) =>
      kind === "require-call" ? { path: "vscode", namespace: "required" } : { path: "vscode", external: true },
    );
    onLoad({ filter: /./, namespace: "required" }, () => ({ contents: 'export * from "vscode";' }));
    onResolve({ filter: /^vscode-(jsonrpc|languageserver)/ }, ({ path, kind, resolveDir, importer }) =>
      kind === "require-call" ? resolve(path, { kind: "import-statement", resolveDir, importer }) : undefined,
    );
  },
};

/** Builds dist/ if it is older than its sources. Returns whether it was built. */
export async function bundle(): Promise<boolean> {
  const stamp = inProject("dist", ".sources");
  const sources = fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === sources) return false;
  say("Building…");
  rmSync(inProject("dist"), { recursive: true, force: true });
  mkdirSync(inProject("dist"), { recursive: true });
  const [, ...built] = await Promise.all([
    buildKernels(),
    build({
      ...common,
      platform: "node",
      format: "esm",
      splitting: true,
      outdir: inProject("dist"),
      entryPoints: Object.entries(PROGRAMS).map(([name, path]) => ({ in: inProject(path), out: name })),
      chunkNames: "shared-[hash]",
      plugins: [requiredAsImported],
      define: { BACKPROP_VERSION: JSON.stringify(manifest().version) },
      inject: [inProject("scripts/build/groupBy.ts")],
      banner: { js: 'import { createRequire as nodeRequire } from "node:module"; const require = nodeRequire(import.meta.url);' },
    }),
    build({
      ...common,
      entryPoints: [inProject("client/page/main.ts")],
      outfile: inProject("dist/page.js"),
      alias: { papaparse: inProject("client/page/noCsv.ts") },
      platform: "browser",
      format: "iife",
      target: "es2022",
    }),
    build({
      ...common,
      entryPoints: [inProject("client/webview/main.ts")],
      outfile: inProject("dist/panel.js"),
      platform: "browser",
      format: "iife",
      target: "es2022",
    }),
  ]);
  writeFileSync(inProject("dist/nn.tmLanguage.json"), JSON.stringify(textMateGrammar(), null, 2));
  writeNotices(built.flatMap(({ metafile }) => Object.keys(metafile?.inputs ?? {})));
  writeDocs();
  writeTemplates();
  cpSync(inProject("python"), inProject("dist/python"), { recursive: true, filter: (path) => !path.includes("__pycache__") });
  writeFileSync(stamp, sources);
  return true;
}

/** Returns a hash of all source files. */
function fingerprint(): string {
  const hash = createHash("sha256");
  const add = (path: string): void => {
    hash.update(path).update(readFileSync(inProject(path)));
  };
  for (const source of SOURCES) {
    if (!existsSync(inProject(source))) continue;
    if (source.includes(".")) add(source);
    else for (const path of filesIn(source)) add(path);
  }
  return hash.digest("hex");
}

function filesIn(folder: string): string[] {
  return readdirSync(inProject(folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".test.ts"))
    .map((entry) => join(entry.parentPath, entry.name).slice(inProject().length + 1))
    .filter((path) => path !== GENERATED)
    .sort();
}
