/**
 * npm run release -- VERSION: writes the version and the changelog's section, packages the extension, compares the package's files with the
 * expected ones, writes its SHA-256, commits and tags. If a step fails, all changes are undone. Nothing is published or pushed.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { inProject, main, manifest, project, say } from "../project.ts";
import { bundle } from "./bundle.ts";
import { releasedChangelog } from "./changelog.ts";
import { publishing } from "./publishing.ts";
import { checkRepository, checkVersion, commitRelease, packageRelease, withVersion } from "./releasing.ts";

await main(async () => {
  const [version = ""] = process.argv.slice(2);
  const { name, version: present } = manifest();
  checkVersion(version, present);
  const facts = publishing();
  await checkRepository(project, version);
  const date = new Date().toISOString().slice(0, 10);
  const written = {
    "CHANGELOG.md": (text: string) => releasedChangelog(text, version, date),
    "package.json": (text: string) => withVersion(text, version),
    "package-lock.json": (text: string) => withVersion(text, version),
  };
  const before = Object.keys(written).map((path) => [path, readFileSync(inProject(path), "utf8")] as const);
  try {
    for (const [path, change] of Object.entries(written)) writeFileSync(inProject(path), change(readFileSync(inProject(path), "utf8")));
    await bundle();
    const { file, sha256 } = await packageRelease(inProject("out"), `${name}-${version}.vsix`, facts);
    await commitRelease(project, version);
    say(`Packaged ${file}\nSHA-256 ${sha256}\n\nPublish it, after npm test has passed on this commit:\n`);
    say(`  git push && git push origin v${version}\n  npx vsce publish --packagePath ${file}`);
    say("\nThen begin the next version:\n\n  npm version minor --no-git-tag-version");
  } catch (error) {
    for (const [path, text] of before) writeFileSync(inProject(path), text);
    throw error;
  }
});
