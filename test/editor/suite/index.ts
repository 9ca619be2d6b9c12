/** The suite that runs in VS Code's extension host: one path through the product, mostly on the iris sample. */
import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { BackpropApi } from "../../../client/editor/extension.ts";
import type { RunState } from "../../../client/runs/runState.ts";
import { debuggingTests } from "./debugging.ts";
import { languageTests } from "./language.ts";
import { codeOf, diagnosticsOf, eventually, replace, type SuiteTest } from "./suiteTest.ts";
import { terminalTests } from "./terminal.ts";

const tests: Record<string, SuiteTest> = {
  async "a broken copy of iris.nn has a diagnostic on the broken layer; completion and a quick fix offer the repair"(folder) {
    const iris = await vscode.workspace.openTextDocument(vscode.Uri.joinPath(folder, "iris.nn"));
    assert.equal(iris.languageId, "nn");
    const editor = await vscode.window.showTextDocument(
      await vscode.workspace.openTextDocument({
        language: "nn",
        content: iris
          .getText()
          .replace('source csv("iris.csv")', "0 0 0 0 -> 0\n  1 1 1 1 -> 1\n  1 0 1 1 -> 2")
          .replace("target species", ""),
      }),
    );
    await replace(editor, "16 relu", "16 rleu");
    const [found] = await diagnosticsOf(editor.document.uri, (all) => all.some((one) => codeOf(one) === "NN202"));
    assert.equal(editor.document.getText(found?.range), "rleu");
    assert.match(found?.message ?? "", /did you mean `relu`/);

    const offers = await vscode.commands.executeCommand<vscode.CompletionList>(
      "vscode.executeCompletionItemProvider",
      editor.document.uri,
      found?.range.start,
    );
    assert.ok(
      offers.items.some(({ label }) => label === "relu"),
      "relu is offered",
    );
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      "vscode.executeCodeActionProvider",
      editor.document.uri,
      found?.range,
    );
    const fix = actions.find(({ title }) => title === "Change to `relu`");
    assert.ok(fix?.edit && (await vscode.workspace.applyEdit(fix.edit)), "the quick fix can be applied");
    await diagnosticsOf(editor.document.uri, (all) => all.every((one) => codeOf(one) !== "NN202"));
  },

  async "a classic mistake has a proof and a page; formatting and the severity settings work"() {
    const editor = await vscode.window.showTextDocument(
      await vscode.workspace.openTextDocument({
        language: "nn",
        content:
          "model M {\ninput a, b\n  dense 1   sigmoid\n}\ndata D {\n  0 0 -> 0\n  0 1 -> 1\n  1 0 -> 1\n  1 1 -> 0\n}\ntrain M on D {\n  loss binary_crossentropy\n}\n",
      }),
    );
    const { uri } = editor.document;
    const [found] = await diagnosticsOf(uri, (all) => all.some((one) => codeOf(one) === "NN501"));
    assert.match(found?.message ?? "", /1\/2·\(0, 0\) \+ 1\/2·\(1, 1\) of class 0/);
    assert.equal(found?.severity, vscode.DiagnosticSeverity.Warning);
    const page = typeof found?.code === "object" ? found.code.target : undefined;
    assert.ok(page, "the code links to its page");
    assert.match((await vscode.workspace.fs.readFile(page)).toString(), /^# NN501: One layer on data that is not linearly separable/);

    const edits = await vscode.commands.executeCommand<vscode.TextEdit[]>("vscode.executeFormatDocumentProvider", uri, {
      tabSize: 2,
      insertSpaces: true,
    });
    const all = new vscode.WorkspaceEdit();
    all.set(uri, edits);
    assert.ok(await vscode.workspace.applyEdit(all));
    assert.match(editor.document.getText(), /^model M \{\n {2}input a, b\n {2}dense 1 sigmoid\n\}\n\ndata D/);

    const settings = vscode.workspace.getConfiguration("backprop");
    await settings.update("severities", { NN501: "error" }, vscode.ConfigurationTarget.Global);
    await diagnosticsOf(uri, (now) => now.some((one) => codeOf(one) === "NN501" && one.severity === vscode.DiagnosticSeverity.Error));
    await settings.update("severities", { NN501: "off" }, vscode.ConfigurationTarget.Global);
    await diagnosticsOf(uri, (now) => now.every((one) => codeOf(one) !== "NN501"));
    await settings.update("severities", undefined, vscode.ConfigurationTarget.Global);

    const [back] = await diagnosticsOf(uri, (now) => now.some((one) => codeOf(one) === "NN501"));
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>("vscode.executeCodeActionProvider", uri, back?.range);
    const fix = actions.find(({ title }) => title.startsWith("Add a hidden layer"));
    assert.ok(fix?.edit && (await vscode.workspace.applyEdit(fix.edit)), "the quick fix can be applied");
    await diagnosticsOf(uri, (now) => now.length === 0);
  },

  async "completion offers the columns of iris.csv; the hover shows the layer's parameters"(folder) {
    const uri = vscode.Uri.joinPath(folder, "iris.nn");
    const document = await vscode.workspace.openTextDocument(uri);
    const target = document.positionAt(document.getText().indexOf("species", document.getText().indexOf("target")));
    const offers = await vscode.commands.executeCommand<vscode.CompletionList>("vscode.executeCompletionItemProvider", uri, target);
    for (const column of ["sepal_length", "petal_width", "species"])
      assert.ok(
        offers.items.some(({ label }) => label === column),
        `${column} is offered`,
      );
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      "vscode.executeHoverProvider",
      uri,
      document.positionAt(document.getText().indexOf("dense 16") + 2),
    );
    const text = hovers.flatMap(({ contents }) => contents.map((part) => (typeof part === "string" ? part : part.value))).join("\n");
    assert.match(text, /80 parameters \(kernel 4x16, bias 16\)/);
    const outline = await vscode.commands.executeCommand<vscode.DocumentSymbol[]>("vscode.executeDocumentSymbolProvider", uri);
    assert.deepEqual(
      outline.map(({ name }) => name),
      ["Iris", "Flowers", "train Iris", "expect Iris"],
    );
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>("vscode.executeCodeLensProvider", uri);
    assert.deepEqual(
      lenses.map(({ command }) => command?.title),
      ["$(play) Train Model", "$(debug-alt) Debug", "Check Gradients", "$(beaker) Test"],
    );
  },

  async "Train Model trains the unsaved text, and every epoch reaches the panel"(folder, api) {
    const uri = vscode.Uri.joinPath(folder, "iris.nn");
    const editor = await vscode.window.showTextDocument(uri);
    await replace(editor, "epochs    60", "epochs    23");
    assert.ok(editor.document.isDirty, "nothing is saved");
    let drawn = 0;
    const listening = api.onDrawn(({ file, epochs }) => {
      if (file === uri.toString()) drawn = Math.max(drawn, epochs);
    });
    await vscode.commands.executeCommand("backprop.train", uri.toString(), 0);
    await eventually("23 epochs on the panel", api.onDrawn, () => (drawn === 23 ? true : undefined));
    listening.dispose();
    const run = await api.runOf(uri.toString());
    assert.equal(run?.end?.kind, "finished");
    const { layout, columns, rows, stride } = run.history ?? assert.fail("no epochs");
    const [epochs = [], losses = []] = columns.map((column) => [...column.subarray(0, rows)]);
    assert.deepEqual(
      epochs,
      Array.from({ length: 23 }, (_, i) => i + 1),
    );
    assert.equal(stride, 1);
    assert.deepEqual(layout.layers, ["hidden", "dense_1"]);
    assert.ok((losses.at(-1) ?? 1) < (losses[0] ?? 0));
    assert.ok(run.snapshots.length > 0, "there are snapshots, since the panel was visible");
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>("vscode.executeCodeLensProvider", uri);
    const again = lenses.find(({ command }) => command?.command === "backprop.showPanel")?.command;
    assert.match(again?.title ?? "", /^\$\(graph-line\) after epoch 23: loss 0\.\d+, val_loss 0\.\d+$/);
    await vscode.commands.executeCommand("workbench.action.files.revert");
  },

  async "a run is stored, and trained again: the same, from another seed, longer"(folder, api) {
    const uri = vscode.Uri.joinPath(folder, "xor.nn");
    const file = uri.toString();
    const ended = async (epochs: number): Promise<RunState> =>
      await eventually(`a run of ${epochs} epochs`, api.onChange, async () => {
        const run = await api.runOf(file);
        return run?.end?.kind === "finished" && run.end.epochs === epochs ? run : undefined;
      });
    await api.train(uri);
    const first = await ended(1000);
    const again = async (command: string): Promise<void> => {
      const from = await api.runOf(file);
      await vscode.commands.executeCommand(`backprop.runs.${command}`, first.facts.id);
      await eventually("another run", api.onChange, async () => ((await api.runOf(file)) === from ? undefined : true));
    };
    const lossOf = (run: RunState): number | undefined => run.history?.last?.[1];
    await again("againSame");
    assert.equal(lossOf(await ended(1000)), lossOf(first), "the same numbers, to the last bit");
    await again("againSeed");
    const other = await ended(1000);
    assert.equal(other.facts.seed, 43);
    assert.notEqual(lossOf(other), lossOf(first));
    await again("againLonger");
    const longer = await ended(2000);
    assert.equal(longer.history?.columns[0]?.[0], 1001, "the run continues after the first one's last epoch");
    assert.ok((lossOf(longer) ?? 1) < (lossOf(first) ?? 0));
    const listed = await eventually("four runs", api.onRuns, async () => {
      const runs = (await api.runs()).filter((run) => run.file === file);
      return runs.length === 4 && runs.every(({ status }) => status === "finished") ? runs : undefined;
    });
    assert.deepEqual(
      listed.map(({ name, seed, epochs }) => [name, seed, epochs]),
      [
        ["Xor, to epoch 2000", 42, 2000],
        ["Xor, seed 43", 43, 1000],
        ["Xor", 42, 1000],
        ["Xor", 42, 1000],
      ],
    );
    await vscode.commands.executeCommand("backprop.runs.openPlan", first.facts.id);
    const plan = JSON.parse(vscode.window.activeTextEditor?.document.getText() ?? "");
    assert.equal(plan.network.layers[1].id, "hidden");
    await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
  },

  async "a training pauses, resumes and stops"(folder, api) {
    const uri = await endless(folder);
    const file = uri.toString();
    await vscode.window.showTextDocument(uri);
    const run = await api.train(uri);
    assert.ok(run);
    await eventually("the first numbers", api.onChange, () => (run.progress ? true : undefined));
    api.pause(file);
    await eventually("the pause", api.onChange, () => (run.status === "paused" ? true : undefined));
    const at = run.progress?.batch;
    api.resume(file);
    await eventually("the resumption", api.onChange, () => ((run.progress?.batch ?? 0) > (at ?? 0) ? true : undefined));
    api.stop(file);
    await eventually("the stop", api.onChange, () => (run.end?.kind === "stopped" ? true : undefined));
  },

  async "of three simultaneous clicks one training remains"(folder, api) {
    const uri = await endless(folder);
    const runs = await Promise.all([api.train(uri), api.train(uri), api.train(uri)]);
    await eventually("all but one to end", api.onChange, () => (runs.filter((run) => run?.end === null).length === 1 ? true : undefined));
    api.stop(uri.toString());
    await eventually("the last one to end", api.onChange, () => (runs.every((run) => run?.end?.kind === "stopped") ? true : undefined));
  },

  async "a broken data file is reported on the source line until it is repaired"(folder) {
    const csv = vscode.Uri.joinPath(folder, "flawed.csv");
    const nn = vscode.Uri.joinPath(folder, "flawed.nn");
    await vscode.workspace.fs.writeFile(csv, Buffer.from("a,b\n1,2\n3\n"));
    await vscode.workspace.fs.writeFile(
      nn,
      Buffer.from(
        'model M {\n  input a\n  dense 1\n}\ndata D {\n  source csv("flawed.csv")\n  target b\n}\ntrain M on D {\n  loss mse\n}\n',
      ),
    );
    await vscode.window.showTextDocument(nn);
    const [found] = await diagnosticsOf(nn, (all) => all.length > 0);
    assert.equal(found && codeOf(found), "NN406");
    assert.equal(found?.range.start.line, 5);
    assert.match(found?.message ?? "", /flawed\.csv, row 3: 1 value where the header has 2/);
    await vscode.workspace.fs.writeFile(csv, Buffer.from("a,b\n1,2\n3,4\n"));
    await diagnosticsOf(nn, (all) => all.length === 0);
  },
  ...debuggingTests,
  ...languageTests,
  ...terminalTests,
};

/** Writes a file whose training runs until it is stopped. */
async function endless(folder: vscode.Uri): Promise<vscode.Uri> {
  const digits = (await vscode.workspace.fs.readFile(vscode.Uri.joinPath(folder, "digits.nn"))).toString();
  const uri = vscode.Uri.joinPath(folder, "endless.nn");
  await vscode.workspace.fs.writeFile(uri, Buffer.from(digits.replace(/epochs +\d+/, "epochs 1000000")));
  return uri;
}

/** The entry that VS Code calls. */
export async function run(): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const extension = vscode.extensions.getExtension<BackpropApi>("backprop.backprop");
  assert.ok(folder && extension, "a folder is open and the extension is installed");
  assert.equal(extension.isActive, false, "nothing is activated before a .nn file is open");
  const activating = performance.now();
  const api = await extension.activate();
  // This is mostly the workbench's own start. `npm run bench -- --editor` reads VS Code's own measurement of the activation.
  console.log(`  ✓ the extension was activated in ${Math.round(performance.now() - activating)} ms, while the workbench was starting`);
  await vscode.workspace.openTextDocument(vscode.Uri.joinPath(folder, "iris.nn"));
  const failures: string[] = [];
  for (const [name, test] of Object.entries(tests)) {
    const began = Date.now();
    try {
      await test(folder, api);
      console.log(`  ✓ ${name} (${Date.now() - began} ms)`);
    } catch (error) {
      failures.push(name);
      console.log(`  ✗ ${name}\n${error instanceof Error ? error.stack : String(error)}`);
    }
  }
  console.log(`${Object.keys(tests).length - failures.length} passed, ${failures.length} failed in the extension host`);
  if (failures.length > 0) throw new Error(`Failed: ${failures.join("; ")}`);
}
