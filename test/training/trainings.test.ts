/** Trainings that go wrong in one known way: the first finding names the cause, none contradicts it, and its repair works. Healthy trainings have none. */
import { expect, test } from "vitest";
import type { TrainingEvent } from "../../engine/events.ts";
import { causesFirst } from "../../engine/training/findingOrder.ts";
import { train } from "../../engine/training/trainer.ts";
import { analyse } from "../../server/language/analysis.ts";
import { atOnce, builtKernels, epochsOf, noFiles } from "../fixtures.ts";
import { HEALTHY_TRAININGS, WRONG_TRAININGS } from "./wrongTrainings.ts";

interface Found {
  readonly code: string | null;
  readonly message: string;
  /** The text of its line. */
  readonly line: string;
}

/** Returns the findings of the checker, then the training's, the most likely cause first, and the last loss, on the validation part if there is one. */
async function trained(text: string): Promise<{ found: Found[]; loss: number }> {
  const { issues, plans } = analyse(text);
  const lineAt = (offset: number): string => (text.slice(text.lastIndexOf("\n", offset - 1) + 1).split("\n")[0] ?? "").trim();
  const found: Found[] = issues.map(({ code, message, span }) => ({ code, message, line: lineAt(span.start) }));
  const [planned] = plans;
  if (!planned) return { found, loss: Number.POSITIVE_INFINITY };
  const events: TrainingEvent[] = [];
  await train(planned.plan, { host: atOnce, files: noFiles, kernels: builtKernels(), emit: (event) => events.push(event) });
  const findings = events.filter((event) => event.kind === "warning" || event.kind === "diverged" || event.kind === "failed");
  for (const { code, message, at } of causesFirst(findings))
    found.push({ code, message, line: lineAt((planned.sources[at] ?? planned.sources["train"])?.start ?? 0) });
  const last = epochsOf(events).at(-1);
  return { found, loss: last?.valLoss ?? last?.loss ?? Number.POSITIVE_INFINITY };
}

test.each(WRONG_TRAININGS)("$name: $code is the first finding, and its repair works", async ({ text, code, line, says, never, repair }) => {
  const { found, loss } = await trained(text);
  const [first] = found;
  expect(first?.code, JSON.stringify(found)).toBe(code);
  expect(first?.line).toMatch(line);
  expect(first?.message).toMatch(says);
  for (const { message } of found) if (never) expect(message).not.toMatch(never);
  let repaired = text;
  for (const [from, to] of repair) {
    expect(repaired).toContain(from);
    repaired = repaired.replaceAll(from, to);
  }
  if (repaired === text) return;
  const after = await trained(repaired);
  expect(after.found.map((one) => one.code)).not.toContain(code);
  expect(after.loss).toBeLessThan(loss);
});

test.each(HEALTHY_TRAININGS)("$name has no finding", async ({ text }) => {
  expect((await trained(text)).found).toEqual([]);
});
