/** The tasks run the bundled `nn` in a terminal of the editor and list its findings in the Problems view. */
import assert from "node:assert/strict";
import * as vscode from "vscode";
import { PATIENCE } from "../../../scripts/run/patience.ts";
import { eventually, type SuiteTest } from "./suiteTest.ts";

/** Starts the task, waits for its end and returns its exit code. */
async function exitCodeOf(start: () => PromiseLike<unknown>, name: string): Promise<number | undefined> {
  let code: number | undefined;
  let isOver = false;
  const ended = new vscode.EventEmitter<void>();
  const listening = vscode.tasks.onDidEndTaskProcess(({ execution, exitCode }) => {
    if (!execution.task.name.startsWith(name)) return;
    [code, isOver] = [exitCode, true];
    ended.fire();
  });
  await start();
  await eventually(`the end of ${name}`, ended.event, () => (isOver ? true : undefined));
  listening.dispose();
  return code;
}

/**
 * Runs a task until the Problems view lists a finding of the file. After a task has ended, VS Code reads its lines for only 100 ms
 * (TerminalTaskSystem), so a busy editor misses them.
 */
async function problemsOf(uri: vscode.Uri, run: () => Promise<void>): Promise<vscode.Diagnostic[]> {
  const last = Date.now() + PATIENCE.event;
  while (Date.now() < last) {
    await run();
    await new Promise((done) => setTimeout(done, 1000));
    const found = vscode.languages.getDiagnostics(uri);
    if (found.length > 0) return found;
  }
  throw new Error("The Problems view lists no finding of the task.");
}

export const terminalTests: Record<string, SuiteTest> = {
  async "tasks are offered for the active file, and the lens runs that of its gradient check"(folder) {
    const uri = vscode.Uri.joinPath(folder, "gates.nn");
    await vscode.window.showTextDocument(uri);
    const names = (await vscode.tasks.fetchTasks({ type: "nn" })).map(({ name }) => name);
    assert.deepEqual(names, ["train gates.nn", "test gates.nn", "check gates.nn", "gradcheck gates.nn"]);
    const xor = vscode.Uri.joinPath(folder, "xor.nn");
    assert.equal(
      await exitCodeOf(() => vscode.commands.executeCommand("backprop.gradcheck", xor.toString(), "Xor"), "gradcheck xor.nn"),
      0,
    );
  },

  async "an unmet expectation is a problem on its line"(folder) {
    const uri = vscode.Uri.joinPath(folder, "unmet.nn");
    await vscode.workspace.fs.writeFile(
      uri,
      Buffer.from("model M {\n  input a, b\n  n: neuron a, b threshold=2\n}\nexpect M {\n  0 1 -> 0\n  1 1 -> 0\n}\n"),
    );
    await vscode.window.showTextDocument(uri);
    const test = (await vscode.tasks.fetchTasks({ type: "nn" })).find(({ name }) => name === "test unmet.nn");
    assert.ok(test, "the task is offered");
    const [found] = await problemsOf(uri, async () =>
      assert.equal(await exitCodeOf(() => vscode.tasks.executeTask(test), "test unmet.nn"), 1),
    );
    assert.equal(found?.range.start.line, 6);
    assert.equal(found?.message, "1 1 -> 0 (it is 1)");
    assert.equal(found?.source, "nn test");
  },
};
