/** The notice about changed data belongs to the run that the question was about. The test decides when the answers arrive. */
import { describe, expect, test, vi } from "vitest";
import type * as vscode from "vscode";
import { fakeVscode } from "../../../test/fakeVscode.ts";
import { planOf } from "../../../test/fixtures.ts";
import { newRun } from "../../runs/runState.ts";
import type { OpenRun } from "../trainings/savedRun.ts";

const fake = fakeVscode();
vi.mock("vscode", () => fake.vscode);
const { RunQuestions } = await import("./runQuestions.ts");

const document = fake.vscode.Uri.parse("file:///a.nn") as unknown as vscode.Uri;
const plan = planOf("model M {\n  input a\n  dense 1\n}\ndata D {\n  features a\n  target y\n  1 -> 2\n}\ntrain M on D {\n  loss mse\n}");
const open = (id: string): OpenRun => ({
  run: newRun({ id, file: "file:///a.nn", fileName: "a.nn", run: "M", model: "M", begun: 0, seed: 42, lines: {} }),
  plan,
  precision: "float32",
});
const CHANGED = "iris.csv has changed since this run was trained";

/** Returns a panel's questions. Each answer waits until the test supplies its message about the data. */
function questions() {
  const waiting: ((otherData: string | null) => void)[] = [];
  const ask = () =>
    new Promise((resolve) => waiting.push((otherData) => resolve({ answer: { kind: "derivation", markdown: "" }, otherData })));
  const parts = {
    trainings: { checkpointOf: async () => new Uint8Array(1), stateBefore: () => undefined },
    inspections: { ask },
    store: {},
    runActions: {},
  } as unknown as ConstructorParameters<typeof RunQuestions>[0];
  const asked = new RunQuestions(parts, {
    post: () => undefined,
    onOtherData: async () => undefined,
    visible: () => undefined,
  });
  const answers = (id: string) => asked.answer(document, open(id), { kind: "result" });
  return { asked, waiting, answers };
}

describe("the notice about changed data", () => {
  test("is not that of a new run of the file", async () => {
    const { asked, waiting, answers } = questions();
    const first = answers("1");
    await vi.waitUntil(() => waiting.length === 1);
    waiting[0]?.(CHANGED);
    await first;
    expect(asked.otherDataOf("1")).toBe(CHANGED);
    expect(asked.otherDataOf("2")).toBeUndefined();
  });

  test.each([
    [CHANGED, null],
    [null, CHANGED],
  ])("stays as the shown run's answer says when the answer of the run before arrives late: %s after %s", async (late, shown) => {
    const { asked, waiting, answers } = questions();
    const first = answers("1");
    await vi.waitUntil(() => waiting.length === 1);
    asked.restart();
    const second = answers("2");
    await vi.waitUntil(() => waiting.length === 2);
    waiting[1]?.(shown);
    await second;
    waiting[0]?.(late);
    await first;
    expect(asked.otherDataOf("2")).toBe(shown ?? undefined);
  });
});
