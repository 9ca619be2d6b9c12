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

/** Returns a page for the package. A link to a file that is not in the package leads to the repository, or becomes its text. */
export const packagedPage = (
  text: string,
  page: string,
  isPackaged: (file: string) => boolean,
  repository: RepositoryFiles | undefined,
): string =>
  replaceLinks(text, page, ({ isPicture, text: words, file, anchor }, whole) => {
    // The Marketplace shows README and CHANGELOG without the package's other files.
    const isShownAlone = repository && (page === "README.md" || page === "CHANGELOG.md");
    if (file === page || (isPackaged(file) && !isShownAlone)) return whole;
    if (repository) return `${isPicture ? "!" : ""}[${words}](${isPicture ? repository.pictures : repository.pages}/${file}${anchor})`;
    return isPicture ? `*${words}*` : words;
  });

/** The addresses under which the repository shows its files. */
export interface RepositoryFiles {
  readonly pages: string;
  readonly pictures: string;
}
