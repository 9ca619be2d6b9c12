/** The items of the Test Explorer: a file, its `expect` blocks, and each block's rows and claims. The language server reads the text. */
import * as vscode from "vscode";
import type { ExpectBlock, ExpectBlocks } from "../../../server/protocol.ts";

/** Only rows go through the network in the debugger. */
export const ROW_TAG = new vscode.TestTag("row");
const TAGS = { row: ROW_TAG, claim: new vscode.TestTag("claim") } as const;

/** Shows a file's expectations, with the results that their items have had. A file without an `expect` block has no item. */
export function showExpectations(controller: vscode.TestController, document: vscode.Uri, { blocks, isDamaged }: ExpectBlocks): void {
  const known = controller.items.get(document.toString());
  if (blocks.length === 0 && !(isDamaged && known)) {
    controller.items.delete(document.toString());
    return;
  }
  const file = known ?? fileItem(controller, document);
  const items = blocks.map((block, k) => {
    const item = itemIn(controller, file, blockIds(file.id, blocks)[k] ?? "", `expect ${block.label}`);
    place(item, block, k);
    const ids = testIds(item.id, block);
    const tests = block.tests.map((test, j) => {
      const own = itemIn(controller, item, ids[j] ?? "", test.text);
      own.tags = [TAGS[test.kind]];
      place(own, test, j);
      return own;
    });
    replace(item, tests, isDamaged);
    return item;
  });
  replace(file, items, isDamaged);
}

/** Returns the id of each block. It has the block's heading and not its line, so that its results stay when lines above it change. */
export const blockIds = (file: string, blocks: readonly ExpectBlock[]): string[] => distinct(blocks.map(({ label }) => `${file}#${label}`));

/** Returns the id of each line of a block. */
export const testIds = (block: string, { tests }: ExpectBlock): string[] => distinct(tests.map(({ text }) => `${block}/${text}`));

/** Returns the texts, with a number behind each that is not the first of its kind. */
function distinct(texts: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return texts.map((text) => {
    const count = (seen.get(text) ?? 0) + 1;
    seen.set(text, count);
    return count === 1 ? text : `${text} (${count})`;
  });
}

function fileItem(controller: vscode.TestController, document: vscode.Uri): vscode.TestItem {
  const item = controller.createTestItem(document.toString(), vscode.workspace.asRelativePath(document), document);
  controller.items.add(item);
  return item;
}

const itemIn = (controller: vscode.TestController, { children, uri }: vscode.TestItem, id: string, label: string): vscode.TestItem =>
  children.get(id) ?? controller.createTestItem(id, label, uri);

/** Sets where the item is in the text, which is also its place among its siblings. */
function place(item: vscode.TestItem, { range }: Pick<ExpectBlock, "range">, k: number): void {
  const { start, end } = range;
  item.range = new vscode.Range(start.line, start.character, end.line, end.character);
  item.sortText = String(k).padStart(6, "0");
}

/** Replaces the children. In a text with a syntax error those that are missing stay, since they will return. */
function replace({ children }: vscode.TestItem, items: readonly vscode.TestItem[], isDamaged: boolean): void {
  const missing: vscode.TestItem[] = [];
  for (const [, child] of isDamaged ? children : []) if (!items.includes(child)) missing.push(child);
  children.replace([...items, ...missing]);
}
