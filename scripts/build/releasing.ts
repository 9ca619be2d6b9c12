/** The steps of a release: the versions, the package with its checksum, the commit and its tag. */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import JSZip from "jszip";
import { run, ScriptError } from "../project.ts";
import { fileFaults } from "./packageFiles.ts";
import type { Publishing } from "./publishing.ts";
import { packageInto } from "./vsix.ts";

/** Throws unless the version has three numbers and is newer than the current one or equal to it (the current one may have no tag yet). */
export function checkVersion(version: string, present: string): void {
  const numbers = (text: string): number[] => text.split(".").map(Number);
  if (!/^\d+\.\d+\.\d+$/.test(version)) throw new ScriptError("npm run release -- VERSION: the version is three numbers, such as 0.3.0.");
  const [at = 0] = numbers(version).flatMap((number, k) => (number === numbers(present)[k] ? [] : [k]));
  if ((numbers(version)[at] ?? 0) < (numbers(present)[at] ?? 0))
    throw new ScriptError(`The version ${version} is older than the present one, ${present}.`);
}

/** Returns the text of package.json or package-lock.json with another version of the project. */
export const withVersion = (text: string, version: string): string =>
  text.replaceAll(/("name": "backprop",\n[\s\S]*?"version": )"[^"]*"/g, `$1"${version}"`);

export interface ReleasedPackage {
  readonly file: string;
  readonly files: readonly string[];
  readonly sha256: string;
}

/** Packages dist/, which must be built, with the release flags. Writes the package's SHA-256 beside it. Throws if a file is missing or unexpected. */
export async function packageRelease(folder: string, name: string, facts: Publishing): Promise<ReleasedPackage> {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  await packageInto(file, facts);
  const bytes = readFileSync(file);
  const files = await filesInPackage(bytes);
  const faults = fileFaults(files);
  if (faults.length > 0) throw new ScriptError(`${faults.join("\n")}\nIf this is right, change scripts/build/packageFiles.ts.`);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  writeFileSync(`${file}.sha256`, `${sha256}  ${basename(file)}\n`);
  return { file, files, sha256 };
}

/** Returns the paths of the extension's files in a package. */
export async function filesInPackage(bytes: Uint8Array): Promise<string[]> {
  const { files } = await JSZip.loadAsync(bytes);
  return Object.values(files)
    .filter(({ name, dir }) => !dir && name.startsWith("extension/"))
    .map(({ name }) => name.slice("extension/".length))
    .sort();
}

/** Runs git in a folder and returns its output. Throws with git's message if it fails. */
export async function git(folder: string, ...args: readonly string[]): Promise<string> {
  const { code, output } = await run("git", args, { cwd: folder });
  if (code !== 0) throw new ScriptError(`git ${args[0]} failed:\n${output}`);
  return output.trim();
}

/** Throws if the folder has uncommitted changes, or if the version already has a tag. */
export async function checkRepository(folder: string, version: string): Promise<void> {
  if ((await git(folder, "status", "--porcelain")) !== "") throw new ScriptError("Commit or discard your changes first.");
  if ((await git(folder, "tag", "--list", `v${version}`)) !== "") throw new ScriptError(`There is a tag v${version} already.`);
}

/** Commits the changed files, if any, and tags the commit. */
export async function commitRelease(folder: string, version: string): Promise<void> {
  if ((await git(folder, "status", "--porcelain")) !== "")
    await git(folder, "commit", "--all", "--quiet", "--message", `Version ${version}`);
  await git(folder, "tag", "--annotate", `v${version}`, "--message", `Version ${version}`);
}
