/** `kernel=` and `bias=`: initial values in the file, checked against the parameter's shape. */
import type { Arguments } from "../../../engine/catalog/arguments.ts";
import type { StartArgument } from "../../../engine/catalog/layers.ts";
import type { ParameterShape } from "../../../engine/catalog/parameters.ts";
import { type Shape, shapeText } from "../../../engine/catalog/shapes.ts";
import { plural } from "../../../engine/numberText.ts";
import { issue } from "../diagnostics/issue.ts";
import type { Span } from "../syntax/span.ts";
import type { ListNode, ValueNode } from "../syntax/tree.ts";
import { resolved, type Scope } from "./scope.ts";
import { shown } from "./valueText.ts";

/** The values row by row, as many as in the parameter's shape. */
export type Starts = { readonly [N in StartArgument]?: readonly number[] };

/** Returns the initial values of each parameter with a matching shape. `input` is the line that determines the first axis of a matrix. */
export function startValues(
  known: Arguments,
  values: ReadonlyMap<string, ValueNode>,
  parameters: readonly ParameterShape[] | undefined,
  input: Span | undefined,
  scope: Scope,
): Starts {
  const starts = Object.entries(known).flatMap(([name, spec]) => {
    const value = values.get(name);
    if (value?.kind !== "list" || (spec.kind !== "kernel" && spec.kind !== "bias")) return [];
    const wanted = parameters?.find((parameter) => parameter.name === name)?.shape;
    const axes = spec.kind !== "kernel" ? 1 : spec.axes === "input" ? wanted?.length : spec.axes;
    if (axes === undefined) return [];
    const found = nestedIn({ name, axes }, value, axes, wanted, scope);
    if (!found) return [];
    if (!wanted || shapeText(found.shape) === shapeText(wanted)) return [[name, found.numbers]];
    const related =
      input && axes > 1 && found.shape[0] !== wanted[0]
        ? [{ span: input, message: `This layer has ${plural(wanted[0] ?? 0, "output")}.` }]
        : [];
    scope.report(
      issue("NN309", value.span, { name, found: `the shape ${shapeText(found.shape)}`, wanted: shapeText(wanted) }, { related }),
    );
    return [];
  });
  return Object.fromEntries(starts);
}

interface Nested {
  readonly shape: Shape;
  readonly numbers: readonly number[];
}

/** Returns the numbers of lists nested `depth` levels deep. Reports wrong nesting or lists of different lengths, and returns undefined. */
function nestedIn(
  of: { readonly name: string; readonly axes: number },
  list: ListNode,
  depth: number,
  wanted: Shape | undefined,
  scope: Scope,
): Nested | undefined {
  if (depth === 1) {
    const numbers = numbersIn(list, scope);
    return numbers && { shape: [numbers.length], numbers };
  }
  const items = list.items.map((item) => resolved(item, scope));
  if (!items.every((item): item is ListNode => item.kind === "list")) {
    const form = of.axes === 2 ? "a list of rows, one for each input, such as [[0.1, 0.2], [0.3, 0.4]]" : `lists nested ${of.axes} deep`;
    scope.report(issue("NN213", list.span, { message: `\`${of.name}\` must be ${form}.` }));
    return undefined;
  }
  const parts = items.map((item) => nestedIn(of, item, depth - 1, wanted?.slice(1), scope));
  if (!parts.every((part) => part !== undefined)) return undefined;
  const [first] = parts;
  const size = shapeText(first?.shape ?? [0]);
  const ragged = parts.findIndex(({ shape }) => shapeText(shape) !== size);
  if (ragged < 0) return { shape: [parts.length, ...(first?.shape ?? [0])], numbers: parts.flatMap(({ numbers }) => numbers) };
  scope.report(
    issue("NN309", items[ragged]?.span ?? list.span, {
      name: of.name,
      found: `rows of ${size} and ${shapeText(parts[ragged]?.shape ?? [])} values`,
      wanted: wanted ? shapeText(wanted) : "a matrix whose rows have the same length",
    }),
  );
  return undefined;
}

function numbersIn({ items }: ListNode, scope: Scope): number[] | undefined {
  const values = items.map((item): ValueNode => resolved(item, scope));
  const wrong = values.find((value) => value.kind !== "number");
  if (wrong) {
    scope.report(issue("NN213", wrong.span, { message: `Start values must be numbers, but ${shown(wrong)} is not a number.` }));
    return undefined;
  }
  return values.map((value) => (value.kind === "number" ? value.value : 0));
}
