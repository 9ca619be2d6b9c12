/** The printed step is the requested one. If there is none, a message tells the user why. */
import { expect, test, vi } from "vitest";
import type * as vscode from "vscode";
import { openInspector } from "../../../engine/inspect/inspector.ts";
import { fakeVscode } from "../../../test/fakeVscode.ts";
import { noFiles, planOf } from "../../../test/fixtures.ts";
import { newRun } from "../../runs/runState.ts";
import type { PrintParts } from "./printedStep.ts";

const fake = fakeVscode();
const errors: string[] = [];
vi.mock("vscode", () => ({
  ...fake.vscode,
  window: { ...fake.vscode.window, showErrorMessage: async (text: string) => void errors.push(text) },
}));
const { printStep } = await import("./printedStep.ts");

const plan = planOf(
  "model M {\n  input a\n  dense 1\n}\ndata D {\n  features a\n  target y\n  1 -> 2\n  3 -> 4\n}\ntrain M on D {\n  loss mse\n}",
);
const document = fake.vscode.Uri.file("/m.nn") as unknown as vscode.Uri;
const run = newRun({ id: "1", file: String(document), fileName: "m.nn", run: "M", model: "M", begun: 0, seed: 42, lines: {} });
const shown = { run, plan, precision: "float64" } as const;

function partsWith(checkpoint: Uint8Array | undefined): { parts: PrintParts; pages: string[] } {
  const pages: string[] = [];
  const parts = {
    trainings: { checkpointOf: async () => checkpoint, stateBefore: () => undefined },
    store: { pathOf: (id: string) => `/runs/${id}` },
    inspections: {
      ask: async (_run: unknown, question: Parameters<Awaited<ReturnType<typeof openInspector>>["walk"]>[0]) => ({
        answer: { kind: "walk", walk: await (await openInspector(plan, noFiles, { precision: "float64" })).walk(question) },
        otherData: null,
      }),
    },
    runActions: { exportPage: async (_id: string, _name: string, page: string) => void pages.push(page) },
  };
  return { parts: parts as unknown as PrintParts, pages };
}

test("the page has the row and the weights of the question", async () => {
  const { parts, pages } = partsWith(new Uint8Array());
  await printStep(parts, document, shown, { kind: "walk", weights: "start", rows: "row", row: 2 });
  expect(pages).toEqual([expect.stringContaining("m.nn, model M. Row 2 alone, computed in float64 with the start weights.")]);
});

test("a step that can't be computed has a message and no page", async () => {
  const { parts, pages } = partsWith(undefined);
  const question = { kind: "walk", weights: "current", rows: "batch", row: 0 } as const;
  await printStep(parts, document, undefined, question);
  await printStep(parts, document, shown, question);
  await printStep(partsWith(new Uint8Array()).parts, document, shown, { ...question, rows: "row", row: 3 });
  expect([pages, errors]).toEqual([
    [],
    [
      "No training is shown, so there is no step to print.",
      "There are no weights yet: the data are still being read.",
      "The data have the rows 1 to 2; there is no row 3.",
    ],
  ]);
});
