/** Shows a model file read-only. A separate process reads the file, so a hostile file can at most end that process. */
import * as vscode from "vscode";
import { plainText } from "../../../engine/safeText.ts";
import { listedBy } from "../../node/exchangeProcess.ts";
import { type ModelFileMessage, type ModelFilePage, modelFilePage } from "../../printed/modelFile.ts";
import type { CommandParts } from "../commandParts.ts";
import { baseName } from "../fileNames.ts";

export async function showModelFile(
  file: vscode.Uri,
  panel: vscode.WebviewPanel,
  { program }: Pick<CommandParts, "program">,
): Promise<void> {
  panel.webview.options = { enableScripts: true, localResourceRoots: [] };
  const name = baseName(file.toString());
  let shown: Pick<ModelFilePage, "content" | "statistics"> | undefined;
  const draw = (): void => {
    if (!shown) return;
    panel.webview.html = modelFilePage({ title: name, ...shown, trusted: vscode.workspace.isTrusted, nonce: crypto.randomUUID() });
  };
  const list = async (statistics: boolean): Promise<void> => {
    const content = await listedBy(
      program,
      name,
      file.scheme === "file" ? file.fsPath : await vscode.workspace.fs.readFile(file),
      statistics,
    );
    shown = { content: "problem" in content ? { problem: plainText(content.problem) } : content, statistics };
    draw();
  };
  const actions: { readonly [M in ModelFileMessage]: () => PromiseLike<unknown> } = {
    statistics: () => list(true),
    import: () => vscode.commands.executeCommand("backprop.import", file),
    trust: () => vscode.commands.executeCommand("workbench.trust.manage"),
  };
  panel.webview.onDidReceiveMessage((message: unknown) => {
    if (typeof message === "string" && Object.hasOwn(actions, message)) void actions[message as ModelFileMessage]();
  });
  const trust = vscode.workspace.onDidGrantWorkspaceTrust(draw);
  panel.onDidDispose(() => trust.dispose());
  await list(false);
}
