/** The kinds of arguments: the accepted values, and their description in messages. */
import { type Argument, isNumeric, type NumberArgument } from "../../../engine/catalog/arguments.ts";
import { catalog, isName } from "../../../engine/catalog/index.ts";
import { groupedText } from "../../../engine/numberText.ts";
import type { ValueNode } from "../syntax/tree.ts";

/** Whether the value has the argument's kind. Its range is not checked. */
export function accepts(spec: Argument, { kind }: ValueNode): boolean {
  switch (spec.kind) {
    case "number":
    case "integer":
      return kind === "number";
    case "boolean":
      return kind === "boolean";
    case "choice":
      return kind === "name";
    case "activation":
    case "initializer":
      return kind === "name" || kind === "call";
    case "rate":
      return kind === "number" || kind === "call";
    case "bias":
      return kind === "boolean" || kind === "list";
    case "kernel":
      return kind === "list";
    case "shape":
      return kind === "number" || kind === "shape";
    case "text":
      return kind === "string" || kind === "name";
    case "names":
      return kind === "name" || kind === "not";
  }
}

export const isNamed = ({ kind }: Argument): boolean =>
  kind === "activation" || kind === "initializer" || kind === "choice" || kind === "rate";

export const isRequired = (spec: Argument): boolean => isNumeric(spec) && spec.default === undefined;

/** Whether the argument accepts a word. */
export function isWordOf(spec: Argument, word: string): boolean {
  if (spec.kind === "activation") return isName(catalog.activations, word);
  if (spec.kind === "initializer") return isName(catalog.initializers, word);
  return spec.kind === "choice" ? spec.options.includes(word) : true;
}

/** Whether a value is clearly meant for this argument: a number, a known word, a list as deep as the parameter. */
export function isMeantFor(spec: Argument, value: ValueNode): boolean {
  if (!accepts(spec, value) || spec.kind === "text" || spec.kind === "names") return false;
  if (value.kind === "name") return isWordOf(spec, value.text);
  if (value.kind === "call") return isWordOf(spec, value.name.text);
  return value.kind !== "list" || (value.items[0]?.kind === "list") === (spec.kind === "kernel" && spec.axes === 2);
}

export function inRange({ min, max, above, below }: NumberArgument, value: number): boolean {
  return (
    Number.isFinite(value) &&
    !(min !== undefined && value < min) &&
    !(max !== undefined && value > max) &&
    !(above !== undefined && value <= above) &&
    !(below !== undefined && value >= below)
  );
}

export function wanted(spec: Argument, value?: ValueNode): string {
  switch (spec.kind) {
    case "number":
    case "integer": {
      const bounds = [
        spec.min !== undefined && `from ${spec.min}`,
        spec.above !== undefined && `above ${spec.above}`,
        // Very large limits are technical. They are relevant to a reader only if the value exceeds them.
        spec.max !== undefined &&
          (spec.max < 1e9 || (value?.kind === "number" && value.value > spec.max)) &&
          `up to ${groupedText(spec.max)}`,
        spec.below !== undefined && `below ${spec.below}`,
      ].filter(Boolean);
      return [spec.kind === "integer" ? "a whole number" : "a number", ...bounds].join(" ");
    }
    case "boolean":
      return "true or false";
    case "choice":
      return `one of ${spec.options.join(", ")}`;
    case "activation":
      return "an activation, such as relu";
    case "initializer":
      return "an initializer, such as he_normal";
    case "rate":
      return "a number above 0 or a schedule";
    case "bias":
      return "true, false or a list of start values";
    case "kernel":
      return spec.axes === 2 ? "a list of rows, such as [[0.1, 0.2], [0.3, 0.4]]" : "a list of numbers, such as [0.1, 0.2]";
    case "shape":
      return "a size or a shape, such as 28x28";
    case "text":
      return "a text in quotes";
    case "names":
      return "names of layers or columns";
  }
}
