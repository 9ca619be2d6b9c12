/**
 * The gradient flows back towards the input. A file's forward pass runs down the file, so up, down, top and bottom mean different things in the file, in a
 * picture and in the book. No text that users read has them for layers or gradients.
 */
import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";

const AMBIGUOUS =
  /\blayers? below\b(?! one another)|\b(?:top|bottom|upper|lower)(?:most)? layers?\b|\b(?:way|handed|passed|goes|travels) (?:up|down)\b|\bfirst layers\b/gi;

const PAGES = ["README.md", "docs/**/*.md", "walkthrough/*.md", "samples/**/*.md", "samples/**/*.nn"];
const SOURCES = ["{server,client}/**/*.ts", "engine/{catalog,inspect,training,debug,evaluate}/**/*.ts"];
const files = globSync([...PAGES, ...SOURCES], { cwd: inProject() }).filter((file) => !file.endsWith(".test.ts"));

test("the scan knows ambiguous directions", () => {
  expect("The layers below it, on its way down to the bottom layers, and the first layers.".match(AMBIGUOUS)).toEqual([
    "layers below",
    "way down",
    "bottom layers",
    "first layers",
  ]);
  expect("The first layer, the layers near the input, all layers below one another.".match(AMBIGUOUS)).toBe(null);
});

test("no text has an ambiguous direction of layers and gradients", () => {
  expect(files.length).toBeGreaterThan(200);
  const found = files.flatMap((file) =>
    [...readFileSync(inProject(file), "utf8").matchAll(AMBIGUOUS)].map(([words]) => `${file}: ${words}`),
  );
  expect(found).toEqual([]);
});
