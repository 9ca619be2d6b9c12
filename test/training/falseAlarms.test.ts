/** Healthy trainings have no finding: the correct conformance cases and the samples, with several seeds each. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { TrainingEvent } from "../../engine/events.ts";
import type { FileReader } from "../../engine/host.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { train } from "../../engine/training/trainer.ts";
import { inProject } from "../../scripts/project.ts";
import { caseFiles, checked } from "../conformance/caseFiles.ts";
import { atOnce, builtKernels, conformanceCases, nnFilesIn } from "../fixtures.ts";

const SEEDS = [1, 2, 3];
const kernels = builtKernels();

/** Returns the codes of the findings, joined for each seed. */
async function findingsOf(plan: TrainingPlan, files: FileReader): Promise<string[]> {
  const all: string[] = [];
  for (const seed of SEEDS) {
    const events: TrainingEvent[] = [];
    await train({ ...plan, training: { ...plan.training, seed } }, { host: atOnce, files, kernels, emit: (event) => events.push(event) });
    all.push(events.flatMap((event) => (event.kind === "warning" || event.kind === "diverged" ? [event.code] : [])).join(" "));
  }
  return all;
}

const cases = (["contract", "contract-2", "cases"] as const).flatMap((file) => conformanceCases(file));

/** Cases with a correct finding: two or three of their four relu units are dead with some seeds. */
const DEAD_UNITS: readonly string[] = ["one-hot-is-fine", "words-of-keras"];

/** This case's validation and test parts are the file that it trains on, which NN611 reports. */
const SAME_FILE = "sources-of-their-own";

// Most cases leave out `epochs`, so they train for ten epochs, and NN609 is right where they end too early.
test("the conformance cases without advice train without a finding, but for NN609 with few epochs", async () => {
  const found: string[] = [];
  let trained = 0;
  for (const [name, marked] of cases) {
    if (/#! NN\d+/.test(marked)) continue;
    for (const planned of (await checked(marked)).plans) {
      if (!planned) continue;
      const isShort = planned.plan.training.epochs <= 20;
      const codes = await findingsOf(planned.plan, caseFiles);
      trained += codes.length;
      const own = name === SAME_FILE ? codes.map((all) => all.replace(/^NN611 ?/, "")) : codes;
      for (const code of own) if (code !== "" && !(isShort && code === "NN609")) found.push(`${name} ${code}`);
    }
  }
  expect(new Set(found)).toEqual(new Set(DEAD_UNITS.map((name) => `${name} NN602`)));
  expect(trained).toBeGreaterThan(100);
});

// digits.nn takes long; test/samples trains it with its own seed.
const samples = nnFilesIn(inProject("samples")).filter(([name]) => name !== "digits.nn");
const FOUND: Readonly<Record<string, RegExp>> = { sigmoid: /^NN603$/, small: /^NN60[69]$/, large: /^(NN605 )?NN601$/ };

test.each(samples)("%s has only the findings that it should show", async (_name, text) => {
  const files: FileReader = { read: async (path) => new Uint8Array(readFileSync(join(inProject("samples"), path))) };
  for (const planned of (await checked(text)).plans) {
    if (!planned) throw new Error("The sample has no plan.");
    const { plan } = planned;
    for (const codes of await findingsOf(plan, files)) expect(codes, plan.training.run).toMatch(FOUND[plan.training.run] ?? /^$/);
  }
});
