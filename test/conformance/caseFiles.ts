/** The data files of the conformance cases: the samples' and those in data/. */
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { FileReader } from "../../engine/host.ts";
import { inProject } from "../../scripts/project.ts";
import { dataReader, type FileAccess } from "../../server/dataFiles.ts";
import type { Analysis } from "../../server/language/analysis.ts";
import type { TextChange } from "../../server/language/diagnostics/issue.ts";
import { nodeFiles } from "../../server/nodeFiles.ts";

const samples = inProject("samples");
const own = inProject("test", "conformance", "data");
const roots = [samples, own].map((folder) => pathToFileURL(folder).href);
const pathOf = (name: string): string => (existsSync(join(own, name)) ? join(own, name) : join(samples, name));
const uriOf = (uri: string): string => pathToFileURL(pathOf(basename(fileURLToPath(uri)))).href;
const access: FileAccess = {
  stat: (uri) => nodeFiles.stat(uriOf(uri), roots),
  read: (uri, from, to) => nodeFiles.read(uriOf(uri), from, to, roots),
};
const reader = dataReader(access);

export const caseFiles: FileReader = { read: async (path) => new Uint8Array(readFileSync(pathOf(path))) };

/** Returns the analysis of a case's text. */
export const checked = (text: string): Promise<Analysis> =>
  reader.analyse(text, { uri: pathToFileURL(join(samples, "case.nn")).href, roots });

/** Returns the text with the changes. Changes at one place stay in their order. */
export function withChanges(text: string, changes: readonly TextChange[]): string {
  const inOrder = changes.map((change, k) => ({ ...change, k })).sort((a, b) => b.span.start - a.span.start || b.k - a.k);
  return inOrder.reduce((whole, change) => whole.slice(0, change.span.start) + change.text + whole.slice(change.span.end), text);
}
