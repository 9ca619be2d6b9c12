/** Our own requests between the editor's side and the language server: types and names only. */
import type { Planned } from "./language/toPlan.ts";

/** Client to server: the trainings of a document as it stands in the editor, with the plan of each or what stands in its way. */
export const TRAININGS = "backprop/trainings";
export interface TrainingsParams {
  readonly uri: string;
}
export interface TrainingChoice {
  readonly run: string;
  readonly model: string;
  /** From 0. */
  readonly line: number;
  readonly planned: Planned | null;
  /** Lines (from 0) of the source map's keys when the plan was made. */
  readonly lines: Readonly<Record<string, number>>;
  /** The first error in its way, with its line from 0. */
  readonly problem: { readonly line: number; readonly message: string } | null;
}

/** Server to client, for places that are not on the server's disk. */
export const STAT = "backprop/stat";
export const READ = "backprop/read";
export const LIST = "backprop/list";
/** Server to client: the workspace's .nn files, as URIs. */
export const FIND = "backprop/find";
export interface FileParams {
  readonly uri: string;
}
export interface StatResult {
  readonly size: number;
  readonly version: string;
}
/** Base64, since the protocol is JSON. */
export interface ReadResult {
  readonly base64: string;
}

/** What the user's settings say to the server. */
export interface ServerSettings {
  /** Folders besides the workspace's that data may be read from, as URIs: the user's own setting. */
  readonly dataFolders: readonly string[];
  /** By code: error, warning, hint, information or off. */
  readonly severities: Readonly<Record<string, string>>;
  /** Which inlay hints are shown. */
  readonly hints: { readonly shapes: boolean; readonly totals: boolean };
}
/** Client to server, when they change. */
export const SETTINGS = "backprop/settings";

/** What the client says when it starts the server. */
export interface ServerOptions {
  readonly settings?: ServerSettings;
  /** The client answers STAT, READ and LIST. */
  readonly files?: boolean;
  /** The folder of the docs' pages, one a code, as a URI. */
  readonly docs?: string;
}
