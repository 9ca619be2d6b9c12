/** The reports of `nn test`: text for people, JSON, and two formats for continuous integration, JUnit's XML and TAP. */
import { plainText } from "../../engine/safeText.ts";
import { styled } from "./print.ts";

export interface TestResult {
  readonly file: string;
  readonly line: number;
  readonly model: string;
  /** The expectation as written in the file. */
  readonly text: string;
  readonly passed: boolean;
  readonly actual: string;
}

/** A result, and whether it is a claim about a metric. A metric's value is always printed. */
export interface TestedLine extends TestResult {
  readonly isClaim: boolean;
}

/** Receives the results in order, then the end. Each method returns the text to print. */
export interface TestReport {
  readonly add: (line: TestedLine) => string;
  readonly end: (results: readonly TestResult[]) => string;
  /** Returns the end of the report after a problem that prevents the other tests. */
  readonly fail: (results: readonly TestResult[], problem: string) => string;
}

export const REPORTERS = ["text", "json", "junit", "tap"] as const;
export type Reporter = (typeof REPORTERS)[number];

const text: TestReport = {
  add({ file, line, text: expectation, passed, actual, isClaim }) {
    const mark = passed ? styled("green", "passed") : styled("red", "failed");
    const value = passed && !isClaim ? "" : ` (it is ${actual})`;
    return `${plainText(file)}:${line}: ${mark}: ${plainText(`${expectation}${value}`)}\n`;
  },
  end(results) {
    const failed = failuresIn(results);
    return `${results.length - failed} passed, ${failed} failed\n`;
  },
  fail: () => "",
};

const json: TestReport = {
  add: () => "",
  end: (results) => `${JSON.stringify(results)}\n`,
  fail: () => "",
};

/** The Test Anything Protocol. Readers such as Perl's reject version 14, and nothing here needs it. */
const tap = (): TestReport => {
  let count = 0;
  const head = (): string => (count === 0 ? "TAP version 13\n" : "");
  return {
    add({ file, line, model, text: expectation, passed, actual }) {
      const start = head();
      count++;
      const words = tapText(`${file}:${line}: ${expectation}`);
      if (passed) return `${start}ok ${count} - ${words}\n`;
      // A YAML string in double quotes has JSON's syntax.
      const facts = Object.entries({ message: `it is ${actual}`, model, file, line }).map(
        ([key, value]) => `  ${key}: ${JSON.stringify(value)}\n`,
      );
      return `${start}not ok ${count} - ${words}\n  ---\n${facts.join("")}  ...\n`;
    },
    end: () => `${head()}1..${count}\n`,
    fail: (_results, problem) => `${head()}Bail out! ${tapText(problem)}\n`,
  };
};

const tapText = (words: string): string => plainText(words).replace(/[\\#]/g, "\\$&");

/** JUnit's XML as Jenkins, GitLab and others read it: a suite for each file. */
const junit: TestReport = {
  add: () => "",
  end: (results) => junitXml(results),
  fail: (results, problem) => junitXml(results, problem),
};

function junitXml(results: readonly TestResult[], problem?: string): string {
  const files = [...new Set(results.map(({ file }) => file))];
  const suites = files.map((file) =>
    suiteXml(
      file,
      results.filter((one) => one.file === file),
    ),
  );
  const errors = problem === undefined ? 0 : 1;
  const broken = problem === undefined ? [] : [brokenXml(problem)];
  const counts = attributes({ name: "nn test", tests: results.length + errors, failures: failuresIn(results), errors });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${counts}>\n${[...suites, ...broken].join("")}</testsuites>\n`;
}

function suiteXml(file: string, results: readonly TestResult[]): string {
  const cases = results.map(({ line, model, text: expectation, passed, actual }) => {
    const facts = attributes({ name: expectation, classname: model, file, line });
    if (passed) return `    <testcase${facts}/>\n`;
    const message = attributes({ message: `it is ${actual}`, type: "expectation" });
    return `    <testcase${facts}>\n      <failure${message}>${xmlText(`${file}:${line}: ${expectation} (it is ${actual})`)}</failure>\n    </testcase>\n`;
  });
  const counts = attributes({ name: file, tests: results.length, failures: failuresIn(results), errors: 0 });
  return `  <testsuite${counts}>\n${cases.join("")}  </testsuite>\n`;
}

/** Returns a suite for a problem that prevents the other tests. */
function brokenXml(problem: string): string {
  const lines = problem.split("\n");
  const error = `<error${attributes({ message: lines[0] ?? "", type: "problem" })}>${lines.map(xmlText).join("\n")}</error>`;
  const name = attributes({ name: "tests that can't run", classname: "nn" });
  return `  <testsuite${attributes({ name: "nn", tests: 1, failures: 0, errors: 1 })}>\n    <testcase${name}>\n      ${error}\n    </testcase>\n  </testsuite>\n`;
}

const attributes = (values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${xmlText(String(value))}"`)
    .join("");

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Returns the text as one line, escaped for attributes and elements, without characters that are invalid in XML. */
const xmlText = (words: string): string =>
  plainText(words)
    .replace(/[\ufffe\uffff]/g, "\ufffd")
    .replace(/[&<>"]/g, (sign) => ENTITIES[sign] ?? "");

const failuresIn = (results: readonly TestResult[]): number => results.filter(({ passed }) => !passed).length;

const REPORTS: { readonly [R in Reporter]: () => TestReport } = { text: () => text, json: () => json, junit: () => junit, tap };

export const reportFor = (reporter: Reporter): TestReport => REPORTS[reporter]();
