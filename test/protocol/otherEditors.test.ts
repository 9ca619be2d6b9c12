/** Needs of editors other than VS Code: plain text, commands that the server runs, settings, watched files, closed documents. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CodeLens, CompletionItem, Diagnostic, Hover, InitializeResult, SemanticTokens } from "vscode-languageserver/node";
import { type Client, startServer } from "./client.ts";

let client: Client;
beforeEach(() => {
  client = startServer();
});
afterEach(() => client.close());

const TEXT =
  'model M {\n  input 4\n  dense 8 relu # hidden\n  dense 3 softmax\n}\ndata D {\n  source csv("iris.csv")\n  target species\n}\n';
const TRAIN = "train M on D {\n  loss sparse_categorical_crossentropy\n  epochs 2\n}\n";
const RELU = { line: 2, character: 12 };
const HINT = "model M {\n  input 4\n  dense 3\n  dense 3\n}\n";

async function hoverAt(capabilities: object, position = RELU): Promise<string> {
  await client.start(capabilities);
  await client.open(client.uriOf("a.nn"), TEXT);
  const found = await client.connection.sendRequest<Hover>("textDocument/hover", { textDocument: { uri: client.uriOf("a.nn") }, position });
  return JSON.stringify(found.contents);
}

describe("a hover", () => {
  test("for a client that asks for plain text has no marks and no picture", async () => {
    const text = await hoverAt({ textDocument: { hover: { contentFormat: ["plaintext"] } } });
    expect(text).toContain('"plaintext"');
    expect(text).toContain("max(0, z)");
    for (const mark of ["**", "```", "svg", "orange"]) expect(text).not.toContain(mark);
  });

  test("in Markdown has no picture for a client that names no Markdown parser", async () => {
    const text = await hoverAt({ textDocument: { hover: { contentFormat: ["markdown", "plaintext"] } } });
    expect(text).toContain("**relu**");
    expect(text).not.toContain("svg");
  });

  test("has its picture for a client that names one", async () =>
    expect(await hoverAt({ general: { markdown: { parser: "marked" } } })).toContain("data:image/svg+xml"));

  test("of a model is a table without bars", async () => {
    const text = await hoverAt({ textDocument: { hover: { contentFormat: ["plaintext"] } } }, { line: 0, character: 6 });
    expect(text).toContain("dense_1  8  40");
  });
});

test("the documentation of completion items is plain text for a client that asks for it", async () => {
  await client.start({ textDocument: { completion: { completionItem: { documentationFormat: ["plaintext"] } } } });
  await client.open(client.uriOf("a.nn"), TEXT);
  const items = await client.connection.sendRequest<CompletionItem[]>("textDocument/completion", {
    textDocument: { uri: client.uriOf("a.nn") },
    position: RELU,
  });
  expect(items.find(({ label }) => label === "relu")?.documentation).toMatchObject({
    kind: "plaintext",
    value: expect.not.stringContaining("svg"),
  });
});

describe("lenses and commands", () => {
  const lenses = async (): Promise<CodeLens[]> => {
    await client.open(client.uriOf("a.nn"), TEXT + TRAIN);
    return await client.connection.sendRequest("textDocument/codeLens", { textDocument: { uri: client.uriOf("a.nn") } });
  };
  const EXECUTES = { workspace: { executeCommand: {} } };

  test("a client that says nothing gets no lens and no command", async () => {
    const { capabilities } = (await client.start(EXECUTES)) as InitializeResult;
    expect(capabilities.executeCommandProvider).toBeUndefined();
    expect(await lenses()).toEqual([]);
  });

  test("a client with its own commands gets lenses for them", async () => {
    const { capabilities } = (await client.start(EXECUTES, {
      initializationOptions: { commands: true, trusted: true },
    })) as InitializeResult;
    expect(capabilities.executeCommandProvider).toBeUndefined();
    expect((await lenses()).map(({ command }) => command?.command)).toEqual(["backprop.train", "backprop.debug", "backprop.gradcheck"]);
  });

  test("in a trusted workspace the server starts nn, which trains; the log has its output", async () => {
    const { capabilities } = (await client.start(EXECUTES, { initializationOptions: { trusted: true } })) as InitializeResult;
    expect(capabilities.executeCommandProvider?.commands).toEqual(["nn.train", "nn.test"]);
    writeFileSync(join(client.folder, "a.nn"), TEXT + TRAIN);
    const [lens] = await lenses();
    expect(lens?.command).toMatchObject({ command: "nn.train", arguments: [client.uriOf("a.nn"), "M"] });
    const shown = new Promise<{ message: string }>((done) => client.connection.onNotification("window/showMessage", done));
    await client.connection.sendRequest("workspace/executeCommand", lens?.command);
    expect((await shown).message).toContain("nn train is done");
    expect(client.log.join("\n")).toMatch(/epoch|loss/);
  });

  test("a trusting client gets them even if it does not announce that it executes commands, as Neovim", async () => {
    const { capabilities } = (await client.start({}, { initializationOptions: { trusted: true } })) as InitializeResult;
    expect(capabilities.executeCommandProvider?.commands).toEqual(["nn.train", "nn.test"]);
    expect((await lenses()).map(({ command }) => command?.command)).toEqual(["nn.train"]);
  });

  test("a file outside the workspace and an unknown command are refused", async () => {
    await client.start(EXECUTES, { initializationOptions: { trusted: true } });
    const run = (command: string, uri: string): Promise<unknown> =>
      client.connection.sendRequest("workspace/executeCommand", { command, arguments: [uri] });
    await expect(run("nn.train", "file:///elsewhere/a.nn")).rejects.toThrow("workspace");
    await expect(run("nn.delete", client.uriOf("a.nn"))).rejects.toThrow("no command");
  });
});

test("the diagnostics of a closed document are cleared", async () => {
  await client.start({});
  const uri = client.uriOf("a.nn");
  await client.open(uri, "model M {\n  dense rleu\n}\n");
  expect(await client.published(uri, 1)).not.toEqual([]);
  await client.connection.sendNotification("textDocument/didClose", { textDocument: { uri } });
  await client.pull(client.uriOf("never.nn"));
  expect(client.publications.at(-1)).toEqual({ uri, diagnostics: [] });
});

describe("settings", () => {
  const codes = (found: readonly Diagnostic[]): unknown[] => found.map(({ code, severity }) => [code, severity]);
  const change = (settings: unknown): Promise<void> => client.connection.sendNotification("workspace/didChangeConfiguration", { settings });

  test("change by workspace/didChangeConfiguration, with or without our section", async () => {
    await client.start({ textDocument: { diagnostic: {} } });
    const uri = client.uriOf("a.nn");
    await client.open(uri, HINT);
    expect(codes(await client.pull(uri))).toContainEqual(["NN505", 2]);
    await change({ backprop: { severities: { NN505: "error" } } });
    expect(codes(await client.pull(uri))).toContainEqual(["NN505", 1]);
    await change({ severities: { NN505: "off" } });
    expect(codes(await client.pull(uri)).flat()).not.toContain("NN505");
  });

  test("are asked for where the client sends none", async () => {
    await client.start({ textDocument: { diagnostic: {} }, workspace: { configuration: true } });
    client.connection.onRequest("workspace/configuration", () => [{ severities: { NN505: "information" } }]);
    const uri = client.uriOf("a.nn");
    await client.open(uri, HINT);
    const refreshed = new Promise<void>((done) => client.connection.onRequest("workspace/diagnostic/refresh", () => done()));
    await change(null);
    await refreshed;
    expect(codes(await client.pull(uri))).toContainEqual(["NN505", 3]);
  });

  test("in initializationOptions may stand alone, in `settings`, or nested", async () => {
    await client.start(
      { textDocument: { diagnostic: {}, inlayHint: {} } },
      { initializationOptions: { inlayHints: { shapes: false, totals: false } } },
    );
    await client.open(client.uriOf("a.nn"), TEXT);
    const range = { start: { line: 0, character: 0 }, end: { line: 9, character: 0 } };
    expect(await client.connection.sendRequest("textDocument/inlayHint", { textDocument: { uri: client.uriOf("a.nn") }, range })).toEqual(
      [],
    );
  });
});

test("the server watches data files where the client offers it", async () => {
  const registered = new Promise<unknown>((done) =>
    client.connection.onRequest("client/registerCapability", (params) => {
      done(params);
      return null;
    }),
  );
  await client.start({ workspace: { didChangeWatchedFiles: { dynamicRegistration: true } } });
  expect(JSON.stringify(await registered)).toContain("**/*.{csv,tsv");
});

test("comments, strings, numbers and keywords are among the semantic tokens", async () => {
  const { capabilities } = (await client.start({})) as InitializeResult;
  await client.open(client.uriOf("a.nn"), TEXT);
  const { data } = await client.connection.sendRequest<SemanticTokens>("textDocument/semanticTokens/full", {
    textDocument: { uri: client.uriOf("a.nn") },
  });
  const legend = (capabilities.semanticTokensProvider as { legend: { tokenTypes: string[] } }).legend.tokenTypes;
  const types = new Set(data.flatMap((value, i) => (i % 5 === 3 ? [legend[value]] : [])));
  for (const type of ["comment", "string", "number", "keyword", "class", "property"]) expect(types).toContain(type);
});
