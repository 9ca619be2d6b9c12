/** Loads a batch into the network: features into the input layers, and targets and row weights next to the outputs. */
import type { Examples } from "../data/examples.ts";
import { DataProblem } from "../data/problem.ts";
import { isInput } from "../layerTraits.ts";
import type { Network } from "../network/network.ts";
import type { OutputLoss } from "../network/outputLosses.ts";

/** Copies the rows order[from .. from + count) into the network as its batch. */
export type BatchLoader = (order: Uint32Array, from: number, count: number) => void;

export function batchLoader(
  network: Network,
  outputs: readonly OutputLoss[],
  examples: Pick<Examples, "features" | "featureCount" | "fit" | "targets">,
): BatchLoader {
  const features = new Map(examples.fit.features.map((feature) => [feature.name, feature]));
  const inputs = network.steps.flatMap(({ layer, output }) => {
    if (!isInput(layer)) return [];
    return [{ to: output.values, width: output.width, pieces: piecesOf(layer.columns, features, output.width) }];
  });
  const { gather } = network.kernels;
  return (order, from, count) => {
    network.batch.rows = count;
    for (const { to, width, pieces } of inputs) {
      let at = 0;
      for (const piece of pieces) {
        gather(examples.features, examples.featureCount, piece.from, piece.width, order, from, count, to, at, width);
        at += piece.width;
      }
    }
    for (let k = 0; k < outputs.length; k++) {
      const { targets, targetWidth, rowWeights } = outputs[k];
      const { values, weights } = examples.targets[k];
      gather(values, targetWidth, 0, targetWidth, order, from, count, targets, 0, targetWidth);
      if (rowWeights && weights) gather(weights, 1, 0, 1, order, from, count, rowWeights, 0, 1);
    }
  };
}

interface Piece {
  readonly from: number;
  readonly width: number;
}

/** Returns the ranges of features that an input reads. Adjacent columns are merged, so that a typical input is a single range. */
function piecesOf(columns: readonly string[] | null, features: ReadonlyMap<string | null, Piece>, width: number): Piece[] {
  if (!columns) return [{ from: 0, width }];
  const pieces: { from: number; width: number }[] = [];
  for (const name of columns) {
    const found = features.get(name);
    if (!found) throw new DataProblem(`The data has no column "${name}" among its features.`, { code: "NN211", at: "data" });
    const last = pieces.at(-1);
    if (last && last.from + last.width === found.from) last.width += found.width;
    else pieces.push({ from: found.from, width: found.width });
  }
  return pieces;
}
