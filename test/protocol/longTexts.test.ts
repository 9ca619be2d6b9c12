/** A very long document beside an ordinary one. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Client, startServer } from "./client.ts";

let client: Client;
beforeEach(() => {
  client = startServer();
});
afterEach(() => client.close());

const TRAIN = "model M {\n  input a\n  dense 1\n}\ntrain M on D {\n  loss mse\n}\n";
const rows = (characters: number): string => `${TRAIN}data D {\n  features a\n  target y\n${"  1 -> 2\n".repeat(characters / 9)}}\n`;
/** Most of this text is comments, which take little time to check. */
const comments = (characters: number): string => `${rows(100)}${`# ${"a".repeat(997)}\n`.repeat(characters / 1000)}`;

describe("a document of 3 million characters", () => {
  test("has one message that says so, no other answer, and the others are checked", async () => {
    await client.start({ textDocument: { diagnostic: {} } });
    const [long, short] = [client.uriOf("long.nn"), client.uriOf("short.nn")];
    await client.open(long, `${comments(3_000_000)}mistake {\n`);
    await client.open(short, "model M {\n  input 2\n  dens 1\n}\n");
    const [said, ...rest] = await client.pull(long);
    expect(rest).toEqual([]);
    expect(said).toMatchObject({ severity: 3, message: expect.stringMatching(/^This file has 3,000,\d{3} characters/) });
    const position = { line: 2, character: 4 };
    expect(await client.connection.sendRequest("textDocument/hover", { textDocument: { uri: long }, position })).toBeNull();
    expect(await client.connection.sendRequest("textDocument/completion", { textDocument: { uri: long }, position })).toEqual([]);
    expect(await client.connection.sendRequest("textDocument/formatting", { textDocument: { uri: long }, options: {} })).toEqual([]);
    expect((await client.pull(short)).map(({ code }) => code)).toEqual(["NN201"]);
    // Only names of the short one are known.
    const names = await client.connection.sendRequest<{ location: { uri: string } }[]>("workspace/symbol", { query: "M" });
    expect(names.map(({ location }) => location.uri)).toEqual([short]);
  });

  test("can be trained", async () => {
    await client.start({ textDocument: { diagnostic: {} } });
    const long = client.uriOf("long.nn");
    await client.open(long, comments(2_100_000));
    const [choice] = await client.connection.sendRequest<{ run: string; planned: object | null }[]>("backprop/trainings", { uri: long });
    expect(choice).toMatchObject({ run: "M", planned: { plan: { network: {} } } });
  });

  test("is published once it is short enough", async () => {
    await client.start({});
    const uri = client.uriOf("a.nn");
    await client.open(uri, comments(2_100_000));
    expect(await client.published(uri, 1)).toMatchObject([{ severity: 3 }]);
    const textDocument = { uri, version: 2 };
    await client.connection.sendNotification("textDocument/didChange", { textDocument, contentChanges: [{ text: "modle M {\n}\n" }] });
    expect(await client.published(uri, 2)).toMatchObject([{ code: "NN101" }]);
  });
});

test("a document of 300,000 characters is checked in its newest version", async () => {
  await client.start({ textDocument: { diagnostic: {} } });
  const uri = client.uriOf("a.nn");
  await client.open(uri, rows(300_000));
  const answers = [2, 3, 4].map(async (version) => {
    const text = version === 4 ? "dens" : "dense";
    const range = { start: { line: 2, character: 2 }, end: { line: 2, character: 7 } };
    await client.connection.sendNotification("textDocument/didChange", {
      textDocument: { uri, version },
      contentChanges: [{ range, text }],
    });
    return await client.pull(uri);
  });
  const last = (await Promise.all(answers)).at(-1);
  expect(last?.map(({ code }) => code)).toContain("NN201");
});
