/** A release for an invented publisher: the package, its files and links, the changelog, the versions, the commit. */
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import JSZip from "jszip";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packagedChangelog, releasedChangelog } from "../../scripts/build/changelog.ts";
import { anchorsIn, linksIn, nameInPackage, packagedPage } from "../../scripts/build/links.ts";
import { fileFaults } from "../../scripts/build/packageFiles.ts";
import { checkedFacts } from "../../scripts/build/publishing.ts";
import {
  checkRepository,
  checkVersion,
  commitRelease,
  git,
  packageRelease,
  type ReleasedPackage,
  withVersion,
} from "../../scripts/build/releasing.ts";
import { packagedFiles } from "../../scripts/build/vsix.ts";
import { inProject } from "../../scripts/project.ts";

const FACTS = checkedFacts({ publisher: "nobody", repository: "https://code.example/nobody/backprop.git" });
const MOST_BYTES = 2.5e6;

let folder: string;
let released: ReleasedPackage;
/** The Markdown pages and the manifest in the package, by their paths there. */
const texts = new Map<string, string>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "backprop-release-"));
  released = await packageRelease(folder, "backprop.vsix", FACTS);
  const { files } = await JSZip.loadAsync(readFileSync(released.file));
  for (const file of Object.values(files)) {
    const path = file.name.replace("extension/", "");
    if (/\.md$|^package\.json$/.test(path)) texts.set(path, await file.async("string"));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the package", () => {
  test("has the expected files, which are named if one is too many or missing", () => {
    expect(fileFaults(released.files)).toEqual([]);
    expect(fileFaults([...released.files, "engine/plan.ts"])).toEqual(["engine/plan.ts should not be in the package."]);
    expect(fileFaults(released.files.filter((path) => path !== "icon.png"))).toEqual(["icon.png is missing from the package."]);
  });

  test("is smaller than 2.5 MB, and its checksum is beside it", () => {
    const bytes = readFileSync(released.file);
    console.log(`the package: ${(bytes.length / 1e6).toFixed(2)} MB`);
    expect(bytes.length).toBeLessThan(MOST_BYTES);
    expect(released.sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
    expect(readFileSync(`${released.file}.sha256`, "utf8")).toBe(`${released.sha256}  ${basename(released.file)}\n`);
  });

  test("has the publisher's facts in its manifest, and nothing that only developers need", () => {
    const manifest = JSON.parse(texts.get("package.json") ?? "");
    expect(manifest).toMatchObject({
      publisher: "nobody",
      repository: { url: "https://code.example/nobody/backprop.git" },
      bugs: { url: "https://code.example/nobody/backprop/issues" },
      homepage: "https://code.example/nobody/backprop#readme",
    });
    expect(Object.keys(manifest.contributes.configurationDefaults["workbench.editorAssociations"])).toEqual([
      "**/nobody.backprop-*/dist/docs/**/*.md",
    ]);
    expect(manifest).not.toHaveProperty("devDependencies");
    expect(manifest).not.toHaveProperty("private");
  });

  test("names each package whose code it contains, with its licence", () => {
    const notices = readFileSync(inProject("dist/ThirdPartyNotices.txt"), "utf8");
    for (const name of ["chevrotain", "valibot", "uplot", "vscode-languageserver", "assemblyscript"])
      expect(notices).toMatch(new RegExp(`^${name} [\\d.]+ \\(`, "m"));
    expect(notices).toContain("MNIST");
  });
});

/** Returns the broken links of pages, by page. `pageAt` returns the text of a page, an empty text for another file, undefined for no file. */
function brokenLinks(pages: ReadonlyMap<string, string>, pageAt: (file: string) => string | undefined): string[] {
  return [...pages].flatMap(([page, text]) =>
    linksIn(text, page).flatMap(({ file, anchor }) => {
      const target = pageAt(file);
      if (target === undefined) return [`${page}: there is no ${file}`];
      return anchor !== "" && !anchorsIn(target).has(anchor) ? [`${page}: ${file} has no heading ${anchor}`] : [];
    }),
  );
}

/** Returns the text of a page in the project, an empty text for another file or folder, undefined if there is neither. */
const inRepository = (file: string): string | undefined =>
  existsSync(inProject(file)) ? (file.endsWith(".md") ? readFileSync(inProject(file), "utf8") : "") : undefined;

describe("every link leads somewhere", () => {
  const markdown = (paths: readonly string[]): Map<string, string> =>
    new Map(paths.filter((path) => path.endsWith(".md")).map((path) => [path, readFileSync(inProject(path), "utf8")]));

  test("a missing file and a missing heading are found", () => {
    const pages = new Map([
      ["docs/a.md", "[a](b.md) [b](../README.md#no-such-heading) [c](#here) `x`\n\n# Here\n\n```md\n[d](no.md)\n```\n"],
    ]);
    expect(brokenLinks(pages, (file) => pages.get(file) ?? inRepository(file))).toEqual([
      "docs/a.md: there is no docs/b.md",
      "docs/a.md: README.md has no heading #no-such-heading",
    ]);
  });

  test("in the repository's pages", async () => {
    const paths = (await git(inProject(), "ls-files", "*.md")).split("\n").filter((path) => existsSync(inProject(path)));
    expect(paths.length).toBeGreaterThan(10);
    expect(brokenLinks(markdown(paths), inRepository)).toEqual([]);
  });

  test("in the released package, where README and CHANGELOG link to the repository's pages of the tag", () => {
    const isRepository = /\]\(https:\/\/code\.example\/nobody\/backprop\/(?:blob|raw)\/v[\d.]+\/([^)#]+)/g;
    const linked = [...texts.values()].flatMap((text) => [...text.matchAll(isRepository)].map(([, path = ""]) => path));
    expect(linked).toContain("docs/panel.png");
    for (const path of linked) expect(existsSync(inProject(path)), path).toBe(true);
    expect(linksIn(texts.get("readme.md") ?? "", "readme.md").filter(({ file }) => file !== "readme.md")).toEqual([]);
    const packaged = new Set(released.files);
    const pages = new Map([...texts].filter(([path]) => path.endsWith(".md")));
    expect(brokenLinks(pages, (file) => pages.get(file) ?? (packaged.has(file) ? "" : undefined))).toEqual([]);
  });

  test("in a package without a publisher's facts", async () => {
    const files = await packagedFiles();
    const packaged = new Set(files.map(nameInPackage));
    const pages = new Map(
      [...markdown(files)].map(([path, text]) => [
        nameInPackage(path),
        packagedPage(text, path, (file) => files.includes(file), undefined),
      ]),
    );
    expect(brokenLinks(pages, (file) => pages.get(file) ?? (packaged.has(file) ? "" : undefined))).toEqual([]);
    for (const page of ["readme.md", "changelog.md"])
      expect(
        linksIn(pages.get(page) ?? "", page).filter(({ file }) => file !== page),
        page,
      ).toEqual([]);
  });
});

describe("a page in a package", () => {
  const packaged = (text: string, page: string): string => packagedPage(text, page, (file) => file !== "docs/x.png", undefined);

  test("has text in place of a link that does nothing on the Extensions page, and keeps links to its own headings", () => {
    expect(packaged("[b](docs/b.md#c), [c](#c), [d](https://code.example)", "README.md")).toBe("b, [c](#c), [d](https://code.example)");
    expect(packaged("[b](b.md#c), [c](../engine/c.ts)", "docs/a.md")).toBe("[b](b.md#c), [c](../engine/c.ts)");
    expect(packagedPage("[c](../engine/c.ts)", "docs/a.md", () => false, undefined)).toBe("c");
  });

  test("links to files by the names that they have there", () => {
    expect(packaged("[a](../README.md#b) [b](../CHANGELOG.md) [c](language/README.md)", "docs/a.md")).toBe(
      "[a](../readme.md#b) [b](../changelog.md) [c](language/README.md)",
    );
  });

  test("has neither a picture that is missing nor its caption", () => {
    expect(packaged("a\n\n![what it shows](x.png)\n\n| | |\n|---|---|\n| ![p](x.png) | ![q](x.png) |\n| b | c |\n", "docs/a.md")).toBe(
      "a\n\n| | |\n|---|---|\n| b | c |\n",
    );
    expect(packaged("![growth](growth.svg)", "docs/a.md")).toBe("![growth](growth.svg)");
  });

  test("names the folder in which the package is installed", () => {
    const { version } = JSON.parse(texts.get("package.json") ?? "");
    expect(texts.get("readme.md")).toContain(`nobody.backprop-${version}`);
    for (const [path, text] of texts) expect(text, path).not.toContain("PUBLISHER");
  });
});

describe("the changelog in a package", () => {
  const released = "## [0.2.0] - 2026-01-01\n\n- a\n";

  test("has unreleased changes under the version of the package, and no empty section", () => {
    expect(packagedChangelog(`# Changelog\n\n## [Unreleased]\n\n- b\n\n${released}`, "0.3.0")).toBe(
      `# Changelog\n\n## [0.3.0], not released yet\n\n- b\n\n${released}`,
    );
    expect(packagedChangelog(`# Changelog\n\n## [Unreleased]\n\n${released}`, "0.2.0")).toBe(`# Changelog\n\n${released}`);
  });

  test("has no unreleased changes in a version that was released before them", () => {
    expect(() => packagedChangelog(`\n## [Unreleased]\n\n- b\n\n${released}`, "0.2.0")).toThrow("belong to a later version than 0.2.0");
    expect(texts.get("changelog.md")).not.toContain("[Unreleased]");
  });
});

describe("npm run release", () => {
  test("refuses without the publisher's facts, and a version that is none or older than the present one", () => {
    expect(() => checkedFacts({})).toThrow("A release needs your publisher and repository. Fill in publishing.json first.");
    expect(() => checkedFacts({ publisher: "a b", repository: "https://code.example/a" })).toThrow('The publisher "a b"');
    expect(() => checkedFacts({ publisher: "a", repository: "code.example/a" })).toThrow("begin with https://");
    for (const version of ["", "0.2", "v0.2.0", "0.0.9"]) expect(() => checkVersion(version, "0.1.0"), version).toThrow();
    for (const version of ["0.1.0", "0.1.1", "0.2.0", "1.0.0", "0.10.0"]) checkVersion(version, "0.1.0");
    checkVersion("0.10.0", "0.9.3");
  });

  test("leaves a version's section that was prepared, and refuses if there are changes after it", () => {
    const prepared = "\n## [Unreleased]\n\n## [0.2.0] - 2026-01-01\n\n- a\n";
    expect(releasedChangelog(prepared, "0.2.0", "2026-02-01")).toBe(prepared);
    expect(() => releasedChangelog(prepared.replace("]\n", "]\n\n- b\n"), "0.2.0", "2026-02-01")).toThrow("Move them");
  });

  test("moves the unreleased changes under the version, and refuses if there are none", () => {
    const before = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- $& a\n\n## [0.1.0] - 2026-01-01\n\n- b\n";
    expect(releasedChangelog(before, "0.2.0", "2026-02-01")).toBe(
      "# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2026-02-01\n\n### Added\n\n- $& a\n\n## [0.1.0] - 2026-01-01\n\n- b\n",
    );
    expect(releasedChangelog("## [Unreleased]\n\n- a\n", "0.2.0", "2026-02-01")).toBe(
      "## [Unreleased]\n\n## [0.2.0] - 2026-02-01\n\n- a\n",
    );
    expect(() => releasedChangelog("## [Unreleased]\n\n## [0.1.0] - 2026-01-01\n\n- b\n", "0.2.0", "2026-02-01")).toThrow(
      "nothing under [Unreleased]",
    );
  });

  test("writes the version into the manifest and the lock file, and nowhere else", () => {
    for (const [name, count] of [
      ["package.json", 1],
      ["package-lock.json", 2],
    ] as const) {
      const text = readFileSync(inProject(name), "utf8");
      const changed = withVersion(text, "77.0.0");
      expect(changed.split("\n").filter((line, k) => line !== text.split("\n")[k])).toHaveLength(count);
      expect(JSON.parse(changed).version).toBe("77.0.0");
    }
  });

  test("commits and tags, and refuses with changes that are not committed or a tag that exists", async () => {
    const repository = mkdtempSync(join(folder, "repository-"));
    await git(repository, "init", "--quiet");
    for (const [name, value] of [
      ["user.name", "A"],
      ["user.email", "a@code.example"],
    ] as const)
      await git(repository, "config", name, value);
    writeFileSync(join(repository, "a.txt"), "a");
    await git(repository, "add", "--all");
    await expect(checkRepository(repository, "0.2.0")).rejects.toThrow("Commit or discard your changes first.");
    await git(repository, "commit", "--quiet", "--message", "a");
    await checkRepository(repository, "0.2.0");
    writeFileSync(join(repository, "a.txt"), "b");
    await commitRelease(repository, "0.2.0");
    expect(await git(repository, "log", "--format=%s", "--max-count=1", "v0.2.0")).toBe("Version 0.2.0");
    await expect(checkRepository(repository, "0.2.0")).rejects.toThrow("There is a tag v0.2.0 already.");
    expect(readdirSync(repository)).toContain("a.txt");
  });
});
