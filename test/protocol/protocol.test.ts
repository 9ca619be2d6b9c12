/** The built server over stdio, as an editor other than VS Code uses it. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CancellationTokenSource, type CompletionItem, type MessageConnection } from "vscode-languageserver/node";
import { type Client, type ProgramClient, startProgram } from "./client.ts";

let client: ProgramClient;
let connection: MessageConnection;
let folder: string;
let uriOf: Client["uriOf"];
let start: Client["start"];
let open: Client["open"];
let pull: Client["pull"];

beforeEach(() => {
  client = startProgram("server");
  ({ connection, folder, uriOf, start, open, pull } = client);
});
afterEach(() => client.close());

const TEXT =
  'model M {\n  input 4\n  dense 8 rleu\n  dense 3 softmax\n}\ndata D {\n  source csv("iris.csv")\n  target species\n}\ntrain M on D {\n  loss sparse_categorical_crossentropy\n}\n';

describe("the server over stdio", () => {
  test("a client without pull diagnostics gets them pushed, and again after an edit", async () => {
    await start({});
    const uri = uriOf("a.nn");
    await open(uri, TEXT);
    expect(await client.published(uri, 1)).toMatchObject([
      { code: "NN202", range: { start: { line: 2, character: 10 }, end: { line: 2, character: 14 } }, severity: 1, source: "nn" },
    ]);
    await connection.sendNotification("textDocument/didChange", {
      textDocument: { uri, version: 2 },
      contentChanges: [{ range: { start: { line: 2, character: 10 }, end: { line: 2, character: 14 } }, text: "relu" }],
    });
    expect(await client.published(uri, 2)).toEqual([]);
  });

  test("a client with pull diagnostics requests them; positions count UTF-16 units", async () => {
    await start({ textDocument: { diagnostic: {} } });
    const uri = uriOf("b.nn");
    await open(uri, `# 🦆 quack\nmodel M { # 🦆\n  "🦆" x\n}\n`);
    const items = await pull(uri);
    expect(items).toMatchObject([{ code: "NN101", range: { start: { line: 2, character: 2 }, end: { line: 2, character: 6 } } }]);
  });

  test("completion reads the workspace's data and returns nothing for a document that was never opened", async () => {
    await start({ textDocument: { diagnostic: {} } });
    const uri = uriOf("c.nn");
    await open(uri, TEXT.replace("target species", "target "));
    const items = await connection.sendRequest<CompletionItem[]>("textDocument/completion", {
      textDocument: { uri },
      position: { line: 7, character: 9 },
    });
    expect(items.map(({ label }) => label)).toEqual(["sepal_length", "sepal_width", "petal_length", "petal_width", "species", "features"]);
    expect(
      await connection.sendRequest("textDocument/completion", {
        textDocument: { uri: uriOf("never.nn") },
        position: { line: 0, character: 0 },
      }),
    ).toEqual([]);
  });

  test("names, hints, folding, links, signatures and formatting each answer their request", async () => {
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
      /`no name` is not a name/,
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
    ).toHaveLength(2);
  });

  test("a file outside the workspace is not read", async () => {
    await start({ textDocument: { diagnostic: {} } });
    const uri = uriOf("d.nn");
    await open(uri, TEXT.replace("iris.csv", "../../etc/passwd"));
    const items = await pull(uri);
    expect(items.find(({ code }) => code === "NN406")?.message).toContain("is outside the workspace");
  });

  test("nn lsp --stdio is the same server", async () => {
    const nn = startProgram("nn");
    expect(await nn.start({})).toMatchObject({
      serverInfo: { name: "Backprop" },
      capabilities: { renameProvider: { prepareProvider: true }, inlayHintProvider: true },
    });
    await nn.connection.sendRequest("shutdown");
    await nn.connection.sendNotification("exit");
    expect(await nn.ended).toBe(0);
    nn.close();
  });

  test("an unknown request is refused, a cancelled one answered, and shutdown ends the process with 0", async () => {
    await start({});
    await expect(connection.sendRequest("nn/noSuchThing", {})).rejects.toMatchObject({ code: -32601 });
    await connection.sendRequest("shutdown");
    await connection.sendNotification("exit");
    expect(await client.ended).toBe(0);
  });

  test("a client that counts bytes sends and receives positions in bytes", async () => {
    expect(await start({ general: { positionEncodings: ["utf-8", "utf-16"] }, textDocument: { diagnostic: {} } })).toMatchObject({
      capabilities: { positionEncoding: "utf-8" },
    });
    const uri = uriOf("bytes.nn");
    const text = "model M {\n  größe: input 4\n  dense 3 from größe ]]]]\n  dense 1\n}\n";
    await open(uri, text);
    const textDocument = { uri };
    const bytes = Buffer.byteLength("  dense 3 from größe ");
    expect((await pull(uri)).map(({ range }) => range.start)).toEqual([{ line: 2, character: bytes }]);
    // A bracket after a name is a mistake. The client deletes it by its bytes.
    await connection.sendNotification("textDocument/didChange", {
      textDocument: { uri, version: 2 },
      contentChanges: [{ range: { start: { line: 2, character: bytes - 1 }, end: { line: 2, character: bytes + 4 } }, text: "" }],
    });
    expect((await pull(uri)).map(({ code }) => code)).not.toContain("NN101");
    const places = await connection.sendRequest<{ range: { start: { character: number } } }[]>("textDocument/references", {
      textDocument,
      position: { line: 2, character: Buffer.byteLength("  dense 3 from grö") },
      context: { includeDeclaration: true },
    });
    expect(places.map(({ range }) => range.start.character)).toEqual([2, 15]);
  });

  test("a client with every capability: names in files that are not open, tokens, actions of each kind, formatting while typing", async () => {
    const all = {
      general: { positionEncodings: ["utf-16"] },
      workspace: { symbol: {}, applyEdit: true, workspaceFolders: true, didChangeWatchedFiles: { dynamicRegistration: true } },
      textDocument: {
        diagnostic: { dynamicRegistration: true, relatedDocumentSupport: true },
        semanticTokens: { requests: { full: { delta: true }, range: true }, tokenTypes: [], tokenModifiers: [], formats: ["relative"] },
        codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: ["quickfix", "refactor"] } } },
        linkedEditingRange: {},
        onTypeFormatting: {},
        rename: { prepareSupport: true },
      },
    };
    expect(await start(all)).toMatchObject({ capabilities: { workspaceSymbolProvider: true, semanticTokensProvider: { full: true } } });
    writeFileSync(join(folder, "other.nn"), "model Elsewhere {\n  first: input 4\n}\n");
    const uri = uriOf("here.nn");
    await open(uri, "model Here {\n  input 4\n  dense  8 relu\n  dense  8 relu\n  dense 1\n}\n");
    const textDocument = { uri };
    const symbols = await connection.sendRequest<{ name: string; location: { uri: string } }[]>("workspace/symbol", { query: "here" });
    expect(symbols.map(({ name, location }) => [name, location.uri])).toEqual([
      ["Here", uri],
      ["Elsewhere", uriOf("other.nn")],
    ]);
    const { data } = await connection.sendRequest<{ data: number[] }>("textDocument/semanticTokens/full", { textDocument });
    expect(data.length % 5).toBe(0);
    expect(data.slice(5, 10)).toEqual([0, 6, 4, 0, 1]);
    const range = { start: { line: 2, character: 3 }, end: { line: 2, character: 3 } };
    const actions = await connection.sendRequest<{ kind: string }[]>("textDocument/codeAction", {
      textDocument,
      range,
      context: { diagnostics: [], only: ["refactor"] },
    });
    expect(actions.map(({ kind }) => kind)).toEqual(["refactor.extract", "refactor.rewrite"]);
    expect(
      await connection.sendRequest("textDocument/onTypeFormatting", {
        textDocument,
        position: { line: 3, character: 0 },
        ch: "\n",
        options: { tabSize: 2, insertSpaces: true },
      }),
    ).toEqual([{ range: { start: { line: 2, character: 0 }, end: { line: 3, character: 0 } }, newText: "  dense 8 relu\n" }]);
  });

  test("messages out of order do no harm: before initialize, for closed documents, after shutdown", async () => {
    await expect(
      connection.sendRequest("textDocument/hover", { textDocument: { uri: "file:///x.nn" }, position: { line: 0, character: 0 } }),
    ).rejects.toMatchObject({ code: -32002 });
    await start({ textDocument: { diagnostic: {} } });
    const uri = uriOf("late.nn");
    // The document is changed and closed before it is opened.
    await connection.sendNotification("textDocument/didChange", { textDocument: { uri, version: 7 }, contentChanges: [{ text: "model" }] });
    await connection.sendNotification("textDocument/didClose", { textDocument: { uri } });
    await connection.sendNotification("nn/noSuchNotification", {});
    await open(uri, TEXT);
    // The position is outside the text.
    expect(
      await connection.sendRequest("textDocument/completion", { textDocument: { uri }, position: { line: 9999, character: 9999 } }),
    ).toBeInstanceOf(Array);
    expect(await pull(uri)).toMatchObject([{ code: "NN202" }]);
    await connection.sendRequest("shutdown");
    await expect(
      connection.sendRequest("textDocument/hover", { textDocument: { uri }, position: { line: 0, character: 0 } }),
    ).rejects.toMatchObject({ code: -32600 });
  });

  test("fast typing: the last request is answered for the last text, and cancelled ones are answered, too", async () => {
    await start({ textDocument: { diagnostic: {} } });
    const uri = uriOf("fast.nn");
    const big =
      TEXT.replace("rleu", "relu") +
      Array.from({ length: 400 }, (_, i) => `model N${i} {\n  input 4\n  dense 3 relu\n  dense 1\n}\n`).join("");
    await open(uri, big);
    const cancelled: Promise<unknown>[] = [];
    for (let k = 0; k < 200; k++) {
      const source = new CancellationTokenSource();
      await connection.sendNotification("textDocument/didChange", {
        textDocument: { uri, version: k + 2 },
        contentChanges: [{ range: { start: { line: 2, character: 10 }, end: { line: 2, character: 10 } }, text: "u" }],
      });
      cancelled.push(
        connection.sendRequest("textDocument/diagnostic", { textDocument: { uri } }, source.token).catch((error: unknown) => error),
      );
      source.cancel();
    }
    const last = await pull(uri);
    expect(last.find(({ code }) => code === "NN202")?.message).toContain(`${"u".repeat(50)}`);
    // A cancelled request is answered with a list of diagnostics or with the protocol's code for cancelled.
    for (const answer of await Promise.all(cancelled))
      expect(answer).toSatisfy((one: { code?: number; items?: unknown[] }) => one.code === -32800 || Array.isArray(one.items));
  });

  test("a workspace that is not on the disk: data files come through the editor's file system", async () => {
    const csv = readFileSync(join(folder, "iris.csv"));
    const asked: string[] = [];
    connection.onRequest("backprop/stat", ({ uri }: { uri: string }) => {
      asked.push(uri);
      return { size: csv.length, version: "1" };
    });
    connection.onRequest("backprop/read", () => ({ base64: csv.toString("base64") }));
    connection.onRequest("backprop/list", () => ["iris.csv"]);
    await start(
      { textDocument: { diagnostic: {} } },
      { workspaceFolders: [{ uri: "memfs:/w", name: "w" }], initializationOptions: { files: true } },
    );
    const uri = "memfs:/w/a.nn";
    await open(uri, TEXT.replace("rleu", "relu").replace("target species", "target specie"));
    const items = await pull(uri);
    expect(items.map(({ code }) => code)).toEqual(["NN211"]);
    expect(asked).toEqual(["memfs:/w/iris.csv"]);
  });
});
