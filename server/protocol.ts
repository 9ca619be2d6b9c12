/**
 * Our own messages between the editor's side and the language server: each name once, with the types that it carries. Types only:
 * client and server bundle different copies of the protocol's library, so they can't share its request objects.
 */
import type { CancellationToken } from "vscode-languageserver";
import type { Planned } from "./language/toPlan.ts";
import type { ServerOptions, ServerSettings } from "./settings.ts";

interface Request<Params, Result> {
  readonly params: Params;
  readonly result: Result;
}

/** What the client asks of the server. */
export interface ServerRequests {
  /** The trainings of a document as it stands in the editor, with the plan of each or what stands in its way. */
  readonly "backprop/trainings": Request<FileParams, readonly TrainingChoice[]>;
}

/** What the client tells the server. */
export interface ServerNotifications {
  /** The settings, when they change. */
  readonly "backprop/settings": ServerSettings;
}

/** What the server asks of the client about places that are not on the server's disk. */
export interface ClientRequests {
  readonly "backprop/stat": Request<FileParams, StatResult>;
  readonly "backprop/read": Request<FileParams, ReadResult>;
  /** The names of the files in a folder. */
  readonly "backprop/list": Request<FileParams, readonly string[]>;
  /** The workspace's .nn files, as URIs. */
  readonly "backprop/find": Request<Readonly<Record<string, never>>, readonly string[]>;
}

/** What the client sends when it starts the server. */
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
  readonly planned: Planned | null;
  /** Lines (from 0) of the source map's keys when the plan was made. */
  readonly lines: Readonly<Record<string, number>>;
  /** The first error in its way, with its line from 0. */
  readonly problem: { readonly line: number; readonly message: string } | null;
}

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

/** The client's way to ask the server. */
export const serverOf =
  (client: Pick<Peer, "sendRequest">): Asks<ServerRequests> =>
  (name, params) =>
    client.sendRequest(name, params);

/** The server's way to ask the client. */
export const clientOf =
  (connection: Pick<Peer, "sendRequest">): Asks<ClientRequests> =>
  (name, params) =>
    connection.sendRequest(name, params);

/** Answers every request of one side's table. */
export function answerWith<Table extends Requests<Table>>(peer: Pick<Peer, "onRequest">, answers: Answers<Table>): void {
  for (const [name, answer] of Object.entries<Answers<Table>[keyof Table]>(answers)) peer.onRequest(name, answer);
}

export const notifyServer = <Name extends keyof ServerNotifications>(
  client: Pick<Peer, "sendNotification">,
  name: Name,
  params: ServerNotifications[Name],
): Promise<void> => client.sendNotification(name, params);

/** What arrives is not yet known to be of the table's type: any client may send it. */
export const onNotification = (
  connection: Pick<Peer, "onNotification">,
  name: keyof ServerNotifications,
  hear: (params: unknown) => void,
): void => void connection.onNotification(name, hear);
