/** Gradients and loss curves against an independent implementation (PyTorch's autograd in float64, Keras' optimizer formulas). */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import type { TrainingEvent } from "../../engine/events.ts";
import type { FileReader } from "../../engine/host.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { gradientsOf } from "../../engine/training/gradients.ts";
import { train } from "../../engine/training/trainer.ts";
import { analyse } from "../../server/language/analysis.ts";
import { sharedFolder } from "./shared.ts";

const folder = sharedFolder("reference");
const cases = folder
  ? readdirSync(folder)
      .filter((name) => name.endsWith(".nn"))
      .map((name) => name.slice(0, -3))
  : [];
const noFiles: FileReader = { read: () => Promise.reject(new Error("The reference cases have no files.")) };

function read(name: string): { plan: TrainingPlan; expected: unknown } {
  const at = join(folder ?? "", name);
  const { plans, issues } = analyse(readFileSync(`${at}.nn`, "utf8"));
  const [planned] = plans;
  if (!planned) throw new Error(`${pathToFileURL(at)}: ${issues.map(({ code, message }) => `${code} ${message}`).join("\n")}`);
  return { plan: planned.plan, expected: JSON.parse(readFileSync(`${at}.json`, "utf8")) };
}

/** |found − wanted| / max(1, |wanted|), the largest. Gradients of the cases are of the order of 1. */
function worst(found: unknown, wanted: unknown): number {
  if (typeof wanted === "number")
    return typeof found === "number" ? Math.abs(found - wanted) / Math.max(1, Math.abs(wanted)) : Number.POSITIVE_INFINITY;
  if (!Array.isArray(wanted) || !Array.isArray(found) || found.length !== wanted.length) return Number.POSITIVE_INFINITY;
  return wanted.reduce((largest: number, value, i) => Math.max(largest, worst(found[i], value)), 0);
}

describe.skipIf(!folder)("reference cases", () => {
  test("there are as many as there were", () => {
    expect(cases.length).toBeGreaterThan(40);
  });

  test.each(cases.filter((name) => name.startsWith("gradients")))("%s: loss, outputs and gradients within 1e-9", async (name) => {
    const { plan, expected } = read(name);
    const { loss, layers } = expected as { loss: number; layers: Record<string, Record<string, unknown>> };
    const found = await gradientsOf(plan, noFiles);
    expect(worst(found.loss, loss)).toBeLessThan(1e-9);
    for (const [id, wanted] of Object.entries(layers)) {
      const own = found.layers.find((layer) => layer.id === id);
      for (const [what, values] of Object.entries(wanted))
        expect(worst(own?.[what as keyof typeof own], values), `${id} ${what}`).toBeLessThan(1e-9);
    }
  });

  test.each(cases.filter((name) => name.startsWith("optimizer")))("%s: every epoch's loss within 1e-8", async (name) => {
    const { plan, expected } = read(name);
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
