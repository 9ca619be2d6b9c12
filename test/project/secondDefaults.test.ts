/** The types' check finds each form of a second default. It searches the project's own files in `npm run types`. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { secondDefaults } from "../../scripts/run/secondDefaults.ts";

/** Lines with one second default each. */
const SECOND = [
  ["const { beta_1 = 0.5 } = settings;", "beta_1 = 0.5"],
  ["export const f = ({ rate: r = 0.9 }: Settings) => r;", "rate: r = 0.9"],
  ['export const { "epsilon": e = 1e-7 } = settings;', '"epsilon": e = 1e-7'],
  ["settings.alpha ?? 1;", "settings.alpha ?? 1"],
  ["settings.alpha || -1;", "settings.alpha || -1"],
  ['settings["alpha"] ?? FALLBACK;', 'settings["alpha"] ?? FALLBACK'],
  ["settings.alpha ??= 1;", "settings.alpha ??= 1"],
  ["export const g = (momentum = 0) => momentum;", "momentum = 0"],
] as const;

/** Lines without a second default: for an optional field, another name, a computed value. */
const OTHERS = [
  "const { alpha: a = 1 } = absent;",
  "absent.alpha ?? 1;",
  "settings.alpha ?? settings.rate;",
  "export const h = (momentum = 3) => momentum;",
  "settings.other ?? 1;",
  "settings.alpha + 1;",
];

describe("only the catalog has defaults of arguments", () => {
  test("each form of a second default is found, and nothing else", () => {
    const folder = mkdtempSync(join(tmpdir(), "backprop-defaults-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: { strict: true }, files: ["examples.ts"] }));
    const lines = [
      "interface Settings { beta_1: number; rate: number; epsilon: number; alpha: number; other: number }",
      "declare const settings: Settings;",
      "declare const absent: { alpha?: number };",
      "declare const FALLBACK: number;",
      ...SECOND.map(([line]) => line),
      ...OTHERS,
    ];
    writeFileSync(join(folder, "examples.ts"), lines.join("\n"));
    const found = secondDefaults(join(folder, "tsconfig.json"), () => true);
    expect(found.map(({ text, line }) => [text, line])).toEqual(SECOND.map(([, text], k) => [text, 5 + k]));
  });
});
