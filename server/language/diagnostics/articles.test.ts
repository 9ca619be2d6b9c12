/** The articles in all text for users: in messages for every inserted word, and in all texts of the catalog and the tables. */
import { describe, expect, test } from "vitest";
import { catalog, directives, names, partNouns } from "../../../engine/catalog/index.ts";
import { inProject } from "../../../scripts/project.ts";
import { wrongArticles } from "../../../test/articles.ts";
import { conformanceCases, nnFilesIn } from "../../../test/fixtures.ts";
import { seedTexts, withoutOneWord } from "../../../test/mutations.ts";
import { analyse } from "../analysis.ts";
import type { Issue } from "./issue.ts";
import { type Noun, nouns, withArticle } from "./nouns.ts";
import { diagnostics } from "./table.ts";
import { trainingFindings } from "./trainingFindings.ts";

/** A new noun without its article here is a compile error. */
const WITH_ARTICLE: Readonly<Record<Noun, string>> = {
  let: "a `let`",
  layer: "a layer",
  column: "a column",
  columnOrLayer: "a column or layer",
  output: "an output",
  argument: "an argument",
  part: "a part of the data",
  line: "a line",
  model: "a model",
  data: "a data block",
  run: "a run",
  metric: "a metric of this training",
  monitor: "a monitored value",
};

test("the scan knows right articles from wrong ones", () => {
  expect(wrongArticles("An argument, a `let`, a unit, an MNIST file, an `adam`, a one-hot column, a 2x3 shape.")).toEqual([]);
  expect(wrongArticles("A argument, an layer, a `expect` block, an unit.")).toEqual(["A argument", "an layer", "a `expect", "an unit"]);
});

describe("words that messages insert", () => {
  test.each(names(nouns))("%s", (noun) => {
    expect(withArticle(nouns[noun])).toBe(WITH_ARTICLE[noun]);
    expect(diagnostics.NN210.message({ what: noun, name: "x" })).toContain(`There is already ${WITH_ARTICLE[noun]} named \`x\``);
    expect(wrongArticles(diagnostics.NN209.message({ what: noun, name: "x" }))).toEqual([]);
  });

  test.each(names(directives))("a directive of a block: %s", (block) =>
    expect(diagnostics.NN208.message({ block, name: "x" })).toContain(
      block === "expect" ? "in an `expect` block" : `in a \`${block}\` block`,
    ),
  );
});

describe("what users read", () => {
  /** Every string in a table, with its path. */
  const stringsIn = (value: unknown, path: string): [string, string][] =>
    typeof value === "string"
      ? [[path, value]]
      : typeof value === "object" && value !== null
        ? Object.entries(value).flatMap(([key, inner]) => (key === "example" ? [] : stringsIn(inner, `${path}.${key}`)))
        : [];

  test.each(Object.entries({ catalog, directives, partNouns, diagnostics, trainingFindings }))("texts of %s", (name, table) => {
    const texts = stringsIn(table, name);
    expect(texts.length).toBeGreaterThan(5);
    for (const [path, text] of texts) expect(wrongArticles(text), path).toEqual([]);
  });

  const textsOf = ({ message, related, fixes }: Issue): string[] => [
    message,
    ...related.map((one) => one.message),
    ...fixes.map(({ title }) => title),
  ];

  test("the findings of every case, example and sample, whole and with a word left out", () => {
    const whole = [...conformanceCases("cases"), ...conformanceCases("contract"), ...nnFilesIn(inProject("samples"))].map(
      ([, text]) => text,
    );
    const changed = [...withoutOneWord(seedTexts(), 7)].map(({ text }) => text);
    const examples = Object.values(diagnostics).map(({ example }) => example);
    const found = [...whole, ...examples, ...changed].flatMap((text) => analyse(text).issues);
    expect(found.length).toBeGreaterThan(1000);
    for (const issue of found) for (const text of textsOf(issue)) expect(wrongArticles(text), text).toEqual([]);
  });
});
