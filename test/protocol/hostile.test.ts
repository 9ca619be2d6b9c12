/** Every feature of the server on a file whose columns, classes and paths are hostile: no answer carries their Markdown or controls. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import Papa from "papaparse";
import { afterAll, beforeAll, expect, test } from "vitest";
import { escapedText } from "../../server/language/syntax/writtenName.ts";
import { HOSTILE, unsafeLines, unsafeMarkdown } from "../hostile.ts";
import { type Client, startServer } from "./client.ts";

let client: Client;
let uri: string;

const quoted = (name: string): string => `"${escapedText(name)}"`;
const columns = HOSTILE.map((name) => `column ${name}`);
const classes = HOSTILE.map((name) => `class ${name}`);
const rows = Array.from({ length: 44 }, (_, i) => [
  ...columns.map((_name, j) => (j === 0 ? `cell ${HOSTILE[i % HOSTILE.length]}` : ((i * 7 + j * 3) % 10) / 10)),
  classes[i % classes.length],
]);
const TEXT = `model M {
  input ${columns.map(quoted).join(", ")}
  h: dense 3 relu
  dense ${classes.length} softmax
}
data D {
  source csv("hostile.csv")
  target target
  one_hot ${quoted(columns[0] ?? "")}
  classes ${classes.map(quoted).join(", ")}
}
data E {
  source csv("hostile.csv")
  target ${quoted(columns[1] ?? "")}, ${quoted(columns[0] ?? "")}
}
data F {
  source csv(${quoted(`${HOSTILE[0]}${HOSTILE[7]}`)}, delimiter=${quoted(HOSTILE[5])})
  target ${HOSTILE.map(quoted).join(", ")}
}
run: train M on D {
  loss sparse_categorical_crossentropy
}
train M on E {
  loss mse
  metrics ${quoted(HOSTILE[5])}
  optimizer ${quoted(HOSTILE[6])}(${quoted(HOSTILE[7])}=1)
  monitor ${quoted(HOSTILE[9])}
  ${quoted(HOSTILE[6])} 3
}
model N {
  input ${quoted("nowhere \u202e")}
  ${quoted(HOSTILE[5])} 3 init=${quoted(HOSTILE[8])}
}
expect M on D {
  ${quoted(HOSTILE[5])} > 1
}
`;

beforeAll(async () => {
  client = startServer();
  writeFileSync(join(client.folder, "hostile.csv"), Papa.unparse([[...columns, "target"], ...rows], { newline: "\n" }));
  uri = client.uriOf("a.nn");
  await client.start({ textDocument: { diagnostic: {} } }, { initializationOptions: { commands: true } });
  await client.open(uri, TEXT);
});
afterAll(() => client.close());

/** Places and data for programs, which nobody sees. */
const HIDDEN = new Set(["uri", "target", "href", "arguments", "data"]);

/** Returns what is unsafe in an answer's texts. Markdown is read as an editor would. */
function unsafe(answer: unknown): string[] {
  if (typeof answer === "string") return unsafeLines(answer);
  if (Array.isArray(answer)) return answer.flatMap(unsafe);
  if (typeof answer !== "object" || answer === null) return [];
  if ("kind" in answer && answer.kind === "markdown" && "value" in answer) return unsafeMarkdown(String(answer.value));
  return Object.entries(answer).flatMap(([key, value]) => (HIDDEN.has(key) ? [] : unsafe(value)));
}

const ask = async (method: string, params: object): Promise<unknown> =>
  await client.connection.sendRequest(method, { textDocument: { uri }, ...params });

const lines = TEXT.split("\n");
const positions = lines.flatMap((line, k) => Array.from({ length: line.length + 1 }, (_, character) => ({ line: k, character })));
const all = { start: { line: 0, character: 0 }, end: { line: lines.length, character: 0 } };

test("the file is read: its findings, hovers and completions quote its names", async () => {
  const items = await client.pull(uri);
  expect(items.length).toBeGreaterThan(5);
  expect(JSON.stringify(items)).toContain("example.invalid");
  const at = (word: string): object => ({ position: { line: lines.findIndex((line) => line.includes(word)), character: 20 } });
  expect(JSON.stringify(await ask("textDocument/hover", at("one_hot")))).toContain("example");
});

test.each(["textDocument/hover", "textDocument/completion", "textDocument/signatureHelp"])("%s at every place", async (method) => {
  const answers = await Promise.all(positions.map((position) => ask(method, { position })));
  expect(answers.filter((answer) => answer !== null && JSON.stringify(answer) !== "[]").length).toBeGreaterThan(20);
  expect([...new Set(answers.flatMap(unsafe))]).toEqual([]);
});

test.each([
  ["textDocument/diagnostic", {}],
  ["textDocument/codeAction", { range: all, context: { diagnostics: [] } }],
  ["textDocument/codeLens", {}],
  ["textDocument/documentSymbol", {}],
  ["textDocument/inlayHint", { range: all }],
  ["textDocument/documentLink", {}],
  ["textDocument/foldingRange", {}],
  ["workspace/symbol", { query: "" }],
])("%s", async (method, params) => {
  const answer = await ask(method, params);
  expect(JSON.stringify(answer).length).toBeGreaterThan(2);
  expect(unsafe(answer)).toEqual([]);
});

test("the refusal of a name", async () => {
  const position = { line: lines.findIndex((line) => line.includes("h: dense")), character: 2 };
  for (const newName of HOSTILE) {
    const error: unknown = await ask("textDocument/rename", { position, newName }).catch((refused: unknown) => refused);
    expect(error).toBeInstanceOf(Error);
    expect(unsafeLines(String(error))).toEqual([]);
  }
});
