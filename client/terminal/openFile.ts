/** Opens a `.nn` file from the command line: its text, its analysis and a reader for its data files. */
import { isUtf8 } from "node:buffer";
import { relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { FileReader } from "../../engine/host.ts";
import { plainText } from "../../engine/safeText.ts";
import { dataReader } from "../../server/dataFiles.ts";
import type { Analysis } from "../../server/language/analysis.ts";
import type { Planned } from "../../server/language/toPlan.ts";
import { locate, unreadableMessage } from "../../server/locate.ts";
import { nodeFiles, readInside } from "../../server/nodeFiles.ts";
import { readRegular } from "../../server/regularFiles.ts";
import { unpack } from "../node/unpack.ts";
import { type LetValue, withLetValues } from "./letValues.ts";
import { type LineMap, lineMap } from "./lineMap.ts";
import { withExpectations } from "./teacherFile.ts";

/** An error whose message is printed. Its lines are safe in a terminal, whatever names they quote. */
class PrintedError extends Error {
  constructor(...lines: readonly string[]) {
    super(lines.map(plainText).join("\n"));
  }
}
/** A mistake on the command line: exit code 2. */
export class UsageError extends PrintedError {}
/** A mistake in the file or its data, or a failed expectation: exit code 1. */
export class FileError extends PrintedError {}

/** Returns the text of a `.nn` file. Throws `FileError` if it is not UTF-8, since writing it back would destroy undecodable bytes. */
export async function networkText(path: string, name: string): Promise<string> {
  const bytes = await readRegular(path);
  const text = bytes.toString();
  if (isUtf8(bytes)) return text;
  const line = text.slice(0, text.indexOf("\ufffd")).split("\n").length;
  throw new FileError(`${name}, line ${line}: there are bytes that are not UTF-8; save the file in UTF-8.`);
}

export interface OpenFile {
  /** As written on the command line. */
  readonly name: string;
  readonly analysis: Analysis;
  readonly lines: LineMap;
  /** Returns the place of an offset. It may be in the expectations' file. */
  readonly place: (offset: number) => Place;
  readonly files: FileReader;
}

export interface Place {
  readonly name: string;
  readonly line: number;
  readonly column: number;
}

export interface Opening {
  readonly allow: readonly string[];
  /** Values that replace those in the file's `let` lines. */
  readonly set?: readonly LetValue[] | undefined;
  /** A file whose `expect` blocks replace the file's own. */
  readonly expect?: string | undefined;
}

/**
 * Returns the folder that paths on the command line are relative to. npm runs a script in the project's folder and sets INIT_CWD to the
 * user's. Throws `UsageError` if the folder was deleted.
 */
export function workingFolder(): string {
  try {
    return (process.env["npm_lifecycle_event"] === "nn" && process.env["INIT_CWD"]) || process.cwd();
  } catch {
    throw new UsageError("The working folder does not exist any more; change to another one (`cd`).");
  }
}

/**
 * Reads and analyses a file. Data may be read from the folders in `allow` and from the working folder or, for a file outside it, from the
 * file's own folder. Throws `UsageError` if the file can't be read.
 */
export async function openFile(name: string, { allow, set = [], expect }: Opening): Promise<OpenFile> {
  const cwd = workingFolder();
  const path = resolve(cwd, name);
  const written = await namedText(name);
  const own = withValues(written, set, name);
  const { text, start } = expect === undefined ? { text: own, start: own.length + 1 } : withExpectations(own, await namedText(expect));
  const inCwd = !relative(cwd, path).startsWith("..") && resolve(cwd) !== sep;
  const roots = [inCwd ? cwd : resolve(path, ".."), ...allow.map((folder) => resolve(cwd, folder))].map(
    (folder) => pathToFileURL(folder).href,
  );
  const uri = pathToFileURL(path).href;
  const analysis = await dataReader(nodeFiles).analyse(text, { uri, roots });
  const files = readerFrom(uri, roots);
  const lines = lineMap(text);
  const before = lines.at(start).line - 1;
  const place = (offset: number): Place => {
    const { line, column } = lines.at(offset);
    return offset < start ? { name, line, column } : { name: expect ?? name, line: line - before, column };
  };
  return { name, analysis, lines, place, files };
}

/** Returns a reader for data whose paths are relative to a folder. It reads within that folder and the folders in `allow`. */
export const readerIn = (folder: string, allow: readonly string[]): FileReader =>
  readerFrom(
    pathToFileURL(resolve(folder, "any.nn")).href,
    [folder, ...allow.map((one) => resolve(folder, one))].map((one) => pathToFileURL(one).href),
  );

const readerFrom = (uri: string, roots: readonly string[]): FileReader => ({
  unpack,
  async read(data) {
    const located = locate(data, uri, roots);
    if ("problem" in located) throw new Error(located.problem);
    return new Uint8Array(await readInside(fileURLToPath(located.uri), roots));
  },
});

function withValues(text: string, set: readonly LetValue[], name: string): string {
  try {
    return set.length === 0 ? text : withLetValues(text, set, name);
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(error.message) : error;
  }
}

/** Returns the text of a file named on the command line. Throws `UsageError` if it can't be read, `FileError` if it is not UTF-8. */
async function namedText(name: string): Promise<string> {
  const cwd = workingFolder();
  try {
    return await networkText(resolve(cwd, name), name);
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw new UsageError(unreadableMessage(name, error, cwd));
  }
}

/** Reads a file named on the command line. Throws `UsageError` if it can't be read. */
export async function readNamed(name: string): Promise<Uint8Array> {
  const cwd = workingFolder();
  try {
    return new Uint8Array(await readRegular(resolve(cwd, name)));
  } catch (error) {
    throw new UsageError(unreadableMessage(name, error, cwd));
  }
}

/** Returns `file:line:column: error NN303: …` for every finding with one of the severities. */
export function findings({ analysis, place }: OpenFile, severities: readonly string[]): string[] {
  return analysis.issues
    .filter(({ severity }) => severities.includes(severity))
    .map(({ span, severity, code, message }) => {
      const { name, line, column } = place(span.start);
      return plainText(`${name}:${line}:${column}: ${severity} ${code}: ${message}`);
    });
}

/** Returns the plan of the training named by `--run`, or of the only one. Throws an error with the findings that prevent it. */
export function requirePlan(file: OpenFile, run: string | undefined): Planned {
  const { analysis, name } = file;
  const labels = analysis.trains.map(({ node, model }) => node.label?.text ?? model?.name ?? "");
  if (analysis.trains.length === 0) {
    throw new FileError(...findings(file, ["error"]), `${name} has no \`train\` block, so there is nothing to train; add one.`);
  }
  const at = run === undefined ? (analysis.trains.length === 1 ? 0 : -2) : labels.indexOf(run);
  if (at === -2) throw new UsageError(`${name} has ${analysis.trains.length} trainings; say which with --run: ${labels.join(", ")}.`);
  if (at === -1)
    throw new UsageError(`${name} has no training named ${run}; there ${labels.length === 1 ? "is" : "are"} ${labels.join(", ")}.`);
  const planned = analysis.plans[at];
  if (!planned) {
    const errors = findings(file, ["error"]);
    throw errors.length > 0 ? new FileError(...errors) : new FileError(`${name} can't be trained yet.`);
  }
  return planned;
}
