/** Writes a file where the user chooses. */
import * as vscode from "vscode";
import { plainText } from "../../engine/safeText.ts";
import { unwritable } from "../runs/fileProblems.ts";
import { showError } from "./notifications.ts";

const FILTERS = { csv: "CSV", json: "JSON", safetensors: "Safetensors", png: "PNG", svg: "SVG", html: "HTML" } as const;
export type SavedFormat = keyof typeof FILTERS;

/** Asks for a location, by default in the folder of `neighbour`, and writes the file. `stem` is the suggested name. Returns the written file. */
export async function saveFile(
  neighbour: vscode.Uri,
  stem: string,
  format: SavedFormat,
  bytes: Uint8Array,
): Promise<vscode.Uri | undefined> {
  const beside = vscode.Uri.joinPath(neighbour, "..", `${stem.replaceAll(/[^\w.-]+/g, "-")}.${format}`);
  const target = await vscode.window.showSaveDialog({ defaultUri: beside, filters: { [FILTERS[format]]: [format] } });
  if (!target) return undefined;
  const name = target.path.split("/").at(-1) ?? "";
  try {
    await vscode.workspace.fs.writeFile(target, bytes);
    void vscode.window.setStatusBarMessage(`Saved ${plainText(name)}`, 4000);
    return target;
  } catch (error) {
    void showError(`${unwritable(name, error)}.`);
    return undefined;
  }
}
