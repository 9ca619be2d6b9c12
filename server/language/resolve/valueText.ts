/** Formats values for messages. */
import type { ValueNode } from "../syntax/tree.ts";

const KINDS: { readonly [K in ValueNode["kind"]]: string } = {
  name: "a name",
  number: "a number",
  shape: "a shape",
  string: "a text",
  boolean: "true or false",
  call: "a call",
  list: "a list",
  range: "a range of columns",
  not: "a `not`",
};

/** Returns a value as quoted in a message. */
export function shown(value: ValueNode): string {
  switch (value.kind) {
    case "name":
      return value.text.slice(0, 60);
    case "number":
      return value.text.slice(0, 40);
    case "shape":
      return value.axes.join("x").slice(0, 40);
    case "string":
      return JSON.stringify(value.value.slice(0, 40));
    case "boolean":
      return String(value.value);
    case "call":
      return `${value.name.text.slice(0, 40)}(…)`;
    case "list":
      return "[…]";
    case "range":
      return "a..b";
    case "not":
      return "not";
  }
}

export const kindText = ({ kind }: ValueNode): string => KINDS[kind];
