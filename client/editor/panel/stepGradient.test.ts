/** The derivation is for the step and weight shown in One Step. If there is none, a message tells the user why. */
import { beforeEach, expect, test, vi } from "vitest";
import type * as vscode from "vscode";
import { openInspector } from "../../../engine/inspect/inspector.ts";
import { readDerivation } from "../../../test/derived.ts";
import { fakeVscode } from "../../../test/fakeVscode.ts";
import { noFiles, planOf } from "../../../test/fixtures.ts";
import type { HostQuestion } from "../../messages/questions.ts";
import { newRun } from "../../runs/runState.ts";
import type { AskedParts } from "./askedRun.ts";

const fake = fakeVscode();
const errors: string[] = [];
const opened: string[] = [];
const suggested: unknown[] = [];
vi.mock("vscode", () => ({
  ...fake.vscode,
  extensions: { getExtension: () => undefined },
  workspace: { ...fake.vscode.workspace, isTrusted: true, openTextDocument: async ({ content }: { content: string }) => content },
  window: {
    ...fake.vscode.window,
    showTextDocument: async (content: string) => void opened.push(content),
    showErrorMessage: async (text: string) => void errors.push(text),
    showInputBox: async ({ value }: { value: string }) => {
      suggested.push(value);
      return value === "a.kernel[0, 0]" ? "a.kernel[0, 1]" : undefined;
    },
  },
}));
const { writeStepGradient } = await import("./stepGradient.ts");
beforeEach(() => [errors, opened, suggested].forEach((list) => void list.splice(0)));

const plan = planOf(
  "model M {\n  input x\n  a: dense 2 tanh\n  dense 1\n}\ndata D {\n  features x\n  target y\n  1 -> 2\n  3 -> 4\n}\ntrain M on D {\n  loss mse\n}",
);
const document = fake.vscode.Uri.file("/m.nn") as unknown as vscode.Uri;
const run = newRun({ id: "1", file: String(document), fileName: "m.nn", run: "M", model: "M", begun: 0, seed: 42, lines: {} });
const shown = { run, plan, precision: "float64" } as const;
const parts = {
  trainings: { checkpointOf: async () => new Uint8Array(), stateBefore: () => undefined },
  inspections: {
    async ask(_run: unknown, question: Extract<HostQuestion, { kind: "derivation" }>) {
      const inspector = await openInspector(plan, noFiles, { precision: "float64" });
      return { answer: { kind: "derivation", markdown: await inspector.derivation(question.of, question) }, otherData: null };
    },
  },
} as unknown as AskedParts;
const step = { kind: "walk", weights: "start", rows: "row", row: 2 } as const;

test("of the number under the pointer it is written without a question", async () => {
  await writeStepGradient(parts, document, shown, step, { layer: "a", input: 0, unit: 1 });
  const [text = ""] = opened;
  expect([errors, suggested]).toEqual([[], []]);
  expect(text).toContain("# The gradient of a.kernel\\[0, 1\\]");
  expect([...readDerivation(text).shareOf.keys()]).toEqual([2]);
});

test("of the menu the weight is asked for: that of the drawn path, or the first one", async () => {
  await writeStepGradient(parts, document, shown, step, null);
  await writeStepGradient(parts, document, shown, { ...step, weight: { layer: "dense_1", input: 1, unit: 0 } }, null);
  expect([suggested, opened.length]).toEqual([["a.kernel[0, 0]", "dense_1.kernel[1, 0]"], 1]);
});

test("a gradient that can't be written has a message and no document", async () => {
  await writeStepGradient(parts, document, undefined, step, null);
  await writeStepGradient(parts, document, shown, { ...step, row: 3 }, { layer: "a", input: 0, unit: 1 });
  expect([opened, errors]).toEqual([
    [],
    ["No training is shown, so there is no step to derive.", "The data have the rows 1 to 2; there is no row 3."],
  ]);
});
