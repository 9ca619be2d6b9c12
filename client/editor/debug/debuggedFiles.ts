/** The files being debugged in this window. Their panels show the same places and tensors. */
import * as vscode from "vscode";
import type { DebuggedView } from "../../messages/panelMessages.ts";
import { DEBUG_TYPE } from "./configurations.ts";

/** A file that is being debugged. */
export interface DebuggedFile {
  /** Counts the stops. */
  readonly stop: number;
  /** Returns the data for a view. Rejects while the training is running. */
  readonly ask: (view: DebuggedView) => Thenable<unknown>;
}

const REQUESTS: { readonly [V in DebuggedView]: string } = { step: "nnStep", network: "nnNetwork" };

/** The adapter's events after which the numbers may differ. */
const CHANGES: ReadonlySet<string> = new Set(["stopped", "invalidated"]);

/** Calls `onChange` at each stop of a file's session, and with `debugged` undefined at the session's end. */
export function watchDebugging(onChange: (file: string, debugged: DebuggedFile | undefined) => void): vscode.Disposable {
  let stop = 0;
  const fileOf = ({ configuration }: vscode.DebugSession): string => vscode.Uri.file(String(configuration["program"])).toString();
  return vscode.Disposable.from(
    vscode.debug.registerDebugAdapterTrackerFactory(DEBUG_TYPE, {
      createDebugAdapterTracker: (session) => ({
        onDidSendMessage({ type, event }: { readonly type: string; readonly event?: string }) {
          if (type !== "event" || event === undefined || !CHANGES.has(event)) return;
          onChange(fileOf(session), { stop: ++stop, ask: (view) => session.customRequest(REQUESTS[view]) });
        },
      }),
    }),
    vscode.debug.onDidTerminateDebugSession((session) => {
      if (session.type === DEBUG_TYPE) onChange(fileOf(session), undefined);
    }),
  );
}
