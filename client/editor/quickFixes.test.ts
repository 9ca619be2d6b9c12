/** The menu of quick fixes opens after the editor's light bulb is up to date, whose request would cancel the menu. */
import { afterEach, expect, test, vi } from "vitest";
import { fakeVscode } from "../../test/fakeVscode.ts";

/** The editor requests the actions for its light bulb this long after a move of the cursor. */
const EDITORS_DELAY_MS = 250;

const fake = fakeVscode();
const happened: string[] = [];
const range = { start: "start" };
vi.mock("vscode", () => ({
  ...fake.vscode,
  Selection: class {},
  TextEditorRevealType: { InCenterIfOutsideViewport: 0 },
  languages: { getDiagnostics: () => [{ code: { value: "NN501" }, range }] },
  window: {
    visibleTextEditors: [],
    showTextDocument: async () => ({
      set selection(_: unknown) {
        happened.push("the cursor moves");
      },
      revealRange: () => undefined,
    }),
  },
  commands: { executeCommand: async (command: string) => void happened.push(command) },
}));
const { showFix } = await import("./quickFixes.ts");

afterEach(() => vi.useRealTimers());

test("the menu does not open before the editor has requested the actions for its light bulb", async () => {
  vi.useFakeTimers();
  const shown = showFix(fake.vscode.Uri.file("/xor-limit.nn") as never, "NN501");
  await vi.advanceTimersByTimeAsync(EDITORS_DELAY_MS);
  expect(happened).toEqual(["the cursor moves"]);
  await vi.runAllTimersAsync();
  await shown;
  expect(happened).toEqual(["the cursor moves", "editor.action.quickFix"]);
});
