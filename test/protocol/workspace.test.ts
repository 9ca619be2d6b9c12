/** Files near a document, on the disk or through the client: which are found, how much of them is read, and when they are read again. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { CompletionItem, SymbolInformation } from "vscode-languageserver/node";
import type { ExpectBlocks, TrainingChoice } from "../../server/protocol.ts";
import { type Client, startServer } from "./client.ts";

let client: Client;
beforeEach(() => {
  client = startServer();
});
afterEach(() => client.close());

const PULL = { textDocument: { diagnostic: {} } };
const MODEL = "model M {\n  input a\n  dense 1\n}\n";
const DATA = 'data D {\n  source csv("d.csv")\n  target b\n}\n';
const TRAIN = "train M on D {\n  loss mse\n}\n";

/** Writes files into the workspace, by their paths. */
function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(client.folder, name, ".."), { recursive: true });
    writeFileSync(join(client.folder, name), text);
  }
}
const codesOf = async (uri: string): Promise<unknown[]> => (await client.pull(uri)).map(({ code }) => code);

test("completion of a path offers the data files of the folder and of its folders", async () => {
  write({ "sub/more.csv": "", "sub/deep/far.csv": "", "notes.md": "", "l-ubyte": "", "node_modules/x.csv": "", ".hidden/x.csv": "" });
  await client.start(PULL);
  const uri = client.uriOf("a.nn");
  await client.open(uri, 'data D {\n  source csv("")\n}\n');
  const items = await client.connection.sendRequest<CompletionItem[]>("textDocument/completion", {
    textDocument: { uri },
    position: { line: 1, character: 14 },
  });
  expect(items.map(({ label }) => label)).toEqual(["iris.csv", "l-ubyte", "sub/more.csv"]);
});

test("workspace symbols are the names in open documents and in the other files, each once", async () => {
  write({
    "open.nn": "model Saved {\n}\n",
    "sub/other.nn": "model Other {\n}\n",
    "node_modules/x.nn": "model X {\n}\n",
    ".git/y.nn": "model Y {\n}\n",
  });
  await client.start(PULL);
  await client.open(client.uriOf("open.nn"), "model Open {\n}\n");
  const found = await client.connection.sendRequest<SymbolInformation[]>("workspace/symbol", { query: "" });
  expect(found.map(({ name }) => name)).toEqual(["Open", "Other"]);
});

test("the expectations of a file that is not open are those on the disk, and of an open one those in the editor", async () => {
  const block = (row: string): string => `${MODEL}expect M {\n  ${row}\n}\n`;
  write({ "closed.nn": block("1 -> 1"), "open.nn": block("2 -> 2") });
  await client.start(PULL);
  await client.open(client.uriOf("open.nn"), block("3 -> 3"));
  const textsOf = async (name: string): Promise<string[]> => {
    const { blocks } = await client.connection.sendRequest<ExpectBlocks>("backprop/expectations", { uri: client.uriOf(name) });
    return blocks.flatMap(({ tests }) => tests.map(({ text }) => text));
  };
  expect(await textsOf("closed.nn")).toEqual(["1 -> 1"]);
  expect(await textsOf("open.nn")).toEqual(["3 -> 3"]);
  expect(await textsOf("missing.nn")).toEqual([]);
  expect(await textsOf("../outside.nn")).toEqual([]);
});

test("a changed data file is read again", async () => {
  write({ "d.csv": "a,b\n1,2\n" });
  await client.start(PULL);
  const uri = client.uriOf("a.nn");
  await client.open(uri, DATA);
  const changed = (): Promise<void> =>
    client.connection.sendNotification("workspace/didChangeWatchedFiles", { changes: [{ uri: client.uriOf("d.csv"), type: 2 }] });
  expect(await codesOf(uri)).toEqual([]);
  write({ "d.csv": "a,c\n1,2,\n" });
  await changed();
  expect(await codesOf(uri)).not.toEqual([]);
  write({ "d.csv": "a,bb\n1,2\n" });
  await changed();
  expect(await codesOf(uri)).toEqual(["NN211"]);
});

test("a reopened document is checked again, even with the same version", async () => {
  await client.start(PULL);
  const uri = client.uriOf("a.nn");
  await client.open(uri, "model M {\n  input 4\n  dens 1\n}\n");
  expect(await codesOf(uri)).toEqual(["NN201"]);
  await client.connection.sendNotification("textDocument/didClose", { textDocument: { uri } });
  await client.open(uri, "model M {\n  input 4\n  dense 1\n}\n");
  expect(await codesOf(uri)).toEqual([]);
});

test("a request for the trainings reads the data again", async () => {
  await client.start(PULL);
  const uri = client.uriOf("a.nn");
  await client.open(uri, MODEL + DATA + TRAIN);
  const ask = (): Promise<TrainingChoice[]> => client.connection.sendRequest("backprop/trainings", { uri });
  expect(await ask()).toMatchObject([{ run: "M", line: 8, planned: null, problem: { line: 5 } }]);
  write({ "d.csv": "a,b\n1,2\n2,3\n" });
  expect(await ask()).toMatchObject([{ run: "M", line: 8, planned: { plan: {} }, problem: null }]);
});

test("of a long table through the client, the whole rows of the first 2 MB are checked", async () => {
  const row = "1.0000000000000,2.0000000000000\n";
  const csv = Buffer.from(`a,b\n${row.repeat(70_000)}1,word\n`);
  expect(csv.length).toBeGreaterThan(2 * 1024 * 1024);
  client.connection.onRequest("backprop/stat", () => ({ size: csv.length, version: "1" }));
  client.connection.onRequest("backprop/read", () => ({ base64: csv.toString("base64") }));
  await client.start(PULL, { workspaceFolders: [{ uri: "memfs:/w", name: "w" }], initializationOptions: { files: true } });
  const uri = "memfs:/w/a.nn";
  await client.open(uri, MODEL.replace("input a", "input 5") + DATA + TRAIN);
  // If all rows were read, the word among the numbers would be a finding.
  expect((await client.pull(uri)).map(({ code, message }) => [code, message])).toEqual([
    ["NN301", expect.stringContaining("D (by its file's first 2.1 MB)")],
  ]);
});

test("a word cut off at 2 MB is no class", async () => {
  const words = ["x", "y"].map((letter) => letter.repeat(60));
  const csv = Buffer.from(
    `a,b\n${words
      .map((word) => `1,${word}\n`)
      .join("")
      .repeat(20_000)}`,
  );
  // The limit is inside a word.
  expect(csv.subarray(2 * 1024 * 1024 - 4, 2 * 1024 * 1024).toString()).toMatch(/^1,(xx|yy)$/);
  client.connection.onRequest("backprop/stat", () => ({ size: csv.length, version: "1" }));
  client.connection.onRequest("backprop/read", () => ({ base64: csv.toString("base64") }));
  await client.start(PULL, { workspaceFolders: [{ uri: "memfs:/w", name: "w" }], initializationOptions: { files: true } });
  const uri = "memfs:/w/a.nn";
  await client.open(uri, MODEL.replace("dense 1", "dense 2 softmax") + DATA + TRAIN.replace("mse", "sparse_categorical_crossentropy"));
  expect(await codesOf(uri)).toEqual([]);
});

test("a document outside the workspace can read its own folder, one inside the whole workspace", async () => {
  write({ "outside/d.csv": "a,b\n1,2\n", "inside/data/d.csv": "a,b\n1,2\n" });
  await client.start(PULL, { workspaceFolders: [{ uri: client.uriOf("inside"), name: "w" }] });
  const paths = {
    "outside/a.nn": ["d.csv", "../inside/data/d.csv", "../iris.csv"],
    "inside/nets/a.nn": ["../data/d.csv", "../../outside/d.csv"],
  };
  const lines: Record<string, number[]> = {};
  for (const [name, sources] of Object.entries(paths)) {
    await client.open(
      client.uriOf(name),
      sources.map((path) => `data D${path.length} {\n  source csv("${path}")\n  target b\n}\n`).join(""),
    );
    const outside = (await client.pull(client.uriOf(name))).filter(({ code }) => code === "NN406");
    lines[name] = outside.map(({ range }) => range.start.line);
  }
  expect(lines).toEqual({ "outside/a.nn": [9], "inside/nets/a.nn": [5] });
});

test("diagnostics of an old version are not published after the document has changed", async () => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((done) => {
    release = done;
  });
  const asked = new Promise<void>((done) => {
    client.connection.onRequest("backprop/stat", async () => {
      done();
      await held;
      throw new Error("There is no such file.");
    });
  });
  await client.start({}, { workspaceFolders: [{ uri: "memfs:/w", name: "w" }], initializationOptions: { files: true } });
  const uri = "memfs:/w/a.nn";
  await client.open(uri, DATA);
  await asked;
  await client.connection.sendNotification("textDocument/didChange", {
    textDocument: { uri, version: 2 },
    contentChanges: [{ text: "model M {\n  input 4\n  dens 1\n}\n" }],
  });
  expect(await client.published(uri, 2)).toMatchObject([{ code: "NN201" }]);
  release();
  // The client answers this document's request after the old version's.
  await client.open("memfs:/w/b.nn", DATA);
  expect(await client.published("memfs:/w/b.nn", 1)).toMatchObject([{ code: "NN406" }]);
  expect(client.publications.filter((one) => one.uri === uri).map(({ version }) => version)).toEqual([2]);
});
