/**
 * The table of mistakes: each has exactly one message, at its place, and fixes that leave a file without a finding. In `mistakes.txt`, `=== name` and a
 * file start a group; its cases' lines replace `¦`. A case has its lines after `|`, and the code, place and message after `!`. The lines after
 * a fix follow `>` if the fix is certain, `?` if another one is as likely. Lines that a fix changes elsewhere follow `>*`. A case without a fix
 * has a message that says what to do.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { TextDocument } from "vscode-languageserver-textdocument";
import { inProject } from "../../scripts/project.ts";
import { codeActions } from "../../server/features/codeActions.ts";
import { rangesIn } from "../../server/features/ranges.ts";
import type { Fix, Issue } from "../../server/language/diagnostics/issue.ts";
import { checked, withChanges } from "./caseFiles.ts";

interface Mistake {
  /** The file with `¦` for the lines. */
  readonly file: string;
  readonly lines: readonly string[];
  readonly message: string;
  readonly fixes: readonly string[];
}

/** Returns the cases by name: the group's name and the lines. */
function mistakesIn(table: string): [string, Mistake][] {
  return table
    .split(/^=== /m)
    .slice(1)
    .flatMap((group) => {
      const [head = "", ...parts] = group.split("\n\n");
      const [name = "", ...shell] = head.split("\n");
      const file = name === "file" ? "¦" : shell.join("\n");
      return parts
        .filter((part) => part.startsWith("|"))
        .map((part): [string, Mistake] => {
          const rows = part.trimEnd().split("\n");
          const lines = rows.filter((row) => row.startsWith("|")).map((row) => row.slice(2));
          const message = rows.find((row) => row.startsWith("!"))?.slice(2) ?? "";
          const fixes = rows.filter((row) => /^[>?]/.test(row));
          return [`${name}: ${lines.join(" ⏎ ")}`, { file: `${file}\n`, lines, message, fixes }];
        });
    });
}

const indentIn = (file: string): string => /[ \t]*(?=¦)/.exec(file)?.[0] ?? "";
const textOf = ({ file, lines }: Mistake): string => file.replace("¦", () => lines.join(`\n${indentIn(file)}`));

function shownMessage({ code, span, message }: Issue, text: string): string {
  return `${code} «${text.slice(span.start, span.end).split("\n")[0]}» ${message}`;
}

/** Returns a case's lines after a fix, or the lines that the fix changes elsewhere. */
function shownFix({ isGuess, changes }: Fix, isFirst: boolean, mistake: Mistake): { rows: string[]; fixed: string } {
  const text = textOf(mistake);
  const fixed = withChanges(text, changes);
  const mark = isFirst && isGuess !== true ? ">" : "?";
  const [before = "", after = ""] = mistake.file.split("¦");
  const isHere = fixed.length >= before.length + after.length && fixed.startsWith(before) && fixed.endsWith(after);
  const rows = isHere
    ? fixed
        .slice(before.length, fixed.length - after.length)
        .split(`\n${indentIn(mistake.file)}`)
        .map((line) => `${mark} ${line}`.trimEnd())
    : [`${mark}* ${newLines(fixed, text).join(" ⏎ ")}`.trimEnd()];
  return { rows, fixed };
}

const newLines = (fixed: string, text: string): string[] =>
  fixed
    .split("\n")
    .filter((line) => !text.split("\n").includes(line))
    .map((line) => line.trim());

const mistakes = mistakesIn(readFileSync(inProject("test", "conformance", "mistakes.txt"), "utf8"));

describe("mistakes of people who know another library", () => {
  test("are at least 400", () => {
    expect(mistakes.length).toBeGreaterThanOrEqual(400);
  });

  test.each(mistakes)("%s", async (_name, mistake) => {
    const text = textOf(mistake);
    const { issues } = await checked(text);
    expect(issues.map((issue) => shownMessage(issue, text))).toEqual([mistake.message]);
    const fixes = (issues[0]?.fixes ?? []).map((fix, k) => shownFix(fix, k === 0, mistake));
    expect(fixes.flatMap(({ rows }) => rows)).toEqual(mistake.fixes);
    for (const { fixed } of fixes) expect((await checked(fixed)).issues.map((issue) => shownMessage(issue, fixed))).toEqual([]);
  });

  test.each([
    ["model M {\r\n  let k = 3\r\n  input 4\r\n  dense k\r\n}\r\n", "let k = 3\r\nmodel M {\r\n  input 4\r\n  dense k\r\n}\r\n"],
    ["model M {\r\n  input 4; dense 3\r\n}\r\n", "model M {\r\n  input 4\r\n  dense 3\r\n}\r\n"],
    ["model M:\r\n  input 4\r\n  dense 3\r\n", "model M {\r\n  input 4\r\n  dense 3\r\n}\r\n"],
  ])("a fix of %j has the file's line breaks", async (text, fixed) => {
    const { issues } = await checked(text);
    expect(issues.map(({ fixes }) => withChanges(text, fixes[0]?.changes ?? []))).toEqual([fixed]);
  });

  test.each([
    ["x = Dense(8)(x)", "dense 8"],
    ["y = Dense(8)(x)", "y: dense 8"],
  ])("a layer that takes the one before, %s, needs no name for it", async (line, written) => {
    const name = line[0] ?? "";
    const text = `model M {\n  x = Input(shape=(4,))\n  ${line}\n  out = Dense(3)(${name})\n}\n`;
    const { issues } = await checked(text);
    const fixed = withChanges(
      text,
      issues.flatMap(({ fixes }) => fixes[0]?.changes ?? []),
    );
    expect(fixed).toBe(`model M {\n  x: input 4\n  ${written}\n  out: dense 3\n}\n`);
  });

  test("a name that is used again later stays on its layer", async () => {
    const text = "model M {\n  x = Input(shape=(4,))\n  x = Dense(8)(x)\n  y = Dense(8)(x)\n  z = Add()([x, y])\n}\n";
    const { issues } = await checked(text);
    expect(issues.map(({ message }) => message)).toContain(
      "A layer's label ends with `:`, and a layer takes the output of the line before it; write `x: dense 8`.",
    );
  });

  test("another line's finding has no fix that changes a repaired line", async () => {
    const text = `model M {
  input 4
  dense 3 softmax
}
data D {
  source csv("iris.csv")
  target species
  split train 70% test 30%
}
train M on D {
  loss sparse_categorical_crossentropy
  stop early_stopping
}
`;
    const { issues } = await checked(text);
    expect(issues.map(({ code }) => code).sort()).toEqual(["NN104", "NN407"]);
    for (const { fixes } of issues)
      for (const { changes } of fixes) expect(withChanges(text, changes)).toContain("\n  split train=0.7 test=0.3\n");
  });

  test("only certain fixes are preferred and part of a fix for all", async () => {
    const text = "data D {\n  source csv('iris.csv');\n  target = species,\n  split 0.8 0.2\n}\n";
    const document = TextDocument.create("file:///x.nn", "nn", 1, text);
    const analysis = await checked(text);
    const actions = codeActions(analysis, { start: 0, end: text.length }, { uri: document.uri, ranges: rangesIn(document) }, ["quickfix"]);
    const all = actions.find(({ title }) => title.startsWith("Fix all"));
    const edits = all?.edit?.changes?.[document.uri] ?? [];
    expect(all?.title).toBe("Fix all 2 of NN101 in this file");
    expect(TextDocument.applyEdits(document, edits)).toBe('data D {\n  source csv("iris.csv")\n  target species\n  split 0.8 0.2\n}\n');
    expect(actions.filter(({ isPreferred }) => isPreferred).map(({ title }) => title)).toEqual([
      'Change to `source csv("iris.csv")`',
      "Change to `target species`",
    ]);
  });
});
