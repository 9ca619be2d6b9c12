/** Packages the extension as a .vsix file. */
import { existsSync, mkdirSync, statSync } from "node:fs";
import { createVSIX } from "@vscode/vsce";
import { inProject, manifest } from "../project.ts";
import { bundle } from "./bundle.ts";

/** Packages the extension if its files have changed since. Returns the path of the .vsix file. */
export async function packageExtension(): Promise<string> {
  await bundle();
  const file = inProject("out", `${manifest.name}-${manifest.version}.vsix`);
  const changed = ["dist/.sources", "README.md", "CHANGELOG.md", "package.json"].map((path) => statSync(inProject(path)).mtimeMs);
  if (existsSync(file) && statSync(file).mtimeMs > Math.max(...changed)) return file;
  mkdirSync(inProject("out"), { recursive: true });
  await createVSIX({
    cwd: inProject(),
    packagePath: file,
    dependencies: false,
    skipLicense: true,
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
  });
  return file;
}
