/** Signature help: the arguments of a layer's line or a call, with the one at the cursor marked. */
import type { SignatureHelp } from "vscode-languageserver";
import type { Argument, Arguments, Entry } from "../../engine/catalog/arguments.ts";
import { catalog, isName } from "../../engine/catalog/index.ts";
import type { Analysis } from "../language/analysis.ts";
import { placeAt } from "../language/query/cursorPlace.ts";

const CALLABLE = ["optimizers", "schedules", "losses", "activations", "initializers", "metrics", "stops", "starts", "sources"] as const;

export function signatureHelp(analysis: Analysis, offset: number): SignatureHelp | null {
  const place = placeAt(analysis, offset);
  if (place.comment !== undefined || place.text) return null;
  if (place.call) {
    const { name, items } = place.call;
    const entry = CALLABLE.map((part) => entryIn(catalog[part], name)).find((found) => found !== undefined);
    return entry
      ? help(
          name,
          entry,
          place.argument,
          place.argument === undefined ? items.length : items.length - 1,
          (parts) => `${name}(${parts.join(", ")})`,
        )
      : null;
  }
  const [word] = place.words;
  if (place.block !== "model" || word === undefined) return null;
  const entry = entryIn(catalog.layers, word) ?? entryIn(catalog.activations, word);
  const given = place.items.length - (place.argument === undefined ? 0 : 1);
  return entry && Object.keys(entry.arguments).length > 0
    ? help(word, entry, place.argument, given, (parts) => `${word} ${parts.join(" ")}`)
    : null;
}

const entryIn = (table: object, name: string): Entry | undefined =>
  isName(table, name) ? (table as Record<string, Entry>)[name] : undefined;

function help(
  name: string,
  { summary, arguments: known }: Entry,
  argument: string | undefined,
  count: number,
  join: (parts: readonly string[]) => string,
): SignatureHelp {
  const labels = Object.entries(known as Arguments).map(([key, spec]) => labelOf(key, spec));
  const byName = argument === undefined ? -1 : Object.keys(known).indexOf(argument);
  const active = byName >= 0 ? byName : Math.min(count, Math.max(labels.length - 1, 0));
  const label = join(labels);
  let from = name.length;
  const parameters = Object.values(known as Arguments).map((spec, i) => {
    const start = label.indexOf(labels[i] ?? "", from);
    from = start + (labels[i]?.length ?? 0);
    return { label: [start, from] as [number, number], documentation: spec.summary };
  });
  return { signatures: [{ label, documentation: summary, parameters }], activeSignature: 0, activeParameter: active };
}

const labelOf = (name: string, spec: Argument): string =>
  "default" in spec && spec.default !== undefined ? `${name}=${spec.default}` : name;
