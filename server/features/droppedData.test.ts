/** Where a dropped table's block is inserted, and that the checker accepts it there. */
import { describe, expect, test } from "vitest";
import { TextDocument } from "vscode-languageserver-textdocument";
import { CSV_FORMAT } from "../../engine/data/csvFormat.ts";
import { analyse } from "../language/analysis.ts";
import { csvFacts, type DataFiles } from "../language/resolve/dataFacts.ts";
import { completion } from "./completion.ts";
import { droppedData, readingText } from "./droppedData.ts";

const table = csvFacts(new TextEncoder().encode("a,b,kind\n1.5,2.5,x\n2.5,3.5,y\n"), CSV_FORMAT, "d.csv");
const files: DataFiles = { csv: () => table, idx: () => undefined };

/** Returns the text after dropping a table at the `¦`. */
function after(marked: string): string {
  const offset = marked.indexOf("¦");
  const text = marked.replace("¦", "");
  const document = TextDocument.create("file:///a.nn", "nn", 1, text);
  const block = droppedData(analyse(text, files), document, document.positionAt(offset), analyse(readingText("d.csv"), files), "d.csv");
  return block ? TextDocument.applyEdits(document, [{ range: { start: block.position, end: block.position }, newText: block.text }]) : text;
}

const BLOCK = 'data D {\n  source csv("d.csv")\n  target kind  # 2 classes: x, y\n  scale  standard\n  split  validation=0.2\n}\n';

test("in an empty file it is the whole text, between blocks it has an empty line after it, and inside a block it comes after that block", () => {
  expect(after("¦")).toBe(BLOCK);
  expect(after("model M {\n  input 2\n}\n\n¦train M on D {\n}\n")).toBe(`model M {\n  input 2\n}\n\n${BLOCK}\ntrain M on D {\n}\n`);
  expect(after("model M {\n  in¦put 2\n}\n")).toBe(`model M {\n  input 2\n}\n\n${BLOCK}`);
});

test("behind a block, on its last line or the next one, it has an empty line before it and never comes inside the block", () => {
  const model = "model M {\n  input 2\n}";
  expect(after(`${model}¦`)).toBe(`${model}\n\n${BLOCK.trimEnd()}`);
  expect(after(`${model}¦\n`)).toBe(`${model}\n\n${BLOCK}`);
  expect(after(`${model}  # note¦\n`)).toBe(`${model}\n\n${BLOCK.trimEnd()}  # note\n`);
  expect(after(`${model}\n¦`)).toBe(`${model}\n\n${BLOCK}`);
  expect(after(`${model}\r\n\r\n¦`)).toBe(`${model}\r\n\r\n${BLOCK}`);
  expect(after("# two clouds\n¦")).toBe(`# two clouds\n\n${BLOCK}`);
});

describe("after a dropped table, completion writes the rest of the file for its data", () => {
  /** Returns a template's text with its placeholders filled in. */
  const filled = (snippet: string): string => snippet.replace(/\$\{\d+:([^}]*)\}/g, "$1").replace("$0", "");
  test.each([
    ["classifier", "id,a,near,kind\n1,1.5,sea,x\n2,2.5,town,y\n3,1.5,sea,z\n4,3.5,town,w\n", "input 3", "dense 4 softmax"],
    ["regression", "a,near,price\n1.5,sea,100.5\n2.5,town,120.25\n3.5,hill,90.5\n4.5,sea,99.5\n", "input 4", "dense 1"],
  ])("%s", (name, csv, input, output) => {
    const own: DataFiles = { csv: () => csvFacts(new TextEncoder().encode(csv), CSV_FORMAT, "d.csv"), idx: () => undefined };
    const empty = TextDocument.create("file:///a.nn", "nn", 1, "");
    const block = droppedData(analyse(""), empty, { line: 0, character: 0 }, analyse(readingText("d.csv"), own), "d.csv");
    const text = block?.text ?? "";
    const found = completion(analyse(text, own), text.length, { files: [] }).find(({ item }) => item.label === name);
    const after = text + filled(found?.item.insertText ?? "");
    expect(after.match(/^data /gm)).toHaveLength(1);
    expect(after).toContain(`  ${input}\n`);
    expect(after).toContain(`  ${output}\n`);
    expect(after).toMatch(/^train \w+ on D \{$/m);
    expect(
      analyse(after, own)
        .issues.filter(({ severity }) => severity !== "hint")
        .map(({ code, message }) => `${code} ${message}`),
    ).toEqual([]);
  });
});

test("a table that can't be read writes nothing", () => {
  const document = TextDocument.create("file:///a.nn", "nn", 1, "");
  expect(droppedData(analyse(""), document, { line: 0, character: 0 }, analyse(readingText("d.csv")), "d.csv")).toBeNull();
});
