/**
 * Gradients, loss curves and metrics against independent implementations. make_reference.py made the numbered cases with PyTorch's autograd in
 * float64 and the formulas of Keras' optimizers. Keras 3.15 and scikit-learn made the `keras-` cases. A `gradients` case has the loss, each
 * layer's output and the loss's gradient for each of its parameters. An `optimizer` case has the training loss of each epoch, and may have the
 * weights after the last. A `validation` case has both losses and the metrics of each epoch, and the epoch whose weights early stopping
 * restores. A `metrics` case has the metrics of the start weights. make_more_reference.py made the `more-` cases, of both kinds, in the same way
 * and compared each formula with Keras 3.15. The losses of more-optimizer-03, 07, 11 and 15 are those of make_bias_reference.py: Keras rounds β to
 * float32 in βᵗ, which changes them by up to 6e-6.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { gradientsOf } from "../../engine/evaluate/gradients.ts";
import type { TrainingEvent } from "../../engine/events.ts";
import type { Parameter } from "../../engine/network/network.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { train } from "../../engine/training/trainer.ts";
import { inProject } from "../../scripts/project.ts";
import { epochsOf, nnFilesIn, noFiles, planOf } from "../fixtures.ts";

const folder = inProject("test/reference");
const cases = nnFilesIn(folder).map(([file, text]) => ({ name: file.slice(0, -".nn".length), text }));
/** The cases of one kind: `gradients-01`, `keras-gradients-K41`. */
const of = (kind: string): typeof cases => cases.filter(({ name }) => kindOf(name) === kind);

function kindOf(name: string): string | undefined {
  if (/^more-\d/.test(name)) return "gradients";
  return name.replace(/^(keras|more)-/, "").split("-")[0];
}

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

/** Trains the case in float64. Returns the events, and the parameters after the last epoch by `layer/name`. */
async function trained(plan: TrainingPlan): Promise<{ events: TrainingEvent[]; parameters: Map<string, Parameter> }> {
  const events: TrainingEvent[] = [];
  const result = await train(plan, {
    files: noFiles,
    precision: "float64",
    host: { now: () => 0, rest: async () => "go" },
    emit: (event) => events.push(event),
  });
  const parameters = result?.network.parameters ?? [];
  return { events, parameters: new Map(parameters.map((one) => [`${one.layer.id}/${one.planned.name}`, one])) };
}

/** Fails unless every epoch has its value, to a relative error of `tolerance`. */
function expectCurve(found: readonly (number | null | undefined)[], wanted: readonly number[], tolerance: number, what: string): void {
  expect(found.length, what).toBe(wanted.length);
  for (const [i, value] of wanted.entries())
    expect(Math.abs((found[i] ?? Number.NaN) - value) / Math.abs(value), `${what}, epoch ${i + 1}`).toBeLessThan(tolerance);
}

describe("reference cases", () => {
  test("no case is missing", () => {
    const counts = ["gradients", "optimizer", "validation", "metrics"].map((kind) => of(kind).length);
    expect(counts).toEqual([52, 29, 2, 1]);
  });

  test.each(of("gradients"))("$name: loss, outputs and gradients within 1e-9", async (one) => {
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

  test.each(of("optimizer"))("$name: every epoch's loss and the last weights within 1e-8", async (one) => {
    const { plan, expected } = read(one);
    const { losses, weights = {} } = expected as { losses: number[]; weights?: Record<string, unknown[]> };
    const { events, parameters } = await trained(plan);
    const epochs = epochsOf(events);
    expectCurve(
      epochs.map(({ loss }) => loss),
      losses,
      1e-8,
      "loss",
    );
    for (const [name, values] of Object.entries(weights))
      expect(worst(Array.from(parameters.get(name)?.values ?? []), values.flat()), name).toBeLessThan(1e-8);
  });

  test.each(of("validation"))("$name: both losses and every metric of every epoch within 1e-8", async (one) => {
    const { plan, expected } = read(one);
    const wanted = expected as { losses: number[]; val_losses: number[]; metrics: Record<string, number[]>; restored: number | null };
    const { events } = await trained(plan);
    const epochs = epochsOf(events);
    expectCurve(
      epochs.map(({ loss }) => loss),
      wanted.losses,
      1e-8,
      "loss",
    );
    expectCurve(
      epochs.map(({ valLoss }) => valLoss),
      wanted.val_losses,
      1e-8,
      "val_loss",
    );
    for (const [name, values] of Object.entries(wanted.metrics))
      expectCurve(
        epochs.map(({ metrics }) => metrics[name]),
        values,
        1e-8,
        name,
      );
    expect(events.find((event) => event.kind === "finished")?.restoredEpoch).toBe(wanted.restored);
  });

  test.each(of("metrics"))("$name: every metric of the start weights within 1e-9, r2 within 1e-4", async (one) => {
    const { plan, expected } = read(one);
    const { metrics } = expected as { metrics: Record<string, number> };
    const [epoch] = epochsOf((await trained(plan)).events);
    // Keras computes r2 in float32, as Σt² − (Σt)²/n. In float64 the case's is −1715.85062.
    for (const [name, wanted] of Object.entries(metrics))
      expect(worst(epoch?.metrics[name], wanted), name).toBeLessThan(name === "r2" ? 1e-4 : 1e-9);
  });
});
