/** Completion over the protocol: snippets, lists that a blank opens, paths. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CompletionItem, CompletionList } from "vscode-languageserver/node";
import { cursorIn } from "../fixtures.ts";
import { type Client, startServer } from "./client.ts";

const MODEL = "model M {\n  input 4\n  ¦\n}\n";
const SNIPPETS = { textDocument: { completion: { completionItem: { snippetSupport: true } } } };

/** Opens a text under a name and returns the items at its `¦`. */
async function itemsAt(client: Client, name: string, marked: string, context?: object): Promise<CompletionItem[]> {
  const { text, offset } = cursorIn(marked);
  const uri = client.uriOf(name);
  await client.open(uri, text);
  const before = text.slice(0, offset).split("\n");
  const position = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
  const params = { textDocument: { uri }, position, ...(context && { context }) };
  const answer = await client.connection.sendRequest<CompletionItem[] | CompletionList>("textDocument/completion", params);
  return Array.isArray(answer) ? answer : answer.items;
}
const textOf = (items: readonly CompletionItem[], label: string): string | undefined =>
  items.find((item) => item.label === label)?.textEdit?.newText;
const BLANK = { triggerKind: 2, triggerCharacter: " " };

describe("a client without snippets", () => {
  let client: Client;
  beforeAll(async () => {
    client = startServer();
    await client.start({});
  });
  afterAll(() => client.close());

  test("gets a layer's name alone, and no item is a snippet", async () => {
    const items = await itemsAt(client, "a.nn", MODEL);
    expect(textOf(items, "dense")).toBe("dense");
    expect(items.filter(({ insertTextFormat }) => insertTextFormat === 2)).toEqual([]);
  });

  test("gets a block with its examples in place of placeholders", async () => {
    const items = await itemsAt(client, "b.nn", "¦");
    expect(textOf(items, "model")).toBe("model Name {\n  input 4\n  dense 16 relu\n  dense 3 softmax\n}");
    for (const { textEdit } of items) expect(textEdit?.newText).not.toMatch(/\$\{?\d/);
  });
});

describe("a client with snippets", () => {
  let client: Client;
  beforeAll(async () => {
    client = startServer();
    mkdirSync(join(client.folder, "nets"));
    mkdirSync(join(client.folder, "more"));
    writeFileSync(join(client.folder, "more", "rows.csv"), "a,b\n1,2\n");
    await client.start(SNIPPETS);
  });
  afterAll(() => client.close());

  test("gets a layer with its usual arguments", async () =>
    expect(textOf(await itemsAt(client, "a.nn", MODEL), "dense")).toBe("dense ${1:16} ${2:relu}"));

  test("gets the name alone where arguments are written", async () => {
    const items = await itemsAt(client, "b.nn", "model M {\n  input 4\n  de¦ 3 relu\n}\n");
    expect(textOf(items, "dense")).toBe("dense");
    expect(textOf(await itemsAt(client, "c.nn", 'data D {\n  source cs¦("iris.csv")\n}\n'), "csv")).toBe("csv");
  });

  test("a comment behind the cursor is no argument", async () =>
    expect(textOf(await itemsAt(client, "d.nn", "model M {\n  input 4\n  de¦ # hidden\n}\n"), "dense")).toContain("${1:16}"));

  test("gets an argument's name without a second equals sign", async () => {
    const items = await itemsAt(client, "e.nn", "model M {\n  input 4\n  dense 3 relu in¦=zeros\n}\n");
    expect(textOf(items, "init=")).toBe("init");
  });

  test("a blank opens no list where the line may end, and one where it can't", async () => {
    expect(await itemsAt(client, "f.nn", "model M {\n  input 4\n  dense 3 ¦\n}\n", BLANK)).toEqual([]);
    expect(await itemsAt(client, "g.nn", "model M {\n  input 4\n  dense 3 init=¦\n}\n", BLANK)).not.toEqual([]);
    expect(await itemsAt(client, "h.nn", "model M {\n  input 4\n  dense 3 ¦\n}\n")).not.toEqual([]);
  });

  test("offers the files of a folder above, inside the workspace", async () => {
    const above = await itemsAt(client, "nets/a.nn", 'data D {\n  source csv("../¦")\n}\n');
    expect(above.map(({ label }) => label)).toEqual(["../iris.csv", "../more/rows.csv"]);
    const here = await itemsAt(client, "nets/b.nn", 'data D {\n  source csv("¦")\n}\n');
    expect(here.map(({ label }) => label)).toEqual(["../"]);
  });

  test("offers no file outside the workspace", async () => {
    expect(await itemsAt(client, "nets/c.nn", 'data D {\n  source csv("../../¦")\n}\n')).toEqual([]);
    expect(await itemsAt(client, "nets/d.nn", 'data D {\n  source csv("/¦")\n}\n')).toEqual([]);
  });
});
