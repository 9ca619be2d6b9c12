/** Whole models of Keras and PyTorch: `model = Sequential([...])`, `model.add(...)`, `x = Dense(3)(inputs)`, and `class Net(nn.Module):` with its layers. */
import type { FileLine } from "./fileLines.ts";
import { meantLayer } from "./words.ts";

export interface Program {
  /** The index of its last line. */
  readonly last: number;
  readonly name: string;
  /** The lines of the block. If there is no input, its size is unknown. */
  readonly layers: readonly string[];
  /** The input's size or shape; undefined if the program does not contain it. */
  readonly input: string | undefined;
  /** Whether every statement of the program was understood. */
  readonly isWhole: boolean;
}

/** Returns a layer's call in this language, such as `dense 3 relu` for `Dense(3, activation="relu")`. */
export type LayerText = (call: string) => string;

/** The maximum number of lines read of a program. */
const MOST_LINES = 200;
/** A longer line is data. */
const LONGEST = 20_000;

/** Returns the program that starts with a line; undefined if none does. */
export function programAt(lines: readonly FileLine[], first: number, layerText: LayerText): Program | undefined {
  const line = lines[first];
  if (line?.indent !== "" || !line.isWhole || line.text.length > LONGEST) return undefined;
  return sequential(lines, first, layerText) ?? functional(lines, first, layerText) ?? moduleClass(lines, first, layerText);
}

const SEQUENTIAL = /^(?:([^\W\d]\w*)\s*=\s*)?(?:\w+\s*\.\s*)*Sequential\s*(\([\s\S]*\))$/;

function sequential(lines: readonly FileLine[], first: number, layerText: LayerText): Program | undefined {
  const [, name, call = ""] = SEQUENTIAL.exec(lines[first]?.text ?? "") ?? [];
  if (call === "") return undefined;
  const calls = itemsOf(call);
  let last = first;
  for (let k = first + 1; name !== undefined && k < Math.min(lines.length, first + MOST_LINES); k++) {
    const added = new RegExp(`^${name}\\s*\\.\\s*add\\s*(\\([\\s\\S]*\\))$`).exec(lines[k]?.text ?? "")?.[1];
    if (added === undefined) break;
    calls.push(...itemsOf(added));
    last = k;
  }
  return calls.length === 0 ? undefined : { last, name: nameFor(lines, name), ...layersOf(calls, layerText), isWhole: true };
}

/** `inputs = Input(shape=(4,))`, `x = Dense(3)(inputs)` and `model = Model(inputs, x)`, each layer following the one on the previous line. */
function functional(lines: readonly FileLine[], first: number, layerText: LayerText): Program | undefined {
  const [, start, call = ""] = /^([^\W\d]\w*)\s*=\s*((?:\w+\s*\.\s*)*Input\s*\([\s\S]*\))$/.exec(lines[first]?.text ?? "") ?? [];
  let current = start;
  const calls = [call];
  for (let k = first + 1; current !== undefined && k < Math.min(lines.length, first + MOST_LINES); k++) {
    const text = lines[k]?.text ?? "";
    const name = /^([^\W\d]\w*)\s*=\s*(?:\w+\s*\.\s*)*Model\s*\(/.exec(text)?.[1];
    if (name !== undefined) return { last: k, name: nameFor(lines, name), ...layersOf(calls, layerText), isWhole: true };
    const [, result, layer = "", input] = /^([^\W\d]\w*)\s*=\s*([\s\S]*\))\s*\(\s*(\w+)\s*\)$/.exec(text) ?? [];
    if (input !== current) return undefined;
    calls.push(layer);
    current = result;
  }
  return undefined;
}

/** `class Net(nn.Module):` up to the next line without indentation. */
function moduleClass(lines: readonly FileLine[], first: number, layerText: LayerText): Program | undefined {
  const name = /^class\s+([^\W\d]\w*)\s*\([\s\S]*\)\s*:$/.exec(lines[first]?.text ?? "")?.[1];
  if (name === undefined) return undefined;
  let last = first;
  while (last + 1 < Math.min(lines.length, first + MOST_LINES) && lines[last + 1]?.indent !== "") last++;
  const body = lines.slice(first + 1, last + 1).map(({ text }) => text);
  if (!body.some((text) => /^def\s/.test(text))) return undefined;
  const parts = new Map<string, readonly string[]>();
  const calls: string[] = [];
  let isWhole = true;
  for (const text of body) {
    const [, part, value = ""] = /^self\s*\.\s*(\w+)\s*=\s*([\s\S]*)$/.exec(text) ?? [];
    const [, result] = /^(?:return|[^\W\d]\w*\s*=)\s*([\s\S]*)$/.exec(text) ?? [];
    if (part !== undefined) parts.set(part, inner(value));
    else if (result !== undefined) {
      const chain = chainOf(result, parts);
      if (chain) calls.push(...chain);
      else isWhole = false;
    } else if (!/^(?:def\s|super\s*\()/.test(text)) isWhole = false;
  }
  const written = calls.length > 0 ? calls : [...parts.values()].flat();
  return written.length === 0 ? undefined : { last, name, ...layersOf(written, layerText), isWhole };
}

/** Returns the layers of a part: a `Sequential`'s layers, or the part itself. */
const inner = (value: string): string[] => {
  const call = SEQUENTIAL.exec(value)?.[2];
  return call === undefined ? [value] : itemsOf(call);
};

/** Returns the layers of `F.relu(self.fc1(x))` from the innermost outwards; undefined if one is unknown. */
function chainOf(expression: string, parts: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const text = expression.trim();
  if (/^[^\W\d]\w*$/.test(text)) return [];
  if (/^[^\W\d]\w*\s*\.\s*(?:view|reshape|flatten)\s*\(.*\)$/s.test(text)) return ["Flatten()"];
  const [, path = "", call = ""] = /^([\w.\s]+?)\s*(\([\s\S]*\))$/.exec(text) ?? [];
  const [value = "", ...others] = itemsOf(call);
  const before = value === "" ? undefined : chainOf(value, parts);
  if (!before) return undefined;
  const part = /^self\s*\.\s*(\w+)$/.exec(path)?.[1];
  const own = part === undefined ? undefined : parts.get(part);
  if (part !== undefined) return own && others.length === 0 ? [...before, ...own] : undefined;
  const word = path.split(".").at(-1)?.trim() ?? "";
  return meantLayer(word) === undefined ? undefined : [...before, `${word}()`];
}

/** Returns the layers' lines and the input's shape. An activation after a `dense` layer becomes its argument. */
function layersOf(calls: readonly string[], layerText: LayerText): Pick<Program, "layers" | "input"> {
  const layers: string[] = [];
  let input = inputOf(calls[0] ?? "");
  for (const call of calls) {
    const text = layerText(call).replace(/^\w+:\s*/, "");
    const [, size] = /^input\s+(.+)$/.exec(text) ?? [];
    const before = layers.at(-1) ?? "";
    if (size !== undefined) input = size;
    else if (/^dense \d+$/.test(before) && /^[a-z]\w*$/.test(text) && text !== "flatten" && text !== "batch_norm" && text !== "layer_norm")
      layers[layers.length - 1] = `${before} ${text}`;
    else layers.push(text);
  }
  return { layers, input };
}

/** Returns the input's shape according to a first layer: `input_shape=(28, 28)`, `input_dim=4`, `Linear(4, 3)`. */
function inputOf(call: string): string | undefined {
  const [, shape] = /\binput_(?:shape|dim)\s*=\s*(\([^()]*\)|\d+)/.exec(call) ?? [];
  if (shape !== undefined) return shape.match(/\d+/g)?.join("x");
  return /^(?:\w+\s*\.\s*)*Linear\s*\(\s*(?:in_features\s*=\s*)?(\d+)\s*,/.exec(call)?.[1];
}

/** Returns the items of `(a, b)` and `([a, b])` without comments. Commas in nested brackets and quotes do not separate items. */
function itemsOf(call: string): string[] {
  let text = call
    .slice(1, -1)
    .replace(/#[^\n]*/g, "")
    .trim();
  if (/^\[[\s\S]*\],?$/.test(text)) text = text.replace(/^\[|\],?$/g, "");
  const items: string[] = [];
  let depth = 0;
  let quote = "";
  let from = 0;
  for (let i = 0; i <= text.length; i++) {
    const sign = text[i] ?? ",";
    if (quote !== "") quote = sign === quote ? "" : quote;
    else if (sign === '"' || sign === "'") quote = sign;
    else if (/[([{]/.test(sign)) depth++;
    else if (/[)\]}]/.test(sign)) depth--;
    else if ((sign === "," && depth === 0) || i === text.length) {
      items.push(text.slice(from, i).trim());
      from = i + 1;
    }
  }
  return items.filter((item) => item !== "");
}

/** Returns the model's name: the only name that a training uses and no block declares, or otherwise the variable's. */
function nameFor(lines: readonly FileLine[], variable: string | undefined): string {
  const heads = lines.filter(({ isTop, indent }) => isTop && indent === "").map(({ text }) => text);
  const declared = new Set(heads.flatMap((text) => /^model\s+(\w+)$/.exec(text)?.[1] ?? []));
  const used = heads.flatMap((text) => /^(?:\w+\s*:\s*)?(?:train|expect)\s+(\w+)(?:\s+on\s+\w+)?$/.exec(text)?.[1] ?? []);
  const wanted = used.find((name) => name !== "on" && !declared.has(name));
  return wanted ?? (variable === undefined || /^(?:model|data|train|expect|let)$/.test(variable) ? "Net" : variable);
}
