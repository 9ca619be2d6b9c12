/** Every command on files whose names, columns, classes and cells are hostile: no output carries their controls or forges a line. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Papa from "papaparse";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { escapedText } from "../../server/language/syntax/writtenName.ts";
import { HOSTILE, unsafeLines } from "../hostile.ts";
import { type Result, runNn } from "./run.ts";

let folder: string;
const quoted = (name: string): string => `"${escapedText(name)}"`;
// The names of the files have no slash and no address, the others are as they are.
const NAME = `${HOSTILE[7]}${HOSTILE[5]}${HOSTILE[8]}.nn`;
const columns = HOSTILE.map((name) => `column ${name}`);
const classes = HOSTILE.map((name) => `class ${name}`);
const rows = Array.from({ length: 44 }, (_, i) => [...columns.map((_name, j) => ((i * 7 + j * 3) % 10) / 10), classes[i % classes.length]]);
const TEXT = `model M {
  input ${columns.map(quoted).join(", ")}
  dense ${classes.length} softmax
}
data D {
  source csv("hostile.csv")
  target "target \\u{1b}[2J"
}
train M on D {
  loss sparse_categorical_crossentropy
  optimizer sgd(learning_rate=1e9)
  metrics accuracy
  epochs 2
}
expect M on D {
  accuracy > 2
  ${columns.map((_name, k) => k).join(" ")} -> ${quoted(classes[7] ?? "")}
}
`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "backprop-hostile-"));
  const table = [[...columns, "target \u001b[2J"], ...rows];
  writeFileSync(join(folder, "hostile.csv"), Papa.unparse(table, { newline: "\n" }));
  table[3]?.fill(`cell ${HOSTILE[7]}${HOSTILE[5]}`, 0, 3);
  writeFileSync(join(folder, "broken.csv"), Papa.unparse(table, { newline: "\n" }));
  writeFileSync(join(folder, NAME), TEXT);
  writeFileSync(join(folder, `broken ${NAME}`), TEXT.replace("hostile.csv", "broken.csv").replace("softmax", quoted(HOSTILE[6])));
  writeFileSync(join(folder, `late ${NAME}`), TEXT.replace("hostile.csv", "broken.csv"));
  writeFileSync(join(folder, `empty ${NAME}`), "");
  mkdirSync(join(folder, "folder \u001b[2J"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const safe = async (args: readonly string[], code: number): Promise<Result> => {
  const result = await runNn(folder, args);
  expect(unsafeLines(result.out)).toEqual([]);
  expect(unsafeLines(result.err)).toEqual([]);
  expect(result.code, result.err).toBe(code);
  expect((result.out + result.err).length).toBeGreaterThan(0);
  return result;
};

describe("nn", () => {
  const OUT = `out ${HOSTILE[7]}${HOSTILE[5]}`;
  test("train, resume and predict", async () => {
    expect((await safe(["train", NAME, "--out", OUT], 0)).out).toContain("Saved to");
    await safe(["train", NAME, "--resume", OUT, "--seed", "7"], 1);
    const predicted = await safe(["predict", NAME, "--weights", join(OUT, "weights.safetensors"), "--data", "hostile.csv"], 0);
    expect(predicted.out).toContain("class a\\nforged");
    const { out } = await runNn(folder, [
      "predict",
      NAME,
      "--weights",
      join(OUT, "weights.safetensors"),
      "--data",
      "hostile.csv",
      "--json",
    ]);
    expect(Object.keys(JSON.parse(out)[0]).sort()).toEqual(["target \u001b[2J", ...classes.map((name) => `score_${name}`)].sort());
    await safe(["predict", NAME, "--weights", join(OUT, "weights.safetensors"), "--data", "broken.csv"], 1);
    await safe(["predict", NAME, "--weights", "hostile.csv", "--data", "hostile.csv"], 1);
  });

  test.each([
    [1, ["check", NAME, `broken ${NAME}`, `late ${NAME}`]],
    [2, ["check", `nowhere ${NAME}`, `nothing ${NAME}`, "folder \u001b[2J"]],
    [1, ["train", `broken ${NAME}`]],
    [1, ["train", `late ${NAME}`]],
    [1, ["train", `empty ${NAME}`]],
    [2, ["train", NAME, "--run", HOSTILE[7]]],
    [2, ["train", NAME, "--resume", `nowhere ${HOSTILE[7]}`]],
    [2, ["train", NAME, "--out", `hostile.csv/${HOSTILE[7]}`]],
    [2, ["train", NAME, "--epochs", HOSTILE[5]]],
    [0, ["gradients", NAME]],
    [1, ["gradients", `late ${NAME}`]],
    [0, ["gradcheck", NAME]],
    [1, ["gradcheck", `late ${NAME}`]],
    [0, ["summary", NAME]],
    [1, ["summary", `broken ${NAME}`]],
    [0, ["summary", `empty ${NAME}`]],
    [1, ["test", NAME]],
    [1, ["test", `late ${NAME}`]],
    [2, ["predict", NAME, "--weights", HOSTILE[7], "--data", "hostile.csv"]],
    [1, ["format", "--check", NAME]],
    [2, ["format", `nowhere ${NAME}`]],
    [2, ["explain", HOSTILE[7]]],
    [2, [HOSTILE[7]]],
    [2, ["check", `--${HOSTILE[7]}`]],
  ] as const)("exit code %i: %j", async (code, args) => void (await safe(args, code)));
});
