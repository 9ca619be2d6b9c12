/**
 * The places of a training at which a debugger can stop. A mini-batch has its places in the order of computation, and a position is a place of one
 * mini-batch. As in any debugger, the position is what executes next.
 */
import type { Network } from "../network/network.ts";

export type Phase = "batch" | "forward" | "loss" | "reverse" | "update" | "epoch";

export interface Place {
  readonly phase: Phase;
  /** The layer's index among the network's steps; -1 if the place belongs to no layer. */
  readonly layer: number;
  /** The piece of the batch, from 0. A batch too large to compute at once has several pieces. For debugged rows, each row is a piece. */
  readonly piece: number;
}

export interface Position {
  /** From 1. */
  readonly epoch: number;
  /** From 0. */
  readonly batch: number;
  /** The place's index in its batch. */
  readonly index: number;
}

/** Returns a negative number if `a` comes before `b`, 0 if they are equal. */
export const comparePositions = (a: Position, b: Position): number => a.epoch - b.epoch || a.batch - b.batch || a.index - b.index;

export interface Layout {
  readonly batches: number;
  /** Whether there are reverse passes and updates. */
  readonly learns: boolean;
  /** Returns the places of a batch, in order. An epoch's last batch ends with the place `epoch`. */
  readonly placesOf: (batch: number) => readonly Place[];
}

/** Returns the places of a training's batches. `rows` is the number of training rows. */
export function layoutOf(
  { steps, capacity }: Pick<Network, "steps" | "capacity">,
  { rows, batchSize }: { readonly rows: number; readonly batchSize: number },
): Layout {
  const batches = Math.ceil(rows / batchSize);
  const forward = steps.map((_step, layer) => layer);
  const reverse = forward.filter((layer) => steps[layer].output.gradient !== undefined).reverse();
  const placesOf = (count: number): Place[] => {
    const pieces = Array.from({ length: Math.ceil(count / capacity) }, (_, piece): Place[] => [
      ...forward.map((layer): Place => ({ phase: "forward", layer, piece })),
      { phase: "loss", layer: -1, piece },
      ...reverse.map((layer): Place => ({ phase: "reverse", layer, piece })),
    ]);
    return [{ phase: "batch", layer: -1, piece: 0 }, ...pieces.flat(), { phase: "update", layer: -1, piece: pieces.length - 1 }];
  };
  const whole = placesOf(Math.min(batchSize, rows));
  const last: readonly Place[] = [...placesOf(rows - (batches - 1) * batchSize), { phase: "epoch", layer: -1, piece: 0 }];
  return { batches, learns: true, placesOf: (batch) => (batch === batches - 1 ? last : whole) };
}
