/** Rows into the network: a batch's features into the input layers, its targets beside the outputs. */
import type { Examples } from "../data/examples.ts";
import { DataProblem } from "../data/problem.ts";
import type { Numbers } from "../kernels/kernels.ts";
import type { OutputLoss } from "../network/losses.ts";
import type { Network } from "../network/network.ts";

/** Copies rows order[from .. from + count) into the network and makes them its batch. */
export type BatchLoader = (order: Uint32Array, from: number, count: number) => void;

export function batchLoader(network: Network, outputs: readonly OutputLoss[], examples: Examples): BatchLoader {
  const inputs = network.steps.flatMap(({ layer, output }) => {
    if (layer.kind !== "input") return [];
    return [{ to: output.values, width: output.width, pieces: piecesOf(layer.columns, examples, output.width) }];
  });
  return (order, from, count) => {
    network.batch.rows = count;
    for (let i = 0; i < count; i++) {
      const row = order[from + i];
      for (const { to, width, pieces } of inputs) {
        let at = i * width;
        for (const piece of pieces) {
          copyRow(examples.features, row * examples.featureCount + piece.from, to, at, piece.width);
          at += piece.width;
        }
      }
      outputs.forEach(({ targets, targetWidth }, k) => {
        copyRow(examples.targets[k].values, row * targetWidth, targets, i * targetWidth, targetWidth);
      });
    }
  };
}

interface Piece {
  readonly from: number;
  readonly width: number;
}

/** Neighbouring columns are taken together, so that the usual input is one piece. */
function piecesOf(columns: readonly string[] | null, examples: Examples, width: number): Piece[] {
  if (!columns) return [{ from: 0, width }];
  const pieces: { from: number; width: number }[] = [];
  for (const name of columns) {
    const found = examples.columns.get(name);
    if (!found) throw new DataProblem(`The data has no column "${name}" among its features.`, { code: "NN211", at: "data" });
    const last = pieces.at(-1);
    if (last && last.from + last.width === found.from) last.width += found.width;
    else pieces.push({ ...found });
  }
  return pieces;
}

function copyRow(from: Numbers, start: number, to: Numbers, at: number, length: number): void {
  for (let i = 0; i < length; i++) to[at + i] = from[start + i];
}
