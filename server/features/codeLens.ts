/**
 * Code lenses over a block: train it, check its gradients, test its expectations, and show a model in a file without a training. A client
 * without these commands gets the server's own commands; without either there is no lens.
 */
import type { CodeLens } from "vscode-languageserver";
import type { Analysis } from "../language/analysis.ts";
import type { Ranges } from "./ranges.ts";

/** The names of the server's commands. */
export interface ServerCommands {
  readonly train: string;
  readonly test: string;
}

/** Returns the lenses for a client without its own commands. */
export function serverLens({ trains, expects }: Analysis, uri: string, ranges: Ranges, commands: ServerCommands): CodeLens[] {
  const ofTrains = trains.map(({ node, model }): CodeLens => {
    const run = node.label?.text ?? model?.name ?? "";
    return { range: ranges.of(node.head), command: { title: "Train Model", command: commands.train, arguments: [uri, run] } };
  });
  const ofExpects = expects.map(
    ({ node }): CodeLens => ({ range: ranges.of(node.keyword), command: { title: "Test", command: commands.test, arguments: [uri] } }),
  );
  return [...ofTrains, ...ofExpects];
}

export function codeLens({ trains, expects, models }: Analysis, uri: string, ranges: Ranges): CodeLens[] {
  const ofTrains = trains.flatMap(({ node, model, optimizer }, index): CodeLens[] => {
    const range = ranges.of(node.head);
    const run = node.label?.text ?? model?.name ?? "";
    const check = { range, command: { title: "Check Gradients", command: "backprop.gradcheck", arguments: [uri, run] } };
    return [
      { range, command: { title: "$(play) Train Model", command: "backprop.train", arguments: [uri, index, run] } },
      { range, command: { title: "$(debug-alt) Debug", command: "backprop.debug", arguments: [uri, run] } },
      // The perceptron rule uses no gradient.
      ...(optimizer.name === "perceptron" ? [] : [check]),
    ];
  });
  const ofExpects = expects.map(
    ({ node }, index): CodeLens => ({
      range: ranges.of(node.keyword),
      command: { title: "$(beaker) Test", command: "backprop.test", arguments: [uri, index] },
    }),
  );
  const ofModels = (trains.length > 0 ? [] : models).map(
    ({ node }): CodeLens => ({
      range: ranges.of(node.keyword),
      command: { title: "$(graph-line) Show Network", command: "backprop.showPanel", arguments: [uri] },
    }),
  );
  return [...ofModels, ...ofTrains, ...ofExpects];
}
