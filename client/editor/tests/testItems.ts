/** The items of the Test Explorer: a file, its `expect` blocks, and each block's rows and claims. The language server reads the text. */
import * as vscode from "vscode";
import type { ExpectBlock, ExpectBlocks } from "../../../server/protocol.ts";

/** The tag for rows. Only rows can be debugged. */
export const ROW_TAG = new vscode.TestTag("row");
const TAGS = { row: ROW_TAG, claim: new vscode.TestTag("claim") } as const;

/** Shows a file's expectations. Existing items retain their results. A file without an `expect` block has no item. */
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

/** Returns each block's id. It contains the block's heading, not its line, so that results survive changes above the block. */
export const blockIds = (file: string, blocks: readonly ExpectBlock[]): string[] => distinct(blocks.map(({ label }) => `${file}#${label}`));

/** Returns the id of each line in a block. */
export const testIds = (block: string, { tests }: ExpectBlock): string[] => distinct(tests.map(({ text }) => `${block}/${text}`));

/** Returns the texts, with a number appended to each repetition. */
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

/** Sets the item's range in the text and its place among its siblings. */
function place(item: vscode.TestItem, { range }: Pick<ExpectBlock, "range">, k: number): void {
  const { start, end } = range;
  item.range = new vscode.Range(start.line, start.character, end.line, end.character);
  item.sortText = String(k).padStart(6, "0");
}

/** Replaces the children. While the text has a syntax error, missing children stay, because they will return. */
function replace({ children }: vscode.TestItem, items: readonly vscode.TestItem[], isDamaged: boolean): void {
  const missing: vscode.TestItem[] = [];
  for (const [, child] of isDamaged ? children : []) if (!items.includes(child)) missing.push(child);
  children.replace([...items, ...missing]);
}
