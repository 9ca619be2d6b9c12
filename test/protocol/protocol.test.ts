/** The packaged server over stdio, as an editor that is not VS Code would drive it. */
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type CompletionItem,
  createMessageConnection,
  type Diagnostic,
  type MessageConnection,
  type PublishDiagnosticsParams,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver/node";
import { inProject } from "../../scripts/project.ts";

let folder: string;
let server: ChildProcess;
let connection: MessageConnection;
const published: PublishDiagnosticsParams[] = [];
let onPublished: () => void = () => undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "backprop-protocol-"));
  cpSync(inProject("samples", "iris.csv"), join(folder, "iris.csv"));
  server = spawn(process.execPath, [inProject("dist/server.cjs"), "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
  if (!server.stdout || !server.stdin) throw new Error("The server has no pipes.");
  connection = createMessageConnection(new StreamMessageReader(server.stdout), new StreamMessageWriter(server.stdin));
  published.length = 0;
  connection.onNotification("textDocument/publishDiagnostics", (params: PublishDiagnosticsParams) => {
    published.push(params);
    onPublished();
  });
  connection.listen();
});

afterEach(() => {
  connection.dispose();
  server.kill();
  rmSync(folder, { recursive: true, force: true });
});

const uriOf = (name: string): string => pathToFileURL(join(folder, name)).href;
const start = (capabilities: object): Promise<unknown> =>
  connection.sendRequest("initialize", {
    processId: null,
    rootUri: null,
    capabilities,
    workspaceFolders: [{ uri: pathToFileURL(folder).href, name: "w" }],
  });
const open = (uri: string, text: string): Promise<void> =>
  connection.sendNotification("textDocument/didOpen", { textDocument: { uri, languageId: "nn", version: 1, text } });
const publishedFor = (uri: string, version: number): Promise<Diagnostic[]> =>
  new Promise((done) => {
    onPublished = () => {
      const found = published.find((params) => params.uri === uri && params.version === version);
      if (found) done(found.diagnostics);
    };
    onPublished();
  });

const TEXT =
  'model M {\n  input 4\n  dense 8 rleu\n  dense 3 softmax\n}\ndata D {\n  source csv("iris.csv")\n  target species\n}\ntrain M on D {\n  loss sparse_categorical_crossentropy\n}\n';

describe("the server over stdio", () => {
  test("a client without pull diagnostics gets them pushed, and again after an edit", async () => {
    await start({});
    const uri = uriOf("a.nn");
    await open(uri, TEXT);
    expect(await publishedFor(uri, 1)).toMatchObject([
      { code: "NN202", range: { start: { line: 2, character: 10 }, end: { line: 2, character: 14 } }, severity: 1, source: "nn" },
    ]);
    await connection.sendNotification("textDocument/didChange", {
      textDocument: { uri, version: 2 },
      contentChanges: [{ range: { start: { line: 2, character: 10 }, end: { line: 2, character: 14 } }, text: "relu" }],
    });
    expect(await publishedFor(uri, 2)).toEqual([]);
  });

  test("a client with pull diagnostics asks for them; positions count UTF-16 units", async () => {
    await start({ textDocument: { diagnostic: {} } });
    const uri = uriOf("b.nn");
    await open(uri, `# 🦆 quack\nmodel M { # 🦆\n  "🦆" x\n}\n`);
    const report = await connection.sendRequest<{ items: Diagnostic[] }>("textDocument/diagnostic", { textDocument: { uri } });
    expect(report.items).toMatchObject([{ code: "NN101", range: { start: { line: 2, character: 2 }, end: { line: 2, character: 6 } } }]);
  });

  test("completion reads the workspace's data; a document that was never opened has nothing", async () => {
    await start({ textDocument: { diagnostic: {} } });
    const uri = uriOf("c.nn");
    await open(uri, TEXT.replace("target species", "target "));
    const items = await connection.sendRequest<CompletionItem[]>("textDocument/completion", {
      textDocument: { uri },
      position: { line: 7, character: 9 },
    });
    expect(items.map(({ label }) => label)).toEqual(["sepal_length", "sepal_width", "petal_length", "petal_width", "species"]);
    expect(
      await connection.sendRequest("textDocument/completion", {
        textDocument: { uri: uriOf("never.nn") },
        position: { line: 0, character: 0 },
      }),
    ).toEqual([]);
  });

  test("names, hints, folding, links, signatures and formatting, each by its request", async () => {
    await start({ textDocument: { diagnostic: {} } });
    const uri = uriOf("names.nn");
    const text = TEXT.replace("dense 8 rleu", "h: dense 8 relu").replace("dense 3 softmax", "dense 3 softmax from h");
    await open(uri, text);
    const textDocument = { uri };
    const at = (line: number, character: number): object => ({ textDocument, position: { line, character } });
    expect(await connection.sendRequest("textDocument/definition", at(3, 24))).toMatchObject({
      uri,
      range: { start: { line: 2, character: 2 } },
    });
    expect(
      await connection.sendRequest<unknown[]>("textDocument/references", { ...at(2, 2), context: { includeDeclaration: true } }),
    ).toHaveLength(2);
    expect(await connection.sendRequest("textDocument/rename", { ...at(2, 2), newName: "hidden" })).toMatchObject({
      changes: {
        [uri]: [
          { newText: "hidden", range: { start: { line: 2 } } },
          { newText: "hidden", range: { start: { line: 3 } } },
        ],
      },
    });
    await expect(connection.sendRequest("textDocument/rename", { ...at(2, 2), newName: "no name" })).rejects.toThrow(
      /`no name` is no name/,
    );
    const whole = { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } };
    expect(
      (await connection.sendRequest<{ label: string }[]>("textDocument/inlayHint", { textDocument, range: whole })).map(
        ({ label }) => label,
      ),
    ).toEqual(["67 parameters", "→ 4", "→ 8 · 40", "→ 3 · 27"]);
    expect(await connection.sendRequest<unknown[]>("textDocument/foldingRange", { textDocument })).toHaveLength(3);
    expect(await connection.sendRequest("textDocument/documentLink", { textDocument })).toMatchObject([{ target: uriOf("iris.csv") }]);
    expect(await connection.sendRequest("textDocument/signatureHelp", at(2, 13))).toMatchObject({
      signatures: [{ label: expect.stringMatching(/^dense units/) }],
    });
    expect(
      await connection.sendRequest<unknown[]>("textDocument/formatting", { textDocument, options: { tabSize: 2, insertSpaces: true } }),
    ).toHaveLength(1);
  });

  test("a file outside the workspace is not read", async () => {
    await start({ textDocument: { diagnostic: {} } });
    const uri = uriOf("d.nn");
    await open(uri, TEXT.replace("iris.csv", "../../etc/passwd"));
    const report = await connection.sendRequest<{ items: Diagnostic[] }>("textDocument/diagnostic", { textDocument: { uri } });
    expect(report.items.find(({ code }) => code === "NN406")?.message).toContain("lies outside the workspace");
  });

  test("nn lsp --stdio is the same server", async () => {
    const nn = spawn(process.execPath, [inProject("dist/nn.js"), "lsp", "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
    const other = createMessageConnection(new StreamMessageReader(nn.stdout), new StreamMessageWriter(nn.stdin));
    other.listen();
    expect(await other.sendRequest("initialize", { processId: null, rootUri: null, capabilities: {} })).toMatchObject({
      serverInfo: { name: "Backprop" },
      capabilities: { renameProvider: { prepareProvider: true }, inlayHintProvider: true },
    });
    await other.sendRequest("shutdown");
    const ended = new Promise<number | null>((done) => nn.once("exit", done));
    await other.sendNotification("exit");
    expect(await ended).toBe(0);
    other.dispose();
  });

  test("an unknown request is refused, a cancelled one answered, and shutdown ends the process with 0", async () => {
    await start({});
    await expect(connection.sendRequest("nn/noSuchThing", {})).rejects.toMatchObject({ code: -32601 });
    await connection.sendRequest("shutdown");
    const ended = new Promise<number | null>((done) => server.once("exit", done));
    await connection.sendNotification("exit");
    expect(await ended).toBe(0);
  });
});
