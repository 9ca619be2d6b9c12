/** The arguments of a layer's line in the form that its shape rules take, and the rules' results. */
import type { Argument, SpecialArgument } from "../../../engine/catalog/arguments.ts";
import { type Layer, type LayerKind, layers, type RuleSettings, shapeRules } from "../../../engine/catalog/layers.ts";
import { type Shape, sizeOf } from "../../../engine/catalog/shapes.ts";
import { issue } from "../diagnostics/issue.ts";
import type { LayerNode, ValueNode } from "../syntax/tree.ts";
import type { Scope } from "./scope.ts";
import { shown } from "./valueText.ts";

/** The arguments read from a layer's line of any kind. */
export interface LineRead {
  readonly numbers: { readonly [N in LayerArgument]?: number | undefined };
  readonly settings: object | undefined;
  readonly values: ReadonlyMap<LayerArgument, ValueNode>;
  readonly faulty: boolean;
}
export type LayerArgument = { [K in LayerKind]: keyof (typeof layers)[K]["arguments"] }[LayerKind];

export type SettingsForShape<K extends LayerKind> = RuleSettings<(typeof layers)[K]["arguments"]>;

/** Returns the arguments for a layer's shape rules; undefined if one is unknown. `columns` is the shape of an input that names columns. */
export function settingsForShape<K extends LayerKind>(
  kind: K,
  line: LayerNode,
  { numbers, values, faulty }: LineRead,
  columns: { readonly shape: Shape | undefined } | undefined,
  scope: Scope,
): SettingsForShape<K> | undefined {
  const { arguments: known }: Layer = layers[kind];
  const settings = Object.fromEntries(
    Object.entries(known).map(([key, spec]) => {
      const name = key as LayerArgument;
      const value = values.get(name);
      if (spec.kind !== "shape") return [name, settingOf(spec, numbers[name], value)];
      return [name, columns ? columns.shape : shapeOf(kind, line, spec, value, faulty, scope)];
    }),
  );
  return Object.values(settings).includes(undefined) ? undefined : (settings as SettingsForShape<K>);
}

/** Returns one argument in the form that a shape rule takes; null if no shape rule needs it. */
function settingOf(spec: Argument, number: number | undefined, value: ValueNode | undefined): unknown {
  switch (spec.kind) {
    case "number":
    case "integer":
      return number;
    case "boolean":
      return number === 1;
    case "choice":
      return value?.kind === "name" ? value.text : spec.default;
    case "bias":
      return !(value?.kind === "boolean" && !value.value);
    case "activation":
    case "initializer":
    case "kernel":
    case "text":
    case "rate":
    case "names":
    case "shape":
      return null;
  }
}

function shapeOf(
  kind: LayerKind,
  line: LayerNode,
  { default: fallback }: SpecialArgument,
  value: ValueNode | undefined,
  faulty: boolean,
  scope: Scope,
): Shape | undefined {
  const { inputs, example }: Layer = layers[kind];
  if (!value) {
    if (typeof fallback === "number") return [fallback];
    if (!faulty)
      scope.report(
        issue("NN212", line.name.span, { of: kind, name: inputs === "none" ? "a size, a shape or column names" : "a shape", example }),
      );
    return undefined;
  }
  const axes = value.kind === "shape" ? value.axes : value.kind === "number" ? [value.value] : [];
  if (axes.length > 0 && axes.every((axis) => Number.isInteger(axis) && axis >= 1) && sizeOf(axes) <= 1e7) return axes;
  scope.report(
    issue("NN213", value.span, {
      message: `A shape must have whole sizes from 1 and at most 10,000,000 values in all, but ${shown(value)} does not; write a size or a shape such as 28x28.`,
    }),
  );
  return undefined;
}

/** Returns the output shape of a layer with known inputs, and a function for the shapes of its parameters. */
export function shapesOf<K extends LayerKind>(kind: K, inputs: readonly Shape[], settings: SettingsForShape<K>) {
  const { output, parameters } = shapeRules[kind];
  return { output: output(inputs, settings), parameters: () => parameters(inputs, settings) };
}
