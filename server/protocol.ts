/**
 * The custom messages between the editor and the language server, with the types of their parameters and results. Types only:
 * client and server bundle different copies of the protocol's library, so they can't share its request objects.
 */
import type { CancellationToken, Position, Range, WorkspaceEdit } from "vscode-languageserver";
import type { ExpectPlan, UntrainedPlan } from "../engine/plan.ts";
import type { TestSubject } from "./language/expectPlans.ts";
import type { Planned } from "./language/toPlan.ts";
import type { ServerOptions, ServerSettings } from "./settings.ts";

interface Request<Params, Result> {
  readonly params: Params;
  readonly result: Result;
}

/** Requests from the client to the server. */
export interface ServerRequests {
  /** The trainings of a document including unsaved changes, each with its plan or the problem that prevents it. */
  readonly "backprop/trainings": Request<FileParams, readonly TrainingChoice[]>;
  /** The models of a document without a `train` block, including unsaved changes; none if it has such a block. */
  readonly "backprop/untrained": Request<FileParams, readonly UntrainedChoice[]>;
  /** The `expect` blocks of a file. For an open document, includes its unsaved changes; for a closed one, data files are not read. */
  readonly "backprop/expectations": Request<FileParams, ExpectBlocks>;
  /** The `expect` blocks of an open document, with everything needed to test them. */
  readonly "backprop/tests": Request<FileParams, TestChoices>;
  /** A table's `data` block; null if the table can't be read. */
  readonly "backprop/dataBlock": Request<DropParams, WrittenBlock | null>;
  /** The knobs and layers of each training in a document. */
  readonly "backprop/knobs": Request<FileParams, readonly TrainingKnobs[]>;
  /** The text changes for an edit in the panel. The server itself changes nothing. */
  readonly "backprop/edit": Request<FileParams & { readonly edit: FileEdit }, EditResult>;
}

/** A block to insert into a document, and where. */
export interface WrittenBlock {
  readonly text: string;
  readonly position: Position;
}

/** A table dropped into a document, and the position. */
export interface DropParams extends FileParams {
  /** The table's URI. */
  readonly table: string;
  readonly position: Position;
}

/** Notifications from the client to the server. */
export interface ServerNotifications {
  /** Sent when the settings change. */
  readonly "backprop/settings": ServerSettings;
}

/** Requests from the server to the client, for files outside the server's disk. */
export interface ClientRequests {
  readonly "backprop/stat": Request<FileParams, StatResult>;
  readonly "backprop/read": Request<FileParams, ReadResult>;
  /** The names of the files in a folder. */
  readonly "backprop/list": Request<FileParams, readonly string[]>;
  /** The workspace's .nn files, as URIs. */
  readonly "backprop/find": Request<Readonly<Record<string, never>>, readonly string[]>;
}

/** The options that the client sends with `initialize`. */
export type InitializationOptions = Partial<ServerOptions>;

export interface FileParams {
  readonly uri: string;
}
export interface StatResult {
  readonly size: number;
  /** Changes when the file does. */
  readonly version: string;
}
/** Base64, since the protocol is JSON. */
export interface ReadResult {
  readonly base64: string;
}
export interface TrainingChoice {
  readonly run: string;
  readonly model: string;
  /** From 0. */
  readonly line: number;
  /** The last line of the block; absent if a run is repeated without its text. */
  readonly lastLine?: number;
  readonly planned: Planned | null;
  /** The text from which the plan was made, saved with the weights; absent if a run is repeated without its text. */
  readonly text?: string;
  /** The lines (from 0) of the source map's keys at the time of the plan. */
  readonly lines: Readonly<Record<string, number>>;
  /** The error that prevents the training. */
  readonly problem: Problem | null;
}

/** An error, with its line from 0. */
export interface Problem {
  readonly line: number;
  readonly message: string;
}

/** A model of a document without a training. */
export interface UntrainedChoice {
  readonly model: string;
  /** null if the model has an error. */
  readonly plan: UntrainedPlan | null;
  /** The lines (from 0) of the model's layers, by source map key. */
  readonly lines: Readonly<Record<string, number>>;
}

/** A line of an `expect` block. */
export interface ExpectTest {
  readonly kind: "row" | "claim";
  /** The line with single blanks. */
  readonly text: string;
  readonly range: Range;
}

export interface ExpectBlock {
  /** The model, and the data after `on`. */
  readonly label: string;
  /** The whole block. */
  readonly range: Range;
  readonly tests: readonly ExpectTest[];
}

export interface ExpectBlocks {
  readonly blocks: readonly ExpectBlock[];
  /** Whether the text has a syntax error, and blocks and lines may therefore be missing. */
  readonly isDamaged: boolean;
}

/** An `expect` block with everything needed to test it. */
export interface TestChoice extends ExpectBlock {
  /** The expectations of `tests`, in their order. */
  readonly plan: ExpectPlan;
  /** null if the block can't be tested. */
  readonly subject: TestSubject | null;
  /** The error that prevents the test. */
  readonly problem: Problem | null;
}

export interface TestChoices extends ExpectBlocks {
  readonly blocks: readonly TestChoice[];
  /** The trainings of the document, referred to by the subjects. */
  readonly trainings: readonly TrainingChoice[];
}

/** A training's knobs, and its model's layers. Both are empty if it has an error. */
export interface TrainingKnobs {
  readonly run: string;
  readonly model: string;
  readonly knobs: readonly Knob[];
  readonly layers: readonly EditableLayer[];
}

/** A number or word in the file that can be turned. */
export interface Knob {
  /** Its key among the training's knobs. */
  readonly key: string;
  /** `Training`, `Data`, or the layer's id. */
  readonly group: string;
  readonly label: string;
  readonly summary: string;
  readonly kind: "number" | "choice";
  readonly value: string;
  /** A slider's values in ascending order, with any words that can replace a number; or a choice's words. */
  readonly stops: readonly string[];
}

export interface EditableLayer {
  readonly id: string;
  /** The first word of its line. */
  readonly word: string;
  /** The prefix of its knobs' keys. */
  readonly knobs: string;
  /** Whether a layer can be inserted before it. */
  readonly canInsert: boolean;
  readonly canRemove: boolean;
}

/** An edit of a training, identified by its run's name. */
export type FileEdit =
  | { readonly kind: "turn"; readonly run: string; readonly knob: string; readonly value: string }
  | { readonly kind: "step"; readonly run: string; readonly knob: string; readonly steps: 1 | -1 }
  /** Inserts a layer before the given one, or removes the given one. */
  | { readonly kind: "insert"; readonly run: string; readonly layer: string }
  | { readonly kind: "remove"; readonly run: string; readonly layer: string };

/** The changes to a version of a document, or why there are none. */
export type EditResult = { readonly edit: WorkspaceEdit; readonly version: number } | { readonly problem: string };

/** One end of the connection: the server's `Connection` or the editor's `LanguageClient`. */
interface Peer {
  sendRequest<Result>(method: string, params: unknown): Promise<Result>;
  sendNotification(method: string, params: unknown): Promise<void>;
  onRequest(method: string, handler: (params: never, token: CancellationToken) => unknown): unknown;
  onNotification(method: string, handler: (params: unknown) => void): unknown;
}
type Requests<Table> = { readonly [Name in keyof Table]: Request<unknown, unknown> };
type Answers<Table extends Requests<Table>> = {
  readonly [Name in keyof Table]: (params: Table[Name]["params"], token: CancellationToken) => Promise<Table[Name]["result"]>;
};
type Asks<Table extends Requests<Table>> = <Name extends keyof Table & string>(
  name: Name,
  params: Table[Name]["params"],
) => Promise<Table[Name]["result"]>;

/** Returns a function that sends the client's requests to the server. */
export const serverOf =
  (client: Pick<Peer, "sendRequest">): Asks<ServerRequests> =>
  (name, params) =>
    client.sendRequest(name, params);

/** Returns a function that sends the server's requests to the client. */
export const clientOf =
  (connection: Pick<Peer, "sendRequest">): Asks<ClientRequests> =>
  (name, params) =>
    connection.sendRequest(name, params);

/** Registers a handler for every request in a table. */
export function answerWith<Table extends Requests<Table>>(peer: Pick<Peer, "onRequest">, answers: Answers<Table>): void {
  for (const [name, answer] of Object.entries<Answers<Table>[keyof Table]>(answers)) peer.onRequest(name, answer);
}

export const notifyServer = <Name extends keyof ServerNotifications>(
  client: Pick<Peer, "sendNotification">,
  name: Name,
  params: ServerNotifications[Name],
): Promise<void> => client.sendNotification(name, params);

/** The handler receives unchecked parameters, since any client may send anything. */
export const onNotification = (
  connection: Pick<Peer, "onNotification">,
  name: keyof ServerNotifications,
  handle: (params: unknown) => void,
): void => void connection.onNotification(name, handle);
