/** The declared name under the cursor: a label, model, data block, run, `let` or column. */
import type { Analysis } from "../analysis.ts";
import { covers } from "../syntax/span.ts";
import { columnsIn } from "./columnNames.ts";
import { type DeclaredName, type SymbolKind, symbolsIn } from "./symbols.ts";

export type AnyName = DeclaredName | DeclaredName<"column">;

/** Returns every name declared in a file, including its columns. */
export const namesIn = (analysis: Analysis): AnyName[] => [...symbolsIn(analysis), ...columnsIn(analysis)];

/** Returns the declared name that occurs at an offset. */
export const nameAt = (analysis: Analysis, offset: number): AnyName | undefined =>
  symbolAt(analysis, offset) ?? columnsIn(analysis).find(occursAt(offset));

/** Returns the declared name at an offset, unless it is a column. */
export const symbolAt = (analysis: Analysis, offset: number): DeclaredName | undefined => symbolsIn(analysis).find(occursAt(offset));

const occursAt =
  (offset: number) =>
  ({ places }: DeclaredName<SymbolKind | "column">): boolean =>
    places.some((span) => covers(span, offset));
