/** The basis for the items of every place: the place, the analysis, and the block around the cursor. */
import type { Analysis } from "../../language/analysis.ts";
import type { Place } from "../../language/query/cursorPlace.ts";
import type { ResolvedData } from "../../language/resolve/data.ts";
import type { ResolvedModel } from "../../language/resolve/resolvedModel.ts";
import type { ResolvedTrain } from "../../language/resolve/resolvedTrain.ts";
import type { BlockNode } from "../../language/syntax/tree.ts";

export interface Context {
  readonly place: Place;
  readonly analysis: Analysis;
  /** The paths of data files that the document may read, if a path is being written at the cursor. */
  readonly files: readonly string[];
}

type BlockOf<Kind extends BlockNode["kind"]> = Extract<BlockNode, { kind: Kind }>;

/** Returns the block around the cursor; undefined if error recovery finds a different one there. */
export function blockAround<Kind extends BlockNode["kind"]>(
  kind: Kind,
  { place: { brace }, analysis }: Context,
): BlockOf<Kind> | undefined {
  if (brace === undefined) return undefined;
  return analysis.tree.blocks.find((block) => block.kind === kind && block.span.start <= brace && brace <= block.span.end) as
    | BlockOf<Kind>
    | undefined;
}

/** A model and its data, as far as they are known. */
export interface Pair {
  readonly model: ResolvedModel | undefined;
  readonly data: ResolvedData | undefined;
  readonly train: ResolvedTrain | undefined;
}

/** Returns the model and data of the `train` or `expect` block around the cursor. */
export function pairAround(context: Context): Pair {
  const { analysis, place } = context;
  const { models, data, trains, expects } = analysis;
  const own = blockAround("train", context);
  const train = trains.find(({ node }) => node === own);
  if (train) return { train, model: train.model, data: train.data };
  const test = expects.find(({ node }) => node === blockAround("expect", context));
  const model = test?.model ?? models.find(({ name }) => name === place.blockName) ?? models[0];
  return {
    train: trains.find((one) => one.model?.node === model?.node),
    model,
    data: test ? test.data : (trains.find((one) => one.model?.node === model?.node)?.data ?? data[0]),
  };
}

/** Returns the names of the directives in the block around the cursor, without the cursor's line. */
export function writtenDirectives(kind: "data" | "train" | "expect", context: Context): Set<string> {
  const { body = [] } = blockAround(kind, context) ?? {};
  const { start, end } = context.place.typed;
  return new Set(
    body.flatMap((line) => (line.kind === "directive" && !(line.span.start <= end && start <= line.span.end) ? [line.name.text] : [])),
  );
}
