/** Builds dist/: the extension, the language server, the workers, the panel, the terminal command, the grammar and the generated pages. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { inProject, manifest, say } from "../project.ts";
import { buildKernels, GENERATED } from "./assembly.ts";
import { writeDocs } from "./docs.ts";
import { writeNotices } from "./notices.ts";
import { writeTemplates } from "./templates.ts";
import { textMateGrammar } from "./textMate.ts";

/** The files and folders that dist/ is made from. */
export const SOURCES: readonly string[] = [
  "client",
  "engine",
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

/** The programs and threads that Node runs outside the extension, by file in dist/. They share the code that several of them load. */
const PROGRAMS = {
  nn: "client/terminal/start.ts",
  server: "server/main.ts",
  trainer: "client/node/trainerWorker.ts",
  inspector: "client/node/inspectorWorker.ts",
  debugger: "client/debug/worker.ts",
  kernelThread: "client/node/kernelThread.ts",
} as const;

/** Leaves a file out of a bundle: it is loaded later, from a bundle of its own. */
const separate = (file: RegExp, bundle: string): Plugin => ({
  name: "separate",
  setup({ onResolve }) {
    onResolve({ filter: file }, () => ({ path: bundle, external: true }));
  },
});

/** Builds dist/ if it is older than its sources. Returns whether it was built. */
export async function bundle(): Promise<boolean> {
  const stamp = inProject("dist", ".sources");
  const sources = fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === sources) return false;
  say("Building…");
  rmSync(inProject("dist"), { recursive: true, force: true });
  mkdirSync(inProject("dist"), { recursive: true });
  const node: BuildOptions = {
    ...common,
    platform: "node",
    format: "cjs",
    define: { BACKPROP_VERSION: JSON.stringify(manifest().version) },
  };
  const [, ...built] = await Promise.all([
    buildKernels(),
    build({
      ...node,
      entryPoints: [inProject("client/editor/extension.ts")],
      outfile: inProject("dist/extension.cjs"),
      external: ["vscode"],
      plugins: [separate(/^\.\/languageClient\.ts$/, "./language.cjs")],
      // The editor provides the module `vscode` to `require` only, so dynamic imports are compiled to `require`.
      supported: { "dynamic-import": false },
    }),
    build({
      ...node,
      entryPoints: [inProject("client/editor/languageClient.ts")],
      outfile: inProject("dist/language.cjs"),
      external: ["vscode"],
    }),
    build({
      ...node,
      format: "esm",
      splitting: true,
      outdir: inProject("dist"),
      entryPoints: Object.entries(PROGRAMS).map(([name, path]) => ({ in: inProject(path), out: name })),
      chunkNames: "shared-[hash]",
      inject: [inProject("scripts/build/groupBy.ts")],
      banner: { js: 'import { createRequire as nodeRequire } from "node:module"; const require = nodeRequire(import.meta.url);' },
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
