/** The panel of a file without a training while its text changes. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import type * as vscode from "vscode";
import { inProject } from "../../../scripts/project.ts";
import { untrained } from "../../../server/features/trainings.ts";
import { analyse } from "../../../server/language/analysis.ts";
import { type FakeView, fakeVscode, noKnobs, placesIn, trainedText } from "../../../test/fakeVscode.ts";
import type { ToPanel } from "../../messages/panelMessages.ts";

const fake = fakeVscode();
vi.mock("vscode", () => fake.vscode);
const { Inspections } = await import("../../node/inspections.ts");
const { RunActions } = await import("../runs/runActions.ts");
const { RunStore } = await import("../runs/runStore.ts");
const { Trainings } = await import("../trainings/trainings.ts");
const { Panels } = await import("./panels.ts");
const { toPanel } = await import("../../messages/panelMessages.ts");

const folder = mkdtempSync(join(tmpdir(), "backprop-untrained-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const uri = (name: string): vscode.Uri => fake.vscode.Uri.file(join(folder, name)) as unknown as vscode.Uri;

const gate = (threshold: number): string => `model Gate {
  input a, b
  neuron a, b threshold=${threshold}
}
`;

test("the panel of a file with nothing to train follows its text", async () => {
  const document = uri("gate.nn");
  let text = gate(2);
  writeFileSync(document.fsPath, text);
  const log = { error: (line: string) => expect.unreachable(line) } as unknown as vscode.LogOutputChannel;
  const store = new RunStore(placesIn(uri("runs"), 10));
  const trainings = new Trainings(inProject("dist", "trainer.js"), store, log);
  const inspections = new Inspections(inProject("dist", "inspector.js"));
  const panels = new Panels(uri("."), {
    trainings,
    store,
    inspections,
    untrainedOf: async () => untrained(analyse(text), () => 0),
    runActions: new RunActions(trainings, store),
    pace: { now: () => "full" as const, set: () => undefined },
    documentLines: trainedText,
    choicesOf: async () => [],
    train: () => undefined,
    ...noKnobs,
    reveal: () => undefined,
  });
  panels.show(document);
  const view = fake.views.at(-1) as FakeView;
  const heard: ToPanel[] = [];
  let wake: () => void = () => undefined;
  view.onMessage = (raw) => {
    const message = toPanel(raw);
    if (!message) throw new Error(`The panel rejects ${JSON.stringify(raw)}`);
    heard.push(message);
    wake();
  };
  /** Returns the models in the next message about them. */
  const nextModels = async () => {
    for (;;) {
      const at = heard.findIndex(({ kind }) => kind === "untrained");
      const [message] = at < 0 ? [] : heard.splice(0, at + 1).slice(-1);
      if (message?.kind === "untrained") return message.models;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  const outputsIn = (models: Awaited<ReturnType<typeof nextModels>>) =>
    models.map(({ view }) => view?.rows.map(({ outputs }) => outputs[0]));
  const edit = (to: string): void => {
    text = to;
    fake.edited.fire({ document: { uri: document }, contentChanges: [{}] });
  };
  view.say({ kind: "ready", file: "", compared: [] });
  expect(outputsIn(await nextModels())).toEqual([[0, 0, 0, 1]]);
  edit(gate(1));
  expect(outputsIn(await nextModels())).toEqual([[0, 1, 1, 1]]);
  edit(gate(1).replace("threshold=1", "threshold=oops"));
  expect(await nextModels()).toEqual([{ name: "Gate", view: null, problem: expect.stringContaining("has an error") }]);
  edit("");
  expect(await nextModels()).toEqual([]);
  edit(gate(2));
  expect(outputsIn(await nextModels())).toEqual([[0, 0, 0, 1]]);
  await trainings.close();
  for (const part of [panels, inspections, trainings, store]) part.dispose();
});
