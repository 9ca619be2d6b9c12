/** The completion items for catalog entries, names, numbers and columns. */
import type { CompletionItem, CompletionItemKind, InsertTextFormat } from "vscode-languageserver";
import { aliases } from "../../../engine/catalog/aliases.ts";
import type { Argument, Arguments, Entry } from "../../../engine/catalog/arguments.ts";
import { type CatalogPart, catalog, names, partNouns } from "../../../engine/catalog/index.ts";
import { roundedText } from "../../../engine/numberText.ts";
import type { ColumnFacts } from "../../language/resolve/columnFacts.ts";
import { writtenName } from "../../language/syntax/writtenName.ts";
import { pictureOf } from "../curvePictures.ts";
import { defaultText, entryMarkdown } from "../markdown.ts";

/** Values of the protocol's enumerations, from which only types are imported here. */
export const KIND = {
  Function: 3,
  Field: 5,
  Variable: 6,
  Class: 7,
  Module: 9,
  Property: 10,
  Value: 12,
  Keyword: 14,
  Snippet: 15,
  File: 17,
  Folder: 19,
  EnumMember: 20,
  Operator: 24,
} satisfies Record<string, CompletionItemKind>;
export const SNIPPET: InsertTextFormat = 2;

export const plain = (label: string, kind: CompletionItemKind, detail: string): CompletionItem => ({ label, kind, detail });
export const snippet = (label: string, detail: string, insertText: string): CompletionItem => ({
  label,
  kind: KIND.Snippet,
  detail,
  insertText,
  insertTextFormat: SNIPPET,
});

/** Returns the entries in a part of the catalog. `first` lists the ones that fit best, in order. `insert` returns an entry's snippet, if any. */
export function entries(
  part: CatalogPart,
  kind: CompletionItemKind,
  {
    first = [],
    insert = () => undefined,
  }: { readonly first?: readonly string[]; readonly insert?: (name: string) => string | undefined } = {},
): CompletionItem[] {
  const all = names(catalog[part] as Readonly<Record<string, Entry>>);
  const ordered = [...first.filter((name) => all.includes(name)), ...all.filter((name) => !first.includes(name))];
  return ordered.map((name) => {
    const text = insert(name);
    return { ...entryItem(part, name, kind), ...(text !== undefined && { insertText: text, insertTextFormat: SNIPPET }) };
  });
}

function entryItem(part: CatalogPart, name: string, kind: CompletionItemKind): CompletionItem {
  const entry = (catalog[part] as Readonly<Record<string, Entry>>)[name];
  const what = partNouns[part];
  const others = OTHER_NAMES.get(name);
  return {
    label: name,
    kind,
    detail: what,
    ...(others !== undefined && { filterText: `${name} ${others}` }),
    ...(entry && {
      documentation: { kind: "markdown", value: entryMarkdown(name, what, entry, pictureOf(part, name)) },
    }),
    ...(COMMIT[part] && { commitCharacters: [...COMMIT[part]] }),
  };
}

/** Characters that accept an item in this part when typed, and are inserted after it. */
const COMMIT: { readonly [K in CatalogPart]?: readonly string[] } = {
  optimizers: ["("],
  schedules: ["("],
  stops: ["("],
  starts: ["("],
  losses: ["("],
  metrics: [","],
};

/** Other libraries' names for entries, by our name. Typing one of them finds the entry. */
const OTHER_NAMES: ReadonlyMap<string, string> = Object.entries(aliases).reduce(
  (found, [other, ours]) => found.set(ours, `${found.get(ours) ?? ""} ${other}`.trim()),
  new Map<string, string>(),
);

/** Returns `name=` for each argument. */
export const argumentItems = (spec: Arguments): CompletionItem[] => Object.entries(spec).map(([name, one]) => argumentItem(name, one));
const argumentItem = (name: string, one: Argument): CompletionItem => ({
  label: `${name}=`,
  kind: KIND.Property,
  detail: defaultText(one).trim(),
  documentation: one.summary,
});

export const numberItems = (values: readonly number[], detail: string): CompletionItem[] =>
  values.map((value) => plain(String(value), KIND.Value, detail));

export const booleanItems = (detail: string): CompletionItem[] => ["true", "false"].map((word) => plain(word, KIND.Keyword, detail));

export const columnItem = (column: ColumnFacts): CompletionItem => ({
  label: writtenName(column.name),
  kind: KIND.Field,
  detail: columnDetail(column),
});
export const columnDetail = ({ kind, min, max, words }: ColumnFacts): string =>
  kind === "empty" ? "no values" : kind === "text" ? `text, ${words.length} words` : `${roundedText(min)} to ${roundedText(max)}`;
