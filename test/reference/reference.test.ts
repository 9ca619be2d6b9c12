/**
 * Gradients and loss curves against an independent implementation: PyTorch's autograd in float64, Keras's optimizer formulas. The cases beside
 * this file were made by make_reference.py. `gradients-NN.json` has the loss, each layer's output and the loss's gradient for each kernel and
 * bias; `optimizer-NN.json` has the training loss of each full-batch epoch, before its update.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { gradientsOf } from "../../engine/evaluate/gradients.ts";
import type { TrainingEvent } from "../../engine/events.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { train } from "../../engine/training/trainer.ts";
import { inProject } from "../../scripts/project.ts";
import { nnFilesIn, noFiles, planOf } from "../fixtures.ts";

const folder = inProject("test/reference");
const cases = nnFilesIn(folder).map(([file, text]) => ({ name: file.slice(0, -".nn".length), text }));
const named = (prefix: string): typeof cases => cases.filter(({ name }) => name.startsWith(prefix));

function read({ name, text }: (typeof cases)[number]): { plan: TrainingPlan; expected: unknown } {
  return { plan: planOf(text), expected: JSON.parse(readFileSync(`${folder}/${name}.json`, "utf8")) };
}

/** |found − wanted| / max(1, |wanted|), the largest. Gradients of the cases are of the order of 1. */
function worst(found: unknown, wanted: unknown): number {
  if (typeof wanted === "number")
    return typeof found === "number" ? Math.abs(found - wanted) / Math.max(1, Math.abs(wanted)) : Number.POSITIVE_INFINITY;
  if (!Array.isArray(wanted) || !Array.isArray(found) || found.length !== wanted.length) return Number.POSITIVE_INFINITY;
  return wanted.reduce((largest: number, value, i) => Math.max(largest, worst(found[i], value)), 0);
}

describe("reference cases", () => {
  test("no case is missing", () => {
    expect([named("gradients").length, named("optimizer").length]).toEqual([32, 12]);
  });

  test.each(named("gradients"))("$name: loss, outputs and gradients within 1e-9", async (one) => {
    const { plan, expected } = read(one);
    const { loss, layers } = expected as { loss: number; layers: Record<string, Record<string, unknown>> };
    const found = await gradientsOf(plan, noFiles);
    expect(worst(found.loss, loss)).toBeLessThan(1e-9);
    for (const [id, wanted] of Object.entries(layers)) {
      const own = found.layers.find((layer) => layer.id === id);
      for (const [what, values] of Object.entries(wanted))
        expect(worst(own?.[what as keyof typeof own], values), `${id} ${what}`).toBeLessThan(1e-9);
    }
  });

  test.each(named("optimizer"))("$name: every epoch's loss within 1e-8", async (one) => {
    const { plan, expected } = read(one);
    const events: TrainingEvent[] = [];
    await train(plan, {
      files: noFiles,
      precision: "float64",
      host: { now: () => 0, rest: async () => "go" },
      emit: (event) => events.push(event),
    });
    const losses = events.flatMap((event) => (event.kind === "epoch" ? [event.loss] : []));
    const wanted = (expected as { losses: number[] }).losses;
    expect(losses.length).toBe(wanted.length);
    for (const [i, loss] of wanted.entries())
      expect(Math.abs((losses[i] ?? Number.NaN) - loss) / Math.abs(loss), `epoch ${i + 1}`).toBeLessThan(1e-8);
  });
});
