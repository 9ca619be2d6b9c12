/** The module `vscode` for a separate process that stands for the extension host. */
import { pathToFileURL } from "node:url";
import type * as vscode from "vscode";
import { fakeVscode } from "../fakeVscode.ts";

const fake = fakeVscode().vscode;
// The code under test imports these with the types of the real module.
export const Uri: unknown = fake.Uri;
export const EventEmitter: unknown = fake.EventEmitter;
export const Disposable: unknown = fake.Disposable;
export const ViewColumn: unknown = fake.ViewColumn;
export const workspace: unknown = fake.workspace;
export const window: unknown = fake.window;

export const uriFrom = (path: string): vscode.Uri => fake.Uri.parse(pathToFileURL(path).href) as unknown as vscode.Uri;
