/** Code lenses over a block: train it, check its gradients, test its expectations. */
import type { CodeLens } from "vscode-languageserver";
import type { Analysis } from "../language/analysis.ts";
import type { Ranges } from "./ranges.ts";

export function codeLens({ trains, expects }: Analysis, uri: string, ranges: Ranges): CodeLens[] {
  const ofTrains = trains.flatMap(({ node, model }, index): CodeLens[] => {
    const range = ranges.of(node.head);
    const run = node.label?.text ?? model?.name ?? "";
    return [
      { range, command: { title: "$(play) Train Model", command: "backprop.train", arguments: [uri, index, run] } },
      { range, command: { title: "Check Gradients", command: "backprop.gradcheck", arguments: [uri, run] } },
    ];
  });
  const ofExpects = expects.map(
    ({ node }): CodeLens => ({
      range: ranges.of(node.keyword),
      command: { title: "$(beaker) Test", command: "backprop.test", arguments: [uri] },
    }),
  );
  return [...ofTrains, ...ofExpects];
}
