/** Commands that are refused for a run in progress, and messages about runs. */
import { beforeEach, expect, test, vi } from "vitest";
import { fakeVscode } from "../../../test/fakeVscode.ts";
import { newRun } from "../../runs/runState.ts";
import { summaryOf } from "../../runs/storedRun.ts";
import type { CommandParts } from "../commandParts.ts";

const fake = fakeVscode();
const shown: string[] = [];
vi.mock("vscode", () => ({
  ...fake.vscode,
  window: {
    ...fake.vscode.window,
    showInputBox: async () => "mine",
    showInformationMessage: async (text: string) => void shown.push(text),
  },
}));
const { RUN_COMMANDS } = await import("./runCommands.ts");
const { discardedText, unsavedText } = await import("./runMessages.ts");
beforeEach(() => void shown.splice(0));

const run = newRun({ id: "1", file: "file:///a.nn", fileName: "a.nn", run: "M", model: "M", begun: 0, seed: 42, lines: {} });

/** Returns the parts of a window, and the names that the run receives. `isElsewhere`: another window trains the run. */
function partsOf(isElsewhere: boolean) {
  const names: string[] = [];
  const parts = {
    store: { isElsewhere: () => isElsewhere, rename: async (_id: string, name: string) => void names.push(name) },
    trainings: { runs: async () => [{ id: "1", name: "M", fileName: "a.nn" }], open: async () => ({ run }), rename: () => undefined },
  } as unknown as CommandParts;
  return { parts, names };
}

test("a run that another window trains is renamed there, since that window saves it with its own name", async () => {
  const [elsewhere, here] = [partsOf(true), partsOf(false)];
  await RUN_COMMANDS["backprop.runs.rename"]?.(elsewhere.parts, "1");
  expect(elsewhere.names).toEqual([]);
  expect(shown).toEqual(["Another window is training M of a.nn. Rename it there."]);
  await RUN_COMMANDS["backprop.runs.rename"]?.(here.parts, "1");
  expect(here.names).toEqual(["mine"]);
});

test("a run in progress is not deleted, and the message names its file", async () => {
  await RUN_COMMANDS["backprop.runs.delete"]?.(partsOf(false).parts, "1");
  expect(shown).toEqual(["M of a.nn is still training. Stop it, then delete it."]);
});

test("messages about a run that was deleted or can't be saved name its file", () => {
  expect(unsavedText(run, "the disk is full")).toContain("The run M of a.nn can't be saved: the disk is full.");
  expect(discardedText({ run: summaryOf(run), limit: "keep", keep: 3 })).toContain("Deleted the oldest run, M of a.nn, ");
});
