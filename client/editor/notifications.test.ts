/** Notifications show hostile names literally. */
import { expect, test, vi } from "vitest";
import { HOSTILE, unsafeLines } from "../../test/hostile.ts";

const shown: string[] = [];
const show = async (text: string, ...actions: unknown[]): Promise<unknown> => {
  shown.push(text);
  return actions.at(-1);
};
vi.mock("vscode", () => ({ window: { showInformationMessage: show, showWarningMessage: show, showErrorMessage: show } }));
const { isConfirmed, showError, showInformation, showWarning } = await import("./notifications.ts");

test.each([
  ["an information", showInformation, "Delete"],
  ["a warning", showWarning, "Delete"],
  ["an error", showError, "Delete"],
  ["a question", isConfirmed, true],
] as const)("%s has no link and no control in its text, and returns the answer", async (_what, ask, answer) => {
  shown.length = 0;
  for (const name of HOSTILE) expect(await ask(`The run ${name} is gone.`, "Delete")).toBe(answer);
  expect(shown).toHaveLength(HOSTILE.length);
  expect(shown.flatMap(unsafeLines)).toEqual([]);
  expect(shown.filter((text) => /\]\(/.test(text))).toEqual([]);
});
