/** The debugger in VS Code's extension host: a real session of a sample, with the adapter in its worker. */
import assert from "node:assert/strict";
import * as vscode from "vscode";
import { eventually, type SuiteTest } from "./suiteTest.ts";

interface Stack {
  readonly stackFrames: readonly { readonly name: string; readonly line: number }[];
}

/** Records the stops of new sessions. Dispose it at the end. */
function recordStops() {
  const happened = new vscode.EventEmitter<void>();
  let stops = 0;
  const tracker = vscode.debug.registerDebugAdapterTrackerFactory("nn", {
    createDebugAdapterTracker: () => ({
      onDidSendMessage({ event }: { readonly event?: string }) {
        if (event === "stopped") stops++;
        happened.fire();
      },
    }),
  });
  return {
    dispose: () => vscode.Disposable.from(tracker, happened).dispose(),
    /** Resolves after `act` and the stop that it leads to. */
    async stopAfter(act: () => Thenable<unknown>): Promise<void> {
      const before = stops;
      await act();
      await eventually("a stop", happened.event, () => (stops > before ? true : undefined));
    },
  };
}

export const debuggingTests: Record<string, SuiteTest> = {
  async "a debug session goes down the layers' lines, up again and back in time, and ends"(folder) {
    const uri = vscode.Uri.joinPath(folder, "xor.nn");
    const { document } = await vscode.window.showTextDocument(uri);
    const recorded = recordStops();
    const configuration = { type: "nn", request: "launch", name: "Debug", program: uri.fsPath };
    await recorded.stopAfter(async () => assert.ok(await vscode.debug.startDebugging(undefined, configuration)));
    const session = vscode.debug.activeDebugSession;
    assert.ok(session, "a session runs");
    const top = async (): Promise<string> => {
      const [frame] = ((await session.customRequest("stackTrace", { threadId: 1 })) as Stack).stackFrames;
      return `${frame?.name}: ${document.lineAt((frame?.line ?? 1) - 1).text.trim()}`;
    };
    const walked = async (command: string, count: number): Promise<string[]> => {
      const places: string[] = [];
      for (let k = 0; k < count; k++) {
        await recorded.stopAfter(() => session.customRequest(command, { threadId: 1 }));
        places.push(await top());
      }
      return places;
    };
    const first = await top();
    assert.equal(first, "the next mini-batch: data XorTable {");
    const down = await walked("next", 7);
    assert.deepEqual(down, [
      "input_1 (forward): input a, b",
      "hidden (forward): hidden: dense 4 tanh",
      "dense_1 (forward): dense 1 sigmoid",
      "loss: loss      binary_crossentropy",
      "dense_1 (reverse): dense 1 sigmoid",
      "hidden (reverse): hidden: dense 4 tanh",
      "update of the weights: optimizer sgd(learning_rate=0.5)",
    ]);
    assert.deepEqual(await walked("stepBack", 3), down.slice(3, -1).toReversed());
    const ended = eventually("the session's end", vscode.debug.onDidTerminateDebugSession, () =>
      vscode.debug.activeDebugSession ? undefined : true,
    );
    await vscode.debug.stopDebugging(session);
    await ended;
    recorded.dispose();
  },
};
