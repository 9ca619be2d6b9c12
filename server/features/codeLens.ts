/** "Train Model" over each training. */
import type { CodeLens } from "vscode-languageserver";
import type { Analysis } from "../language/analysis.ts";
import type { Ranges } from "./ranges.ts";

export function codeLens({ tree }: Analysis, uri: string, ranges: Ranges): CodeLens[] {
  return tree.blocks
    .filter((block) => block.kind === "train")
    .map((block, index) => ({
      range: ranges.of(block.head),
      command: { title: "$(play) Train Model", command: "backprop.train", arguments: [uri, index] },
    }));
}
