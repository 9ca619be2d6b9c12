/** The reports of `nn test`, read by programs that know the formats: a strict XML parser and Perl's TAP harness. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Reporter, reportFor, type TestedLine } from "./testReports.ts";

const HOSTILE = `<a & "b">\n# TODO \\ ]]> \u0000\u001b[31m \ud800 \uffff é 漢`;

const line = (number: number, passed: boolean, text: string, file = "net.nn"): TestedLine => ({
  file,
  line: number,
  model: "Net",
  text,
  passed,
  actual: passed ? "1" : HOSTILE,
  isClaim: false,
});
const LINES = [line(3, true, "0 1 -> 1"), line(4, false, HOSTILE), line(9, true, "accuracy >= 0.9", `${HOSTILE}.nn`)];

function reported(reporter: Reporter, problem?: string): string {
  const report = reportFor(reporter);
  const added = LINES.map((one) => report.add(one)).join("");
  return added + (problem === undefined ? report.end(LINES) : report.fail(LINES, problem));
}

interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}
interface SaxParser {
  onopentag: (tag: { readonly name: string; readonly attributes: Readonly<Record<string, string>> }) => void;
  onclosetag: () => void;
  ontext: (text: string) => void;
  onerror: (error: Error) => void;
  write: (xml: string) => { close: () => void };
}

/** Returns the root element, read by the package `sax` in strict mode. */
function parsedXml(xml: string): Element | undefined {
  const sax = createRequire(import.meta.url)("sax") as { parser: (strict: boolean) => SaxParser };
  const parser = sax.parser(true);
  const open: Element[] = [];
  let root: Element | undefined;
  parser.onopentag = ({ name, attributes }) => {
    const element = { name, attributes, children: [], text: "" };
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
  };
  parser.onclosetag = () => void open.pop();
  parser.ontext = (text) => {
    const last = open.at(-1);
    if (last) last.text += text;
  };
  parser.onerror = (error) => {
    throw error;
  };
  parser.write(xml).close();
  return root;
}

/** What remains of the hostile text: one line without control characters. */
const SHOWN = `<a & "b">\\n# TODO \\ ]]> \\u{0}\\u{1b}[31m \\u{d800} \ufffd é 漢`;

describe("JUnit", () => {
  test("has a suite for each file with its counts, and a case for each line with its place", () => {
    const root = parsedXml(reported("junit"));
    expect([root?.name, root?.attributes]).toEqual(["testsuites", { name: "nn test", tests: "3", failures: "1", errors: "0" }]);
    expect(root?.children.map(({ name, attributes }) => [name, attributes])).toEqual([
      ["testsuite", { name: "net.nn", tests: "2", failures: "1", errors: "0" }],
      ["testsuite", { name: `${SHOWN}.nn`, tests: "1", failures: "0", errors: "0" }],
    ]);
    const [passed, failed] = root?.children[0]?.children ?? [];
    expect([passed?.attributes, passed?.children]).toEqual([{ name: "0 1 -> 1", classname: "Net", file: "net.nn", line: "3" }, []]);
    expect(failed?.attributes["name"]).toBe(SHOWN);
    expect(failed?.children.map(({ name, attributes }) => [name, attributes])).toEqual([
      ["failure", { message: `it is ${SHOWN}`, type: "expectation" }],
    ]);
  });

  test("has an error for a problem that prevents the other tests, and the results before it", () => {
    const root = parsedXml(reported("junit", `b.nn:1:1: error ${HOSTILE}`));
    expect(root?.attributes).toMatchObject({ tests: "4", failures: "1", errors: "1" });
    const [problem] = root?.children.at(-1)?.children ?? [];
    expect(problem?.children[0]).toMatchObject({ name: "error", attributes: { message: 'b.nn:1:1: error <a & "b">' } });
  });

  test("a JSON and a text report have the same results", () => {
    expect(JSON.parse(reported("json"))).toEqual(LINES);
    expect(reported("text")).toMatch(/2 passed, 1 failed\n$/);
  });
});

describe("TAP", () => {
  /** Perl's own harness reads it, if Perl is installed. */
  const hasProve = spawnSync("prove", ["--version"]).status === 0;

  test.skipIf(!hasProve)("Perl's harness counts the same results; without the program prove the test is left out", () => {
    const folder = mkdtempSync(join(tmpdir(), "backprop-tap-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const prove = (tap: string): string => {
      writeFileSync(join(folder, "out.tap"), tap);
      const { stdout, stderr } = spawnSync("prove", ["--exec", "cat", "out.tap"], { cwd: folder, encoding: "utf8" });
      return stdout + stderr;
    };
    expect(prove(reported("tap"))).toMatch(/Failed 1\/3 subtests[\s\S]*Failed test: {2}2\b/);
    const [first] = LINES;
    const fine = reportFor("tap");
    expect(prove(`${first ? fine.add(first) : ""}${fine.end([])}`)).toContain("Result: PASS");
    expect(prove(reported("tap", "net.nn can't be trained"))).toContain(
      "Bailout called.  Further testing stopped:  net.nn can't be trained",
    );
  });

  test("each result is one line, in which nothing is a directive, and a failure has its facts as YAML", () => {
    const lines = reported("tap").split("\n");
    expect(lines.slice(0, 4)).toEqual([
      "TAP version 13",
      "ok 1 - net.nn:3: 0 1 -> 1",
      expect.stringMatching(/^not ok 2 - net\.nn:4: /),
      "  ---",
    ]);
    // A `#` or a backslash that is not escaped would be read as a directive or an escape.
    expect(lines[2]?.replace(/\\[\\#]/g, "")).not.toMatch(/[#\\]/);
    expect(JSON.parse(lines[4]?.replace("  message: ", "") ?? "")).toBe(`it is ${HOSTILE}`);
    expect(lines.at(-2)).toBe("1..3");
  });
});
