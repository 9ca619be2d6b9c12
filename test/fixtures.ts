/** Fixtures: plans from text, markers in text, the conformance cases, the tests' seed. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "vitest";
import { kernelFiles } from "../client/node/kernelFiles.ts";
import type { Owner } from "../client/runs/owner.ts";
import type { TrainingEvent } from "../engine/events.ts";
import { safetensorsFrom } from "../engine/files/safetensors.ts";
import type { FileReader, TrainingHost } from "../engine/host.ts";
import type { KernelFiles } from "../engine/kernels/wasm.ts";
import type { TrainingPlan } from "../engine/plan.ts";
import { inProject } from "../scripts/project.ts";
import { type Analysis, analyse } from "../server/language/analysis.ts";
import type { DataFiles } from "../server/language/resolve/dataFacts.ts";

/** The seed of every random draw in the tests, so that a run can be repeated. `SEED=…` sets another. Tests that draw have it in their names. */
export const seed: number = Number(process.env["SEED"] ?? 20_261_124);

/** The folder of the build's output. */
export const dist: URL = pathToFileURL(inProject("dist", "/"));

/** Returns the compiled kernels. Throws if they are not built. */
export function builtKernels(): KernelFiles {
  const files = kernelFiles(dist);
  if (!files) throw new Error("The kernels are not built; run `npm run build` first.");
  return files;
}

export const noFiles: FileReader = { read: (path) => Promise.reject(new Error(`There is no ${path} in this test.`)) };
export const atOnce: TrainingHost = { now: () => performance.now(), rest: async () => "go" };

/** Returns the plan of the text's first training. Throws with the text's errors if there is none. */
export function planOf(text: string, files?: DataFiles): TrainingPlan {
  const { plans, issues } = analyse(text, files);
  const [planned] = plans;
  if (!planned) throw new Error(`No plan: ${issues.map(({ code, message }) => `${code} ${message}`).join("\n") || "no train block"}`);
  return planned.plan;
}

export const epochsOf = (events: readonly TrainingEvent[]): Extract<TrainingEvent, { kind: "epoch" }>[] =>
  events.filter((event) => event.kind === "epoch");

/** Compares the findings with the markers in the text and returns the analysis. `# ^^^^ NN203` expects NN203 at the columns above it. */
export function diagnose(marked: string, files?: DataFiles): Analysis {
  const lines = marked.split("\n");
  const wanted: string[] = [];
  const text: string[] = [];
  for (const line of lines) {
    const mark = /^\s*#\s*(\^+) ((?:NN\d+ ?)+)$/.exec(line);
    if (!mark?.[1] || !mark[2]) {
      text.push(line);
      continue;
    }
    const from = line.indexOf("^");
    for (const code of mark[2].trim().split(" ")) wanted.push(`${text.length}:${from + 1}-${from + mark[1].length} ${code}`);
  }
  const source = text.join("\n");
  const analysis = analyse(source, files);
  const found = analysis.issues.map(({ span, code }) => {
    const before = source.slice(0, span.start).split("\n");
    const column = (before.at(-1) ?? "").length + 1;
    return `${before.length}:${column}-${column + span.end - span.start - 1} ${code}`;
  });
  expect(found).toEqual(wanted);
  return analysis;
}

/**
 * Returns the conformance cases as pairs of name and text. `=== name` starts each case. `contract` and `contract-2` have the cases of the
 * language's definition, `cases` the project's own.
 */
export const conformanceCases = (file: "contract" | "contract-2" | "cases"): [string, string][] =>
  readFileSync(inProject("test", "conformance", `${file}.txt`), "utf8")
    .split(/^=== /m)
    .slice(1)
    .map((part) => [part.slice(0, part.indexOf("\n")).trim(), part.slice(part.indexOf("\n") + 1)]);

export interface PlaceCase {
  readonly name: string;
  /** The file, with `¦` for the cursor. */
  readonly text: string;
  readonly expected: readonly { readonly kind: string; readonly items: readonly string[] }[];
}

/**
 * Returns the cases of test/conformance/places.txt. A case starts with `=== name`. Its lines that start with `! ` are the expectations, the
 * others the file. A line of only `MODEL`, `DATA` or `FILE` stands for the part of that name, defined at the beginning of the file.
 */
export function placeCases(): PlaceCase[] {
  const [head = "", ...parts] = readFileSync(inProject("test", "conformance", "places.txt"), "utf8").split(/^=== /m);
  const shared = new Map(
    head
      .split(/^--- /m)
      .slice(1)
      .map((part) => [part.slice(0, part.indexOf("\n")).trim(), part.slice(part.indexOf("\n") + 1).trimEnd()]),
  );
  return parts.map((part) => {
    const [name = "", ...lines] = part.trimEnd().split("\n");
    const text = lines.filter((line) => !line.startsWith("! ")).map((line) => shared.get(line) ?? line);
    const expected = lines
      .filter((line) => line.startsWith("! "))
      .map((line) => {
        const [kind = "", ...items] = line.slice(2).trim().split(" ");
        return { kind, items };
      });
    return { name: name.trim(), text: text.join("\n"), expected };
  });
}

/** Returns the `.nn` files of a folder as pairs of file name and text. */
export const nnFilesIn = (folder: string): [string, string][] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".nn"))
    .map((name) => [name, readFileSync(join(folder, name), "utf8")]);

/** Returns the text without its `¦`, and the offset of `¦`. */
export function cursorIn(marked: string): { text: string; offset: number } {
  const offset = marked.indexOf("¦");
  if (offset < 0) throw new Error("The fixture has no ¦ for the cursor.");
  return { text: marked.replace("¦", ""), offset };
}

/** Returns the bytes of a small safetensors file. */
export const checkpointLike = (): Uint8Array =>
  safetensorsFrom([{ name: "dense_1/bias", shape: [1], values: Float32Array.of(1) }], { version: "1" });

/** Changes the process that a saved run names as its trainer. */
export function ownedBy(runFile: string, owner: Owner): void {
  writeFileSync(runFile, JSON.stringify({ ...JSON.parse(readFileSync(runFile, "utf8")), owner }));
}
