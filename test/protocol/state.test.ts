/** The server's state: initialization options, changed settings, folders, and features that throw. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { InlayHint } from "vscode-languageserver/node";
import { type Client, startServer } from "./client.ts";

/** This text has one finding, the warning NN505 at `dense 8`, and four inlay hints. */
const TEXT = "model M {\n  input 4\n  dense 8\n  dense 1\n}\n";
const PULL = { textDocument: { diagnostic: {} } };
const WHOLE = { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } };

let client: Client;
afterEach(() => client.close());

const hintsOf = async (uri: string): Promise<InlayHint["label"][]> =>
  (await client.connection.sendRequest<InlayHint[]>("textDocument/inlayHint", { textDocument: { uri }, range: WHOLE })).map(
    ({ label }) => label,
  );

describe("initialization options", () => {
  beforeEach(() => {
    client = startServer();
  });

  test("with only a severity", async () => {
    await client.start(PULL, { initializationOptions: { settings: { severities: { NN505: "hint" } } } });
    const uri = client.uriOf("a.nn");
    await client.open(uri, TEXT);
    expect(await client.pull(uri)).toMatchObject([{ code: "NN505", severity: 4 }]);
    expect(await hintsOf(uri)).toEqual(["49 parameters", "→ 4", "→ 8 · 40", "→ 1 · 9"]);
    expect(client.log).toEqual([]);
  });

  test("with only a hint", async () => {
    await client.start(PULL, { initializationOptions: { settings: { "inlayHints.totals": false } } });
    const uri = client.uriOf("a.nn");
    await client.open(uri, TEXT);
    expect(await client.pull(uri)).toMatchObject([{ code: "NN505", severity: 2 }]);
    expect(await hintsOf(uri)).toEqual(["→ 4", "→ 8 · 40", "→ 1 · 9"]);
    expect(client.log).toEqual([]);
  });

  test.each([
    [null],
    ["loud"],
    [{ settings: null, files: null, docs: 5 }],
    [{ settings: { severities: null, dataFolders: "/", "inlayHints.shapes": 0 } }],
  ])("of another type: %j", async (initializationOptions) => {
    await client.start(PULL, { initializationOptions });
    const uri = client.uriOf("a.nn");
    await client.open(uri, TEXT);
    const [finding] = await client.pull(uri);
    expect(finding).toMatchObject({ code: "NN505", severity: 2 });
    expect(finding?.codeDescription).toBeUndefined();
    expect(await hintsOf(uri)).toHaveLength(4);
    expect(client.log).toEqual([]);
  });

  test("with partial settings, for a client with pushed diagnostics", async () => {
    await client.start({}, { initializationOptions: { settings: { severities: { NN505: "information" } } } });
    const uri = client.uriOf("a.nn");
    await client.open(uri, TEXT);
    expect(await client.published(uri, 1)).toMatchObject([{ code: "NN505", severity: 3 }]);
    expect(client.log).toEqual([]);
  });

  test("with only an allowed folder: it can be read, its sibling can't", async () => {
    const apart = mkdtempSync(join(tmpdir(), "backprop-allowed-"));
    try {
      for (const name of ["data", "data2"]) {
        mkdirSync(join(apart, name));
        writeFileSync(join(apart, name, "d.csv"), "a,b\n1,0\n2,1\n");
      }
      const settings = { dataFolders: [pathToFileURL(join(apart, "data")).href] };
      await client.start(PULL, { initializationOptions: { settings } });
      const uri = client.uriOf("a.nn");
      await client.open(
        uri,
        ["data", "data2"].map((name) => `data ${name} {\n  source csv("${apart}/${name}/d.csv")\n  target b\n}\n`).join(""),
      );
      expect((await client.pull(uri)).map(({ code, range }) => [code, range.start.line])).toEqual([["NN406", 5]]);
    } finally {
      rmSync(apart, { recursive: true, force: true });
    }
  });

  test("with the folder of the codes' pages: each code is a link", async () => {
    await client.start(PULL, { initializationOptions: { docs: "file:///docs" } });
    const uri = client.uriOf("a.nn");
    await client.open(uri, TEXT);
    expect(await client.pull(uri)).toMatchObject([{ codeDescription: { href: "file:///docs/NN505.md" } }]);
  });

  test.each([
    ["a link to the word's page", ["markdown"], true],
    ["no link in plain text", ["plaintext"], false],
  ] as const)("with that folder, a hover has %s", async (_name, contentFormat, hasLink) => {
    await client.start(
      { textDocument: { hover: { contentFormat: [...contentFormat] } } },
      { initializationOptions: { docs: "file:///docs" } },
    );
    const uri = client.uriOf("a.nn");
    await client.open(uri, TEXT);
    const position = { line: 0, character: 2 };
    const found = await client.connection.sendRequest("textDocument/hover", { textDocument: { uri }, position });
    expect(/\(file:\/\/\/docs\/words\.md#L\d+\)/.test(JSON.stringify(found))).toBe(hasLink);
    expect(JSON.stringify(found)).toContain("A network: its layers");
  });
});

describe("settings that change", () => {
  beforeEach(() => {
    client = startServer();
  });
  const change = (settings: unknown): Promise<void> => client.connection.sendNotification("backprop/settings", settings);

  test("publish the diagnostics of every open document again", async () => {
    await client.start({});
    const uris = ["a.nn", "b.nn"].map(client.uriOf);
    for (const uri of uris) {
      await client.open(uri, TEXT);
      expect(await client.published(uri, 1)).toMatchObject([{ code: "NN505", severity: 2 }]);
    }
    await change({ severities: { NN505: "error" } });
    for (const uri of uris) expect((await client.allPublished(uri, 1))[1]).toMatchObject([{ code: "NN505", severity: 1 }]);
    await change({ severities: { NN505: "off" } });
    for (const uri of uris) expect((await client.allPublished(uri, 1))[2]).toEqual([]);
  });

  test("request a client that pulls to refresh diagnostics and hints", async () => {
    const asked: string[] = [];
    for (const what of ["diagnostic", "inlayHint"])
      client.connection.onRequest(`workspace/${what}/refresh`, () => {
        asked.push(what);
        return null;
      });
    await client.start({ ...PULL, workspace: { diagnostics: { refreshSupport: true }, inlayHint: { refreshSupport: true } } });
    const uri = client.uriOf("a.nn");
    await client.open(uri, TEXT);
    expect(await client.pull(uri)).toMatchObject([{ severity: 2 }]);
    expect(asked).toEqual([]);
    await change({ severities: { NN505: "hint" }, "inlayHints.shapes": false });
    // The answer to a question comes after the requests to refresh.
    expect(await client.pull(uri)).toMatchObject([{ severity: 4 }]);
    expect(asked).toEqual(["diagnostic", "inlayHint"]);
    expect(await hintsOf(uri)).toEqual(["49 parameters"]);
  });

  test("allow a folder that was outside", async () => {
    const apart = mkdtempSync(join(tmpdir(), "backprop-allowed-"));
    try {
      writeFileSync(join(apart, "d.csv"), "a,b\n1,0\n2,1\n");
      await client.start({});
      const uri = client.uriOf("a.nn");
      await client.open(uri, `data D {\n  source csv("${apart}/d.csv")\n  target b\n}\n`);
      expect(await client.published(uri, 1)).toMatchObject([{ code: "NN406" }]);
      await change({ dataFolders: [pathToFileURL(apart).href] });
      expect((await client.allPublished(uri, 1))[1]).toEqual([]);
      // A missing setting has its default again.
      await change(null);
      expect((await client.allPublished(uri, 1))[2]).toMatchObject([{ code: "NN406" }]);
    } finally {
      rmSync(apart, { recursive: true, force: true });
    }
  });
});

describe("the workspace", () => {
  beforeEach(() => {
    client = startServer();
  });
  test("a client without workspace folders is served", async () => {
    await client.start({ workspace: {} }, { workspaceFolders: null });
    const uri = client.uriOf("a.nn");
    await client.open(uri, TEXT);
    expect(await client.published(uri, 1)).toMatchObject([{ code: "NN505" }]);
    expect(client.log).toEqual([]);
  });

  test("an added folder can be read, a removed one can't", async () => {
    const added = mkdtempSync(join(tmpdir(), "backprop-added-"));
    try {
      writeFileSync(join(added, "d.csv"), "a,b\n1,0\n2,1\n");
      await client.start({ workspace: { workspaceFolders: true } });
      const uri = client.uriOf("a.nn");
      await client.open(uri, `data D {\n  source csv("${added}/d.csv")\n  target b\n}\n`);
      expect(await client.published(uri, 1)).toMatchObject([{ code: "NN406" }]);
      const folder = { uri: pathToFileURL(added).href, name: "added" };
      const folders = (event: object): Promise<void> =>
        client.connection.sendNotification("workspace/didChangeWorkspaceFolders", { event });
      await folders({ added: [folder], removed: [] });
      expect((await client.allPublished(uri, 1))[1]).toEqual([]);
      await folders({ added: [], removed: [folder] });
      expect((await client.allPublished(uri, 1))[2]).toMatchObject([{ code: "NN406" }]);
    } finally {
      rmSync(added, { recursive: true, force: true });
    }
  });

  test("a changed data file causes a new check of its document", async () => {
    await client.start({});
    const uri = client.uriOf("a.nn");
    await client.open(uri, 'data D {\n  source csv("new.csv")\n  target b\n}\n');
    expect(await client.published(uri, 1)).toMatchObject([{ code: "NN406" }]);
    writeFileSync(join(client.folder, "new.csv"), "a,b\n1,0\n2,1\n");
    await client.connection.sendNotification("workspace/didChangeWatchedFiles", { changes: [{ uri: client.uriOf("new.csv"), type: 1 }] });
    expect((await client.allPublished(uri, 1))[1]).toEqual([]);
  });
});

describe("a feature that throws", () => {
  beforeEach(() => {
    client = startServer();
  });

  test("returns an empty answer and is logged with its document; the server continues", async () => {
    await client.start(PULL);
    const uri = client.uriOf("a.nn");
    await client.open(uri, TEXT);
    // None of these requests has the position or the range that its feature reads.
    const faulty = { textDocument: { uri }, context: {}, ch: "\n", newName: "x" };
    const empty: Readonly<Record<string, unknown>> = {
      hover: null,
      completion: [],
      definition: null,
      references: [],
      documentHighlight: [],
      codeAction: [],
      inlayHint: [],
      signatureHelp: null,
      prepareRename: null,
      rename: null,
      linkedEditingRange: null,
      selectionRange: [],
      rangeFormatting: [],
      onTypeFormatting: [],
      "semanticTokens/range": { data: [] },
    };
    for (const [k, [method, answer]] of Object.entries(empty).entries()) {
      expect(await client.connection.sendRequest(`textDocument/${method}`, faulty), method).toEqual(answer);
      expect(client.log, method).toHaveLength(k + 1);
      expect(client.log[k], method).toMatch(/^file:.*a\.nn: TypeError: .*\n +at /s);
    }
    expect(await client.pull(uri)).toMatchObject([{ code: "NN505" }]);
  });

  test("a request without a document is refused; the server continues", async () => {
    await client.start(PULL);
    for (const method of ["hover", "diagnostic", "formatting"])
      await expect(client.connection.sendRequest(`textDocument/${method}`, {})).rejects.toMatchObject({ code: -32603 });
    const uri = client.uriOf("a.nn");
    await client.open(uri, TEXT);
    expect(await client.pull(uri)).toMatchObject([{ code: "NN505" }]);
  });
});
