/**
 * Where a `.nn` file may read: inside its workspace's folders and the folders allowed by the user. A path in a file is untrusted text. This
 * file is pure: it checks the path's text. The reader resolves links and checks the result again.
 */

export type Located = { readonly uri: string } | { readonly problem: string };

/** Returns the URI of a path, or why it can't be read. `path` is relative to the document or absolute; `roots` are URIs of folders. */
export function locate(path: string, documentUri: string, roots: readonly string[]): Located {
  if (path.trim() === "") return { problem: "The path is empty; name a file relative to this one." };
  if (path.includes("\0")) return { problem: "The path has a NUL character in it; name a file relative to this one." };
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(path))
    return { problem: `${path} is an address, and data are read from files; download it beside this file and name that file.` };
  const blank = /[\t\n]/.exec(path)?.[0];
  if (blank !== undefined) {
    const [what, written] = blank === "\t" ? ["a tab", "\\t"] : ["a line break", "\\n"];
    const slashed = path.replaceAll("\t", "/t").replaceAll("\n", "/n").replaceAll("\\", "/");
    return { problem: `The path has ${what} in it, as ${written} in quotes is one; write / between folders: ${slashed}.` };
  }
  let uri: URL;
  try {
    uri = new URL(documentUri);
    const absolute = path.startsWith("/") || /^[A-Za-z]:[\\/]/.test(path);
    const slashed = (absolute && !path.startsWith("/") ? `/${path}` : path).replaceAll("\\", "/");
    const encoded = slashed.split("/").map(encodeURIComponent).join("/");
    uri = absolute ? withPath(uri, encoded) : new URL(encoded, withPath(uri, uri.pathname.slice(0, uri.pathname.lastIndexOf("/") + 1)));
  } catch {
    return { problem: `${path} can't be found, since this file isn't saved in a folder yet; save it first.` };
  }
  if (isInside(uri.href, roots)) return { uri: uri.href };
  return { problem: outsideMessage(path) };
}

export const outsideMessage = (path: string): string =>
  `${path} is outside the workspace, so it is not read; move it into the workspace, open its folder too, or allow its folder (the setting backprop.dataFolders, or \`--allow FOLDER\` in a terminal).`;

/** Whether the place is one of the folders or inside one. */
export function isInside(uri: string, roots: readonly string[]): boolean {
  const target = `${normal(uri)}/`;
  return roots.some((root) => {
    const folder = normal(root).replace(/\/*$/, "/");
    return target.startsWith(folder);
  });
}

/** Returns a file's path relative to a document, as written in the document. */
export function relativePath(documentUri: string, file: string): string {
  const from = normal(documentUri).split("/").slice(0, -1);
  const to = normal(file).split("/");
  let common = 0;
  while (common < from.length && common < to.length - 1 && from[common] === to[common]) common++;
  return [...from.slice(common).map(() => ".."), ...to.slice(common)].join("/");
}

/** Returns a unique spelling of a place: percent codes decoded, the drive letter in lower case. */
function normal(uri: string): string {
  try {
    return decodeURIComponent(uri).replace(
      /^(file:\/\/\/)([A-Z]):/,
      (_whole, start: string, drive: string) => `${start}${drive.toLowerCase()}:`,
    );
  } catch {
    return uri;
  }
}

function withPath(uri: URL, pathname: string): URL {
  const copy = new URL(uri);
  copy.pathname = pathname;
  copy.search = "";
  copy.hash = "";
  return copy;
}

/** Why a file can't be read and what to do, by the system's error code. */
const UNREADABLE: Readonly<Record<string, string>> = {
  ELOOP: "the links in its path lead in a circle; name the file itself",
  ENAMETOOLONG: "the path is too long; choose shorter names",
  ENOTDIR: "a part of the path is a file, not a folder; check the path",
  FileNotADirectory: "a part of the path is a file, not a folder; check the path",
  EIO: "the disk reports an error; copy the file to another disk",
  EBUSY: "another program uses it; close that program",
  EMFILE: "too many files are open; close some programs",
  ENFILE: "too many files are open; close some programs",
  Unavailable: "its file system can't be reached now; try again",
  ERR_FS_FILE_TOO_LARGE: "it has more than 2 GB; use a part of it",
};

/** Whether no file of that name exists. */
export const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "FileNotFound");

/**
 * Returns the reason as a message for the user. For a rare error it is the system's own message. `folder` is the working folder for a path
 * on the command line; other paths are relative to the .nn file.
 */
export function unreadableMessage(path: string, error: unknown, folder?: string): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (isMissing(error))
    return folder === undefined
      ? `There is no file ${path} beside this one; check the name, which is relative to the .nn file${path.includes("\\") ? `, and write / between folders: ${path.replaceAll("\\", "/")}` : ""}.`
      : `There is no file ${path}; check the name, which is relative to ${folder}.`;
  if (code === "EISDIR" || code === "FileIsADirectory") return `${path} is a folder; name a file in it.`;
  if (code === "EACCES" || code === "EPERM" || code === "NoPermissions") return `${path} may not be read: permission denied.`;
  if (code === "NOT_REGULAR") return `${path} is a pipe, a device or a socket, not a file, so it is not opened; name a file.`;
  if (code === "OUTSIDE") return outsideMessage(path);
  const reason = UNREADABLE[code];
  return `${path} can't be read: ${reason === undefined ? (error instanceof Error ? error.message : String(error)) : `${reason}.`}`;
}
