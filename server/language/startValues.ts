/** `kernel=` and `bias=`: start values written in the file, checked against the parameter's shape. */
import { type ParameterShape, shapeText } from "../../engine/catalog/layers.ts";
import { shown } from "./arguments.ts";
import { issue } from "./diagnostics.ts";
import { resolved, type Scope } from "./scope.ts";
import type { Span } from "./span.ts";
import type { ListNode, ValueNode } from "./tree.ts";

interface Start {
  readonly kernel: readonly number[] | undefined;
  readonly bias: readonly number[] | undefined;
}

/** `input`: the line that sets how many rows a kernel has. */
export function startValues(
  { values }: { readonly values: ReadonlyMap<string, ValueNode> },
  parameters: readonly ParameterShape[] | undefined,
  input: Span | undefined,
  scope: Scope,
): Start {
  const valuesFor = (name: "kernel" | "bias"): readonly number[] | undefined => {
    const value = values.get(name);
    if (value?.kind !== "list") return undefined;
    const wanted = parameters?.find((parameter) => parameter.name === name)?.shape;
    const rows = name === "kernel" ? rowsOf(value, scope) : [value];
    if (!rows) {
      scope.report(
        issue("NN213", value.span, { message: "`kernel` must be a list of rows, one for each input, such as [[0.1, 0.2], [0.3, 0.4]]." }),
      );
      return undefined;
    }
    const numbers = rows.map((row) => numbersIn(row, scope));
    if (numbers.some((row) => row === undefined)) return undefined;
    const known = numbers as number[][];
    const width = known[0]?.length ?? 0;
    const ragged = known.findIndex((row) => row.length !== width);
    if (ragged >= 0) {
      scope.report(
        issue("NN309", rows[ragged]?.span ?? value.span, {
          name,
          found: `${known.length} rows of ${width} and ${known[ragged]?.length}`,
          wanted: wanted ? shapeText(wanted) : "of one length",
        }),
      );
      return undefined;
    }
    const found = name === "kernel" ? [known.length, width] : [width];
    if (wanted && shapeText(found) !== shapeText(wanted)) {
      const related =
        input && name === "kernel" && found[0] !== wanted[0] ? [{ span: input, message: `This gives ${wanted[0]} inputs.` }] : [];
      scope.report(issue("NN309", value.span, { name, found: shapeText(found), wanted: shapeText(wanted) }, { related }));
      return undefined;
    }
    return known.flat();
  };
  return { kernel: valuesFor("kernel"), bias: valuesFor("bias") };
}

function rowsOf({ items }: ListNode, scope: Scope): ListNode[] | undefined {
  const rows = items.map((item) => resolved(item, scope));
  return rows.every((row): row is ListNode => row.kind === "list") ? rows : undefined;
}

function numbersIn({ items }: ListNode, scope: Scope): number[] | undefined {
  const values = items.map((item): ValueNode => resolved(item, scope));
  const wrong = values.find((value) => value.kind !== "number");
  if (wrong) {
    scope.report(issue("NN213", wrong.span, { message: `Start values are numbers, but ${shown(wrong)} is not one.` }));
    return undefined;
  }
  return values.map((value) => (value.kind === "number" ? value.value : 0));
}
