/** The changelog of a release and of a package. */
import { ScriptError } from "../project.ts";

/** The section of unreleased changes: its heading and its content. */
const UNRELEASED = /^## \[Unreleased\]\n([\s\S]*?)(?=^## |$(?![\s\S]))/m;

const hasSection = (text: string, version: string): boolean => text.includes(`\n## [${version}]`);

/**
 * Returns the changelog with the unreleased changes moved to a section for the version, unless it already has one. Throws if there are no
 * changes, or if there are changes after that section.
 */
export function releasedChangelog(text: string, version: string, date: string): string {
  const [whole, changes = ""] = UNRELEASED.exec(text) ?? [];
  const isPrepared = hasSection(text, version);
  if (isPrepared && changes.trim() !== "")
    throw new ScriptError(`CHANGELOG.md has changes under [Unreleased] beside ${version}. Move them, or release a newer version.`);
  if (isPrepared) return text;
  if (whole === undefined || changes.trim() === "") throw new ScriptError("CHANGELOG.md has nothing under [Unreleased] to release.");
  return text.replace(whole, () => `## [Unreleased]\n\n## [${version}] - ${date}\n${changes}`);
}

/**
 * Returns the changelog for a package of a version. Unreleased changes are assigned to this version, and an empty section for them is
 * removed. Throws if the version was released before these changes.
 */
export function packagedChangelog(text: string, version: string): string {
  const [whole, changes = ""] = UNRELEASED.exec(text) ?? [];
  if (whole === undefined || changes.trim() === "") return text.replace(UNRELEASED, "");
  if (hasSection(text, version))
    throw new ScriptError(
      `CHANGELOG.md has changes under [Unreleased], which belong to a later version than ${version}. ` +
        "Begin it with: npm version minor --no-git-tag-version",
    );
  return text.replace(whole, () => `## [${version}], not released yet\n${changes}`);
}
