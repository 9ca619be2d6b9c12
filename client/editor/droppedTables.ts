/** Dropping or pasting a CSV file into a `.nn` document writes a `data` block for it. The language server reads the table. */
import * as vscode from "vscode";
import type { DropParams, WrittenBlock } from "../../server/protocol.ts";

const FILES = "text/uri-list";
const KIND = vscode.DocumentDropOrPasteEditKind.Empty.append("nn", "data");
const TITLE = "Write a data block";

/** `blockOf` requests a table's block from the language server. */
export function provideDataBlocks(blockOf: (drop: DropParams) => Promise<WrittenBlock | null>): vscode.Disposable {
  const selector = { language: "nn" };
  /** Returns an edit that writes the block where it belongs, not where the file was dropped. */
  const editOf = async (
    { uri }: vscode.TextDocument,
    { line, character }: vscode.Position,
    data: vscode.DataTransfer,
  ): Promise<vscode.WorkspaceEdit | undefined> => {
    const table = tableIn(await data.get(FILES)?.asString());
    const block = table === undefined ? null : await blockOf({ uri: uri.toString(), table, position: { line, character } });
    if (!block) return undefined;
    const edit = new vscode.WorkspaceEdit();
    edit.insert(uri, new vscode.Position(block.position.line, block.position.character), block.text);
    return edit;
  };
  return vscode.Disposable.from(
    vscode.languages.registerDocumentDropEditProvider(
      selector,
      {
        async provideDocumentDropEdits(document, position, data) {
          const additionalEdit = await editOf(document, position, data);
          return additionalEdit && Object.assign(new vscode.DocumentDropEdit("", TITLE, KIND), { additionalEdit });
        },
      },
      { dropMimeTypes: [FILES], providedDropEditKinds: [KIND] },
    ),
    vscode.languages.registerDocumentPasteEditProvider(
      selector,
      {
        async provideDocumentPasteEdits(document, [range], data) {
          const additionalEdit = range && (await editOf(document, range.start, data));
          return additionalEdit ? [Object.assign(new vscode.DocumentPasteEdit("", TITLE, KIND), { additionalEdit })] : undefined;
        },
      },
      { pasteMimeTypes: [FILES], providedPasteEditKinds: [KIND] },
    ),
  );
}

/** Returns the first table's URI in the list; undefined if there is none. */
const tableIn = (list: string | undefined): string | undefined => (list ?? "").split(/\r?\n/).find((line) => /\.(csv|tsv)$/i.test(line));
