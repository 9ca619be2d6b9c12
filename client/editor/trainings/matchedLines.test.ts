/** The lines of a run in a changed text, with the real language analysis of both texts. */
import { describe, expect, test } from "vitest";
import { trainings } from "../../../server/features/trainings.ts";
import { analyse } from "../../../server/language/analysis.ts";
import type { TrainingChoice } from "../../../server/protocol.ts";
import { matchedLines } from "./matchedLines.ts";

const TEXT = `model M {
  input a, b
  hidden: dense 4 tanh
  dense 4 tanh
  dense 1 sigmoid
}
data D {
  features a, b
  target y
  0 0 -> 0
  1 1 -> 1
}
train M on D {
  loss binary_crossentropy
  epochs 5
}
`;

const choicesOf = (text: string): TrainingChoice[] => trainings(analyse(text), (offset) => text.slice(0, offset).split("\n").length - 1);

/** Returns a run's matched lines after its `TEXT` is changed. Each line is given by its text. */
function linesIn(changed: string): { readonly [key: string]: string } {
  expect(changed).not.toBe(TEXT);
  return Object.fromEntries(Object.entries(match(changed).lines).map(([key, line]) => [key, changed.split("\n")[line]?.trim() ?? ""]));
}

function match(changed: string) {
  const [trained] = choicesOf(TEXT);
  if (!trained?.planned) throw new Error("no plan");
  const facts = { id: "1", file: "file:///a.nn", fileName: "a.nn", run: "M", model: "M", begun: 0, seed: 42, lines: trained.lines };
  return matchedLines(trained.planned.plan, facts, choicesOf(changed));
}

const ALL = {
  "layer:hidden": "hidden: dense 4 tanh",
  "layer:dense_1": "dense 4 tanh",
  "layer:dense_2": "dense 1 sigmoid",
  train: "train M on D {",
  loss: "loss binary_crossentropy",
};

describe("a run's lines in a changed text", () => {
  test("follow inserted comments and another order of blocks", () => {
    expect(linesIn(`# A note.\n\n${TEXT.replace("  dense 4", "  # wide\n  dense 4")}`)).toMatchObject(ALL);
    const [model = "", rest = ""] = TEXT.split(/(?=data D)/);
    expect(linesIn(rest + model)).toMatchObject(ALL);
  });

  test("are missing for a layer with other units or another activation, and for layers that its shape changes", () => {
    const wide = linesIn(TEXT.replace("  dense 4 tanh\n  dense 1", "  dense 7 tanh\n  dense 1"));
    expect(Object.keys(wide)).not.toContain("layer:dense_1");
    expect(Object.keys(wide)).not.toContain("layer:dense_2");
    expect(wide).toMatchObject({ "layer:hidden": ALL["layer:hidden"] });
    expect(Object.keys(linesIn(TEXT.replace("hidden: dense 4 tanh", "hidden: dense 4 relu")))).not.toContain("layer:hidden");
  });

  test("are those of labelled layers alone if a layer is inserted, since the numbers then name other layers", () => {
    const layers = Object.keys(linesIn(TEXT.replace("  dense 1", "  dense 4 tanh\n  dense 1"))).filter((key) => key.startsWith("layer:"));
    expect(layers).toEqual(["layer:hidden"]);
  });

  test("are missing while the text has an error, and if the training is gone", () => {
    expect(linesIn(TEXT.replace("dense 1", "dense"))).toEqual({});
    expect(linesIn(TEXT.replace("train M on D {", "train other: M on D {"))).toEqual({});
  });

  test("say whether data and training have the run's settings, apart from seed and epochs", () => {
    expect(match(TEXT.replace("epochs 5", "epochs 9\n  seed 7")).hasSameSettings).toBe(true);
    expect(match(TEXT.replace("epochs 5", "batch 1")).hasSameSettings).toBe(false);
    expect(match(TEXT.replace("1 1 -> 1", "1 1 -> 0")).hasSameSettings).toBe(false);
  });
});
