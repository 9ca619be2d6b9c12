/** Completion inside a `train` block: directives, losses, optimizers, metrics. Items that fit the model and the data come first. */
import type { CompletionItem } from "vscode-languageserver";
import { names } from "../../../engine/catalog/index.ts";
import { type Loss, losses } from "../../../engine/catalog/losses.ts";
import { type MetricName, metrics } from "../../../engine/catalog/metrics.ts";
import type { ColumnFacts } from "../../language/resolve/columnFacts.ts";
import type { ResolvedData } from "../../language/resolve/data.ts";
import type { ResolvedLayer } from "../../language/resolve/resolvedModel.ts";
import { type Context, type Pair, pairAround, writtenDirectives } from "./context.ts";
import { entries, KIND, plain } from "./items.ts";
import { quotedPathItems } from "./paths.ts";
import { callItems, directiveItems, formItems, formOf, letItems } from "./values.ts";

export function trainItems(context: Context): CompletionItem[] {
  const { place } = context;
  const [word] = place.words;
  if (word === undefined) return directiveItems("train", writtenDirectives("train", context));
  const pair = pairAround(context);
  if (place.call) return [...quotedPathItems(context), ...callItems(context, monitored(context, pair))];
  const takes = formOf("train", word);
  if (word === "loss" || word === "metrics") return outputItems(context, pair, word);
  if (takes?.form === "weights" && place.argument === undefined) return outputNames(context, pair);
  if (takes?.form !== "entry") return formItems(takes, word, context);
  if (place.items.length > 0) return [];
  if (word !== "optimizer") return entries(takes.of, KIND.Function);
  const step = pair.model?.outputs.some(({ activation }) => activation?.name === "heaviside" || activation?.name === "sign") === true;
  const all = entries("optimizers", KIND.Function, { first: step ? ["perceptron"] : ["adam", "sgd", "rmsprop"] });
  return step ? all : [...all.filter(({ label }) => label !== "perceptron"), ...all.filter(({ label }) => label === "perceptron")];
}

/** Returns `name=` for each output that the line does not name yet, if there are several outputs. */
function outputNames({ place: { items } }: Context, { model }: Pair): CompletionItem[] {
  const outputs = model && model.outputs.length > 1 ? model.outputs : [];
  return outputs.filter(({ id }) => !items.some(({ name }) => name === id)).map(({ id }) => plain(`${id}=`, KIND.Property, "output"));
}

function outputItems(context: Context, pair: Pair, word: "loss" | "metrics"): CompletionItem[] {
  const { items, argument } = context.place;
  const named = argument === undefined ? undefined : pair.model?.outputs.find(({ id }) => id === argument);
  const subject = subjectOf(named ?? pair.model?.outputs[0], pair);
  if (word === "metrics") {
    const written = items.flatMap(({ name, value }) => (name === argument && value !== undefined ? [value] : []));
    const all = entries("metrics", KIND.EnumMember, { first: fittingMetrics(subject) });
    const outputs = argument === undefined && pair.model && pair.model.outputs.length > 1 ? pair.model.outputs : [];
    return [...all.filter(({ label }) => !written.includes(label)), ...outputs.map(({ id }) => plain(`${id}=`, KIND.Property, "output"))];
  }
  const outputs = argument === undefined ? outputNames(context, pair) : [];
  if (argument === undefined && items.length > 0) return items.every(({ name }) => name !== undefined) ? outputs : [];
  const { activation } = subject;
  const first = fittingLosses(subject);
  const all = entries("losses", KIND.EnumMember, { first }).map((item) =>
    first.includes(item.label) ? { ...item, detail: `loss, fits ${activation}` } : item,
  );
  return [...outputs, ...all, ...letItems(context, ({ kind }) => kind === "call")];
}

/** The facts that determine an output's loss and metrics. */
interface Subject {
  readonly activation: string | undefined;
  readonly targets: readonly (ColumnFacts | undefined)[];
  readonly data: ResolvedData | undefined;
}

export function subjectOf(output: ResolvedLayer | undefined, { model, data }: Pick<Pair, "model" | "data">): Subject {
  const target = data?.target ?? [];
  const { targetOf } = data ?? {};
  const found = output && targetOf !== "features" ? targetOf?.get(output.id)?.target : undefined;
  const range = found === "features" ? undefined : found;
  const own = range ? target.slice(...range) : (model?.outputs.length ?? 0) > 1 ? [] : target;
  return { activation: output?.activation?.name, targets: own.map((name) => data?.column(name)), data };
}

/** Returns the losses for an output, best first: by its activation, then by the target. */
function fittingLosses({ activation, targets, data }: Subject): string[] {
  const rank = (name: keyof typeof losses): number => (losses[name] as Loss).fits.indexOf(activation as never);
  const isOneHot = targets.length > 1;
  const suits = (name: keyof typeof losses): number => {
    const { target } = losses[name];
    if (target === "one_hot") return isOneHot && name === "categorical_crossentropy" ? 0 : 2;
    return target === "class_index" && !isOneHot ? 0 : 1;
  };
  const isClasses = data?.images !== undefined || targets.some((column) => column?.kind === "text");
  const isNumber = ({ target }: Loss): boolean => target === "number" && isClasses;
  return names(losses)
    .filter((name) => rank(name) >= 0 && !isNumber(losses[name]))
    .sort((a, b) => (activation === "softmax" ? suits(a) - suits(b) : 0) || rank(a) - rank(b));
}

/** Returns the metrics that can measure an output. */
export function fittingMetrics({ activation, targets, data }: Subject): MetricName[] {
  const isClasses =
    data?.images !== undefined ||
    activation === "softmax" ||
    activation === "sigmoid" ||
    activation === "heaviside" ||
    activation === "sign" ||
    targets.some((column) => column?.kind === "text");
  return names(metrics).filter((name) => metrics[name].measures === (isClasses ? "classes" : "numbers"));
}

/** Returns the values that a training can monitor: the losses, and the metrics on the `metrics` line. */
function monitored({ analysis, place }: Context, { model, data, train }: Pair): string[] {
  const outputs = model?.outputs ?? [];
  const own = analysis.trains.find(({ node }) => node.span.start <= place.typed.start && place.typed.start <= node.span.end) ?? train;
  const measured = (own?.metrics ?? []).flatMap(({ name, output }) =>
    outputs.length > 1 ? outputs.filter(({ id }) => output === null || output === id).map(({ id }) => `${id}_${name}`) : [name],
  );
  const validates = !data || data.split.validation > 0 || data.ownSources.validation !== undefined;
  const all = ["loss", ...measured];
  return validates ? [...all.map((name) => `val_${name}`), ...all] : all;
}
