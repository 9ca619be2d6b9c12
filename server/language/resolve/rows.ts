/** Rows of a table or of expectations, with the names in their cells resolved. */
import { issue } from "../diagnostics/issue.ts";
import type { CellNode, NumberNode, RowNode, StringNode } from "../syntax/tree.ts";
import { resolved, type Scope } from "./scope.ts";
import { kindText } from "./valueText.ts";

export interface ReadRow extends RowNode {
  readonly features: readonly (NumberNode | StringNode)[];
  readonly targets: readonly (NumberNode | StringNode)[];
}

/** Returns the row with a value in each cell. A name declared by `let` is replaced by its value; any other name remains. */
export function readRow(row: RowNode, scope: Scope): ReadRow {
  return {
    ...row,
    features: row.features.map((cell) => cellValue(cell, scope)),
    targets: row.targets.map((cell) => cellValue(cell, scope)),
  };
}

function cellValue(cell: CellNode, scope: Scope): NumberNode | StringNode {
  if (cell.kind !== "name") return cell;
  const value = resolved(cell, scope);
  if (value.kind === "number" || value.kind === "string") return { ...value, span: cell.span };
  if (value !== cell && value.kind !== "name")
    scope.report(
      issue("NN213", cell.span, { message: `A cell is a number or a word, but \`${cell.text.slice(0, 60)}\` is ${kindText(value)}.` }),
    );
  return { kind: "string", value: cell.text, span: cell.span };
}
