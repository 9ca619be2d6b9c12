/**
 * Where a `.nn` file may read: inside its workspace's folders, or those that the user allows besides. A path in a file
 * is untrusted text. Pure; links in the file system are followed and checked again by whoever reads.
 */

export type Located = { readonly uri: string } | { readonly problem: string };

/** `path` as the file writes it; `roots` are URIs of folders. */
export function locate(path: string, documentUri: string, roots: readonly string[]): Located {
  if (path.trim() === "") return { problem: "The path is empty; name a file relative to this one." };
  if (path.includes("\0")) return { problem: "The path has a NUL character in it; name a file relative to this one." };
  let uri: URL;
  try {
    uri = new URL(documentUri);
    const absolute = path.startsWith("/") || /^[A-Za-z]:[\\/]/.test(path);
    const slashed = (absolute && !path.startsWith("/") ? `/${path}` : path).replaceAll("\\", "/");
    const encoded = slashed.split("/").map(encodeURIComponent).join("/");
    uri = absolute ? withPath(uri, encoded) : new URL(encoded, withPath(uri, uri.pathname.slice(0, uri.pathname.lastIndexOf("/") + 1)));
  } catch {
    return { problem: `${path} can't be found from this file, which has no place of its own yet; save it first.` };
  }
  if (isInside(uri.href, roots)) return { uri: uri.href };
  return { problem: outside(path) };
}

export const outside = (path: string): string =>
  `${path} lies outside the workspace, so it is not read; move it in, open its folder too, or allow its folder (the setting backprop.dataFolders, or \`--allow FOLDER\` in a terminal).`;

export function isInside(uri: string, roots: readonly string[]): boolean {
  const target = normal(uri);
  return roots.some((root) => {
    const folder = normal(root).replace(/\/*$/, "/");
    return target.startsWith(folder);
  });
}

/** One spelling for one place: percent codes resolved, a drive letter in lower case. */
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

/** The reason in a user's words; the system's own where it is a rare one. */
export function unreadable(path: string, error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "ENOENT" || code === "FileNotFound")
    return `There is no file ${path} beside this one; check the name, which is relative to the .nn file.`;
  if (code === "EISDIR" || code === "FileIsADirectory") return `${path} is a folder; name a file in it.`;
  if (code === "EACCES" || code === "EPERM" || code === "NoPermissions") return `${path} may not be read: permission denied.`;
  const message = error instanceof Error ? error.message : String(error);
  return code === "OUTSIDE" ? outside(path) : `${path} can't be read: ${message}`;
}
