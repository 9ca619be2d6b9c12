/** Packages the extension as a .vsix file. */
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { brotliCompressSync, constants, gunzipSync } from "node:zlib";
import { createVSIX, listFiles, PackageManager } from "@vscode/vsce";
import { PACKED, packedName } from "../../client/node/packedSample.ts";
import { cacheFolder, inProject, manifest } from "../project.ts";
import { bundle } from "./bundle.ts";
import { packagedChangelog } from "./changelog.ts";
import { packagedPage } from "./links.ts";
import type { Publishing } from "./publishing.ts";

/** Packages the extension, without a publisher's facts, if its files have changed since the last time. Returns the path of the .vsix file. */
export async function packageExtension(): Promise<string> {
  await bundle();
  const file = inProject("out", `${manifest().name}-${manifest().version}.vsix`);
  const changed = (await packagedFiles()).map((path) => statSync(inProject(path)).mtimeMs);
  if (existsSync(file) && statSync(file).mtimeMs > Math.max(...changed)) return file;
  await packageInto(file, undefined);
  return file;
}

/** Returns the paths of the files that .vscodeignore includes. */
export const packagedFiles = (): Promise<string[]> => listFiles({ cwd: inProject(), packageManager: PackageManager.None });

/** Packages a copy of the included files: the manifest with the publisher's facts, the pages with working links. `dist` must be built. */
export async function packageInto(file: string, facts: Publishing | undefined): Promise<void> {
  const stage = `${file}.files`;
  rmSync(stage, { recursive: true, force: true });
  const files = await packagedFiles();
  for (const path of files) {
    mkdirSync(dirname(join(stage, path)), { recursive: true });
    if (path.endsWith(".md")) writeFileSync(join(stage, path), pageFor(path, new Set(files), facts));
    else if (path === "package.json") writeFileSync(join(stage, path), manifestFor(facts));
    else if (/^dist\/samples\/.*\.gz$/.test(path)) writeFileSync(join(stage, packedName(path)), packed(readFileSync(inProject(path))));
    else cpSync(inProject(path), join(stage, path));
  }
  await createVSIX({
    cwd: stage,
    packagePath: file,
    dependencies: false,
    allowMissingRepository: facts === undefined,
    rewriteRelativeLinks: false,
    allowUnusedFilesPattern: true,
  });
  rmSync(stage, { recursive: true });
}

/** The highest quality, 11, takes almost three times as long for a package that is 3 % smaller. */
const QUALITY = 10;

/** Returns the content of a gzip file packed with Brotli. This takes seconds, so the result is cached. */
function packed(file: Uint8Array): Uint8Array {
  const saved = join(cacheFolder, "packed", `${createHash("sha256").update(file).digest("hex")}-${QUALITY}${PACKED}`);
  if (existsSync(saved)) return readFileSync(saved);
  const content = gunzipSync(file);
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN, BROTLI_PARAM_SIZE_HINT } = constants;
  const params = { [BROTLI_PARAM_QUALITY]: QUALITY, [BROTLI_PARAM_LGWIN]: 24, [BROTLI_PARAM_SIZE_HINT]: content.length };
  const bytes = brotliCompressSync(content, { params });
  mkdirSync(dirname(saved), { recursive: true });
  writeFileSync(`${saved}.${process.pid}`, bytes);
  renameSync(`${saved}.${process.pid}`, saved);
  return bytes;
}

function pageFor(path: string, files: ReadonlySet<string>, facts: Publishing | undefined): string {
  const { name, version, publisher } = manifest();
  const text = readFileSync(inProject(path), "utf8")
    // Only a package knows the name of its installation folder.
    .replaceAll("PUBLISHER.backprop-VERSION", `${facts?.publisher ?? publisher}.${name}-${version}`);
  const repository = facts && { pages: `${facts.repository}/blob/v${version}`, pictures: `${facts.repository}/raw/v${version}` };
  // The samples are packaged in dist/, which is not in the repository.
  const isPackaged = (file: string): boolean => files.has(file) || [...files].some((one) => one.startsWith(`${file}/`));
  return packagedPage(path === "CHANGELOG.md" ? packagedChangelog(text, version) : text, path, isPackaged, repository);
}

/** Returns package.json for the package: with the publisher's facts, without fields that only developers need. */
export function manifestFor(facts: Publishing | undefined): string {
  const {
    devDependencies: _dev,
    scripts: _scripts,
    allowScripts: _allowed,
    private: _private,
    ...packaged
  } = JSON.parse(readFileSync(inProject("package.json"), "utf8"));
  if (!facts) return JSON.stringify(packaged, null, 2);
  const { publisher, repository, bugs, homepage } = facts;
  const released = { ...packaged, publisher, repository: { type: "git", url: `${repository}.git` }, bugs: { url: bugs }, homepage };
  // The name of an installed extension's folder starts with the publisher.
  return JSON.stringify(released, null, 2).replaceAll(
    `**/${packaged.publisher}.${packaged.name}-*/`,
    `**/${publisher}.${packaged.name}-*/`,
  );
}
