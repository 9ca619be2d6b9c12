/** Completion inside an `expect` block: metrics of each output, comparisons, directives, classes in rows. */
import type { CompletionItem } from "vscode-languageserver";
import { names } from "../../../engine/catalog/index.ts";
import { metrics } from "../../../engine/catalog/metrics.ts";
import { classItems } from "./columns.ts";
import { type Context, pairAround, writtenDirectives } from "./context.ts";
import { entries, KIND, plain } from "./items.ts";
import { fittingMetrics, subjectOf } from "./trainLines.ts";
import { directiveItems, formItems, formOf } from "./values.ts";

export function expectItems(context: Context): CompletionItem[] {
  const { place } = context;
  const [word] = place.words;
  if (word === undefined) return [...claimItems(context), ...directiveItems("expect", writtenDirectives("expect", context))];
  if (place.words.includes("->")) return classItems(context);
  const takes = formOf("expect", word);
  if (takes) return formItems(takes, word, context);
  const metric = names(metrics).find((name) => word === name || word.endsWith(`_${name}`));
  if (!metric || place.words.length > 1) return [];
  const [better, other] = metrics[metric].better === "higher" ? [">=", "<="] : ["<=", ">="];
  return [better, other, better.slice(0, 1), other.slice(0, 1), "=="].map((sign) => plain(sign, KIND.Operator, "comparison"));
}

/**
 * The training's metrics come first, then the others that can measure the output. If there are several outputs, each metric is prefixed
 * with the output's name.
 */
function claimItems(context: Context): CompletionItem[] {
  const pair = pairAround(context);
  const outputs = pair.model?.outputs ?? [];
  const measured = (pair.train?.metrics ?? []).map(({ name }) => name);
  const first = (output: (typeof outputs)[number] | undefined): string[] => [
    ...new Set<string>([...measured, ...fittingMetrics(subjectOf(output, pair))]),
  ];
  const all = entries("metrics", KIND.EnumMember, { first: first(outputs[0]) }).map(({ commitCharacters: _, ...item }) => item);
  if (outputs.length < 2) return all;
  const named = outputs.flatMap((output) =>
    entries("metrics", KIND.EnumMember, { first: first(output) })
      .slice(0, first(output).length)
      .map(({ commitCharacters: _, filterText: __, ...item }) => ({
        ...item,
        label: `${output.id}_${item.label}`,
        detail: `metric of ${output.id}`,
      })),
  );
  return [...named, ...all];
}
