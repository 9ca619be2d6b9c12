/** Each language feature once, through VS Code's own commands. */
import assert from "node:assert/strict";
import * as vscode from "vscode";
import { codeOf, diagnosticsOf, eventually, type SuiteTest } from "./suiteTest.ts";

const run = <T>(command: string, ...given: unknown[]): Promise<T> =>
  Promise.resolve(vscode.commands.executeCommand<T>(`vscode.${command}`, ...given));
const WIDE = `let units = 8
model Wide {
  x: input 4
  dense  units relu
  dense units relu
  price: dense 1
  aux: dense 1 from x
  output price, aux
}
`;

export const languageTests: Record<string, SuiteTest> = {
  async "names: definition, references, highlights, rename, workspace symbols"(folder) {
    const document = await vscode.workspace.openTextDocument({ language: "nn", content: WIDE });
    const { uri } = document;
    const at = (word: string): vscode.Position => document.positionAt(document.getText().lastIndexOf(word) + 1);
    const [definition] = await run<vscode.Location[]>("executeDefinitionProvider", uri, at("aux"));
    assert.equal(definition?.range.start.line, 6);
    assert.equal((await run<vscode.Location[]>("executeReferenceProvider", uri, at("price"))).length, 2);
    assert.equal((await run<vscode.DocumentHighlight[]>("executeDocumentHighlights", uri, at("units"))).length, 3);
    const edit = await run<vscode.WorkspaceEdit>("executeDocumentRenameProvider", uri, at("price"), "cost");
    assert.deepEqual(
      edit.get(uri).map(({ newText, range }) => `${range.start.line} ${newText}`),
      ["5 cost", "7 cost"],
    );
    // This file is not open.
    const found = await run<vscode.SymbolInformation[]>("executeWorkspaceSymbolProvider", "WideAndDeep");
    assert.ok(found.some((one) => one.location.uri.toString() === vscode.Uri.joinPath(folder, "wide-and-deep.nn").toString()));
  },

  async "decorations: inlay hints, semantic tokens, folding, selection ranges, links, a hover's picture"(folder) {
    const uri = vscode.Uri.joinPath(folder, "iris.nn");
    const document = await vscode.workspace.openTextDocument(uri);
    const all = new vscode.Range(0, 0, document.lineCount, 0);
    const hints = await run<vscode.InlayHint[]>("executeInlayHintProvider", uri, all);
    assert.deepEqual(
      hints.map(({ label }) => label),
      ["131 parameters", "→ 4", "→ 16 · 80", "→ 3 · 51"],
    );
    const tokens = await run<vscode.SemanticTokens>("provideDocumentSemanticTokens", uri);
    assert.ok(tokens.data.length > 0 && tokens.data.length % 5 === 0);
    assert.ok((await run<vscode.FoldingRange[]>("executeFoldingRangeProvider", uri)).length >= 4);
    const position = document.positionAt(document.getText().indexOf("relu") + 1);
    const [selection] = await run<vscode.SelectionRange[]>("executeSelectionRangeProvider", uri, [position]);
    assert.equal(document.getText(selection?.range), "relu");
    const links = await run<vscode.DocumentLink[]>("executeLinkProvider", uri);
    assert.ok(links.some(({ target }) => target?.path.endsWith("/iris.csv")));
    const [hover] = await run<vscode.Hover[]>("executeHoverProvider", uri, position);
    const texts = (hover?.contents ?? []).map((part) => (typeof part === "string" ? part : part.value));
    assert.match(texts.join("\n"), /data:image\/svg\+xml/);
  },

  async "editing: signature help, formatting of a range and while typing, refactorings"() {
    const document = await vscode.workspace.openTextDocument({ language: "nn", content: WIDE });
    const { uri } = document;
    const options = { tabSize: 2, insertSpaces: true };
    const line = (n: number): vscode.Range => document.lineAt(n).range;
    const help = await run<vscode.SignatureHelp>("executeSignatureHelpProvider", uri, new vscode.Position(3, 15), " ");
    assert.match(help.signatures[0]?.label ?? "", /^dense units/);
    const part = await run<vscode.TextEdit[]>("executeFormatRangeProvider", uri, line(3), options);
    assert.equal(part.length, 1);
    const typed = await run<vscode.TextEdit[]>("executeFormatOnTypeProvider", uri, new vscode.Position(4, 0), "\n", options);
    // VS Code reduces the edit to its smallest form: one space is deleted.
    assert.deepEqual(
      typed.map(({ newText, range }) => [newText, range.start.line]),
      [["", 3]],
    );
    const actions = async (n: number, kind: vscode.CodeActionKind): Promise<vscode.CodeAction[]> =>
      await run<vscode.CodeAction[]>("executeCodeActionProvider", uri, new vscode.Range(n, 4, n, 4), kind.value);
    const [repeat] = await actions(3, vscode.CodeActionKind.RefactorExtract);
    assert.equal(repeat?.title, "Write 2 lines as `repeat 2`");
    const [inline] = await actions(0, vscode.CodeActionKind.RefactorInline);
    assert.ok(inline?.edit && (await vscode.workspace.applyEdit(inline.edit)));
    assert.match(document.getText(), /^model Wide \{[\s\S]*dense {2}8 relu/);
  },

  async "the walkthrough: XOR on one layer has its warning, and showFix moves the cursor there"() {
    await vscode.commands.executeCommand("backprop.openSample", "xor-limit.nn");
    const editor = vscode.window.activeTextEditor;
    assert.ok(editor);
    assert.match(editor.document.fileName, /xor-limit\.nn$/);
    const { uri } = editor.document;
    const [found] = await diagnosticsOf(uri, (all) => all.some((one) => codeOf(one) === "NN501"));
    await vscode.commands.executeCommand("backprop.showFix", "NN501", { sample: "xor-limit.nn" });
    assert.ok(found?.range.contains(vscode.window.activeTextEditor?.selection.active ?? new vscode.Position(0, 0)));
  },

  // This workbench has no extension for Markdown, so the page is shown as text.
  async "the reference and the glossary open"() {
    for (const [command, page, head] of [
      ["backprop.openReference", "reference.md", /^# Reference\n/],
      ["backprop.openGlossary", "glossary.md", /^# The book's words/],
    ] as const) {
      const pages = (): vscode.Tab[] =>
        vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.filter(({ label }) => label.toLowerCase().includes(page)));
      await vscode.commands.executeCommand(command);
      const shown = await eventually("the page", vscode.window.tabGroups.onDidChangeTabs, () => pages()[0]);
      assert.match((await vscode.workspace.openTextDocument((shown.input as vscode.TabInputText).uri)).getText(), head);
      await vscode.window.tabGroups.close(shown);
    }
  },

  async "an untitled file can be trained"(_folder, api) {
    const document = await vscode.workspace.openTextDocument({
      language: "nn",
      content: "model M {\n  input x\n  dense 1\n}\ndata D {\n  source line\n}\ntrain M on D {\n  loss mse\n  epochs 3\n}\n",
    });
    await vscode.window.showTextDocument(document);
    const run = await api.train(document.uri);
    assert.ok(run);
    await eventually("the end", api.onChange, () => (run.end ? true : undefined));
    assert.equal(run.end?.kind, "finished");
  },
};
