/** The relative links of the pages in the package. */
import { posix } from "node:path";

/** A link or picture in a Markdown page that leads to a file, which is relative to the project's folder. */
export interface PageLink {
  readonly isPicture: boolean;
  readonly text: string;
  readonly file: string;
  /** With its `#`, or empty. */
  readonly anchor: string;
}

const LINK = /(!?)\[([^\][]*)\]\((?![a-z]+:)([^)#\s]*)(#[^)\s]*)?\)/g;

/** Returns the page with each link to a file replaced. `page`: the page's path, which its links are relative to. Blocks of code are left alone. */
export function replaceLinks(text: string, page: string, replace: (link: PageLink, whole: string) => string): string {
  return text
    .split(/(^```[\s\S]*?^```$)/m)
    .map((part) =>
      part.startsWith("```")
        ? part
        : part.replace(LINK, (whole, mark: string, words: string, path: string, anchor = "") =>
            replace(
              { isPicture: mark === "!", text: words, file: path === "" ? page : posix.join(posix.dirname(page), path), anchor },
              whole,
            ),
          ),
    )
    .join("");
}

/** Returns all links of a page to files, itself among them. */
export function linksIn(text: string, page: string): PageLink[] {
  const links: PageLink[] = [];
  replaceLinks(text, page, (link, whole) => {
    links.push(link);
    return whole;
  });
  return links;
}

/** Returns the anchors of a page's headings, as GitHub and VS Code name them. */
export function anchorsIn(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of text.replaceAll(/^```[\s\S]*?^```$/gm, "").matchAll(/^#+ +(.+?) *#*$/gm)) {
    const name = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, "")
      .replaceAll(" ", "-");
    let anchor = `#${name}`;
    for (let k = 1; anchors.has(anchor); k++) anchor = `#${name}-${k}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** How vsce names three files in a package. Names are case-sensitive on Linux. */
const RENAMED: Readonly<Record<string, string>> = { "README.md": "readme.md", "CHANGELOG.md": "changelog.md", LICENSE: "LICENSE.txt" };

/** Returns the path that a file of the project has in the package. */
export const nameInPackage = (file: string): string => RENAMED[file] ?? file;

/** VS Code and the Marketplace show these pages without the package's other files: a relative link there does nothing when it is clicked. */
const SHOWN_ALONE: ReadonlySet<string> = new Set(["README.md", "CHANGELOG.md"]);

/**
 * Returns a page for the package. A link to a file that the page can't reach leads to the repository. If there is none, the link becomes its
 * text, and a picture is left out.
 */
export function packagedPage(
  text: string,
  page: string,
  isPackaged: (file: string) => boolean,
  repository: RepositoryFiles | undefined,
): string {
  const isReached = (file: string): boolean => file === page || (isPackaged(file) && !SHOWN_ALONE.has(page));
  const shown = repository ? text : withoutPictures(text, page, (file) => !isReached(file));
  return replaceLinks(shown, page, ({ isPicture, text: words, file, anchor }, whole) => {
    const name = nameInPackage(file);
    if (isReached(file))
      return name === file || file === page ? whole : `[${words}](${posix.relative(posix.dirname(page), name)}${anchor})`;
    return repository ? `${isPicture ? "!" : ""}[${words}](${isPicture ? repository.pictures : repository.pages}/${file}${anchor})` : words;
  });
}

/** Returns the page without the lines that have missing pictures and nothing else, such as a table's row of pictures. */
const withoutPictures = (text: string, page: string, isMissing: (file: string) => boolean): string =>
  text
    .split("\n")
    .filter((line) => {
      const rest = replaceLinks(line, page, ({ isPicture, file }, whole) => (isPicture && isMissing(file) ? "" : whole));
      return rest === line || /[^|\s]/.test(rest);
    })
    .join("\n")
    .replaceAll(/\n{3,}/g, "\n\n");

/** The addresses under which the repository shows its files. */
export interface RepositoryFiles {
  readonly pages: string;
  readonly pictures: string;
}
