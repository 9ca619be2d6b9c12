/** The values of arguments and directives: usual numbers, words, `let` names. */
import type { CompletionItem } from "vscode-languageserver";
import type { Argument, Arguments, Entry } from "../../../engine/catalog/arguments.ts";
import type { Directive, DirectiveForm } from "../../../engine/catalog/directives.ts";
import { catalog, directives, entryOf, isName } from "../../../engine/catalog/index.ts";
import { plainText } from "../../../engine/safeText.ts";
import type { ValueNode } from "../../language/syntax/tree.ts";
import type { Context } from "./context.ts";
import { argumentItems, booleanItems, entries, KIND, numberItems, plain } from "./items.ts";

/** Returns the `let` names whose values fit, except the cursor's own line. */
export function letItems({ analysis, place }: Context, fits: (value: ValueNode) => boolean): CompletionItem[] {
  return [...analysis.lets].flatMap(([name, { value, span }]) => {
    const isOwn = span.start <= place.typed.end && place.typed.start <= span.end && place.words[0] === "let";
    if (!value || isOwn || !fits(value)) return [];
    return [plain(name, KIND.Variable, `let, ${plainText(analysis.text.slice(value.span.start, value.span.end).slice(0, 40))}`)];
  });
}

export const isNumber = ({ kind }: ValueNode): boolean => kind === "number";
const isWordOf =
  (part: "activations" | "initializers" | "schedules") =>
  (value: ValueNode): boolean =>
    isName(catalog[part] as object, value.kind === "call" ? value.name.text : value.kind === "name" ? value.text : "");

/** Returns the possible values of an argument. `first` lists the words that fit best. */
export function valueItems(spec: Argument, context: Context, first: readonly string[] = []): CompletionItem[] {
  const { summary } = spec;
  switch (spec.kind) {
    case "activation":
      return [...entries("activations", KIND.EnumMember, { first }), ...letItems(context, isWordOf("activations"))];
    case "initializer":
      return [...entries("initializers", KIND.EnumMember, { first }), ...letItems(context, isWordOf("initializers"))];
    case "choice":
      return spec.options.map((option) => plain(option, KIND.EnumMember, summary));
    case "boolean":
    case "bias":
      return [...booleanItems(summary), ...letItems(context, ({ kind }) => kind === "boolean")];
    case "number":
    case "integer":
      return [...letItems(context, isNumber), ...numberItems(offered(spec), summary)];
    case "rate":
      return [
        ...numberItems(offered(spec), summary),
        ...letItems(context, (value) => isNumber(value) || isWordOf("schedules")(value)),
        ...entries("schedules", KIND.Function),
      ];
    case "shape":
      return letItems(context, ({ kind }) => kind === "number" || kind === "shape");
    case "text":
      return letItems(context, ({ kind }) => kind === "string");
    case "kernel":
      return letItems(context, ({ kind }) => kind === "list");
    case "names":
      return [];
  }
}

const offered = ({
  offer,
  default: fallback,
}: {
  readonly offer?: readonly number[];
  readonly default?: number | string;
}): readonly number[] => offer ?? (typeof fallback === "number" ? [fallback] : []);

/** Returns the items inside the parentheses of an entry: its remaining arguments, and values for the next one. */
export function callItems(context: Context, monitored: readonly string[]): CompletionItem[] {
  const { call, argument } = context.place;
  const entry = call && entryNamed(call.name);
  if (!call || !entry) return [];
  const known: Arguments = entry.arguments;
  const value = (name: string): CompletionItem[] => {
    const spec = entryOf(known, name);
    if (name === "monitor") return monitored.map((one) => plain(one, KIND.EnumMember, "monitored value"));
    return spec ? valueItems(spec, context) : [];
  };
  if (argument !== undefined) return value(argument);
  const given = new Set(call.items.flatMap(({ name }) => name ?? []));
  const unnamed = call.items.filter(({ name }) => name === undefined).length;
  const rest = Object.keys(known).filter((name, i) => i >= unnamed && !given.has(name));
  const [next] = rest;
  const isNextOpen = next !== undefined && given.size === 0;
  return [...argumentItems(Object.fromEntries(rest.map((name) => [name, known[name] as Argument]))), ...(isNextOpen ? value(next) : [])];
}

const CALLABLE = ["optimizers", "schedules", "losses", "activations", "initializers", "stops", "starts", "sources", "metrics"] as const;

function entryNamed(name: string): Entry | undefined {
  const part = CALLABLE.find((one) => isName(catalog[one] as object, name));
  return part && (catalog[part] as Readonly<Record<string, Entry>>)[name];
}

/** Returns the values of a directive whose form determines them. */
export function formItems(takes: DirectiveForm | undefined, word: string, context: Context): CompletionItem[] {
  const { items, argument } = context.place;
  const isFirst = items.length === 0;
  switch (takes?.form) {
    case "choice":
      return [
        ...(isFirst && argument === undefined ? takes.options.map((option) => plain(option, KIND.EnumMember, word)) : []),
        ...(takes.list !== undefined && argument === undefined && !items.some(({ name }) => name === takes.list)
          ? [plain(`${takes.list}=`, KIND.Property, word)]
          : []),
      ];
    case "boolean":
      return isFirst ? [...booleanItems(word), ...letItems(context, ({ kind }) => kind === "boolean")] : [];
    case "number":
      return isFirst
        ? [
            ...letItems(context, isNumber),
            ...numberItems(offered(takes), word),
            ...(takes.words ?? []).map((name) => plain(name, KIND.Keyword, word)),
          ]
        : [];
    case "fractions":
      return argument === undefined
        ? takes.names.filter((name) => !items.some((item) => item.name === name)).map((name) => plain(`${name}=`, KIND.Property, word))
        : [...letItems(context, isNumber), ...numberItems(offered(takes), word)];
    case "split": {
      const option = argument === undefined ? undefined : entryOf(takes.options, argument);
      if (option) return valueItems(option, context);
      if (argument !== undefined) return [...letItems(context, isNumber), ...numberItems(offered(takes), word)];
      const all = [...takes.names, ...Object.keys(takes.options)];
      return all.filter((name) => !items.some((item) => item.name === name)).map((name) => plain(`${name}=`, KIND.Property, word));
    }
    case "classWeights":
      return isFirst ? takes.words.map((name) => plain(name, KIND.Keyword, word)) : [];
    case "weights":
      return argument === undefined ? [] : [...letItems(context, isNumber), ...numberItems([1, 0.5], word)];
    default:
      return [];
  }
}

export const formOf = (block: keyof typeof directives, word: string): DirectiveForm | undefined =>
  entryOf(directives[block] as Readonly<Record<string, Directive>>, word)?.takes;

/** Returns the block's directives that are not yet written. */
export const directiveItems = (block: keyof typeof directives, written: ReadonlySet<string>): CompletionItem[] =>
  Object.entries(directives[block] as Readonly<Record<string, Directive>>)
    .filter(([name]) => !written.has(name))
    .map(([name, { summary, example }]) => ({
      label: name,
      kind: KIND.Keyword,
      documentation: { kind: "markdown", value: `${summary}\n\n\`\`\`nn\n${example}\n\`\`\`` },
    }));
