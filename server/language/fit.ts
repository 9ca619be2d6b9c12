/** Whether a model and its data fit: features against inputs, targets and classes against outputs and losses. */
import { type Shape, shapeText, sizeOf } from "../../engine/catalog/layers.ts";
import { type Loss, type LossName, losses } from "../../engine/catalog/losses.ts";
import type { ResolvedData } from "./data.ts";
import type { ColumnFacts } from "./dataFacts.ts";
import { issue, listed } from "./diagnostics.ts";
import { columnWidth, type ResolvedLayer, type ResolvedModel } from "./model.ts";
import type { Scope } from "./scope.ts";
import { type ResolvedTrain, targetsOf } from "./train.ts";

/** The columns to learn from: as `features` says, or those that the inputs name, or all but the target. undefined: images, or not known. */
export function featureColumns(model: ResolvedModel, data: ResolvedData): readonly string[] | undefined {
  if (data.images) return undefined;
  if (data.features) return data.features;
  const known = data.columns?.map(({ name }) => name);
  const inputs = model.layers.filter(({ kind }) => kind === "input");
  if (inputs.length > 0 && inputs.every(({ columns }) => columns)) {
    const named = new Set(inputs.flatMap(({ columns }) => columns ?? []));
    return known ? known.filter((name) => named.has(name)) : [...named];
  }
  return known?.filter((name) => !data.target.includes(name));
}

export function featureShape(model: ResolvedModel, data: ResolvedData): Shape | undefined {
  if (data.images) return data.images.shape;
  const columns = featureColumns(model, data);
  return columns && [columns.reduce((sum, name) => sum + columnWidth(name, data), 0)];
}

export function checkFit(train: ResolvedTrain, scope: Scope): void {
  const { model, data } = train;
  // What is wrong with the data alone has been said; what follows from it is not.
  if (!model || !data || data.faulty) return;
  if (!data.columns && !data.images) return;
  checkText(model, data, scope);
  checkGaps(model, data, scope);
  const features = featureShape(model, data);
  for (const layer of model.layers) if (layer.kind === "input" && features) checkInput(layer, model, data, features, scope);
  checkTargets(train, model, data, scope);
}

/** NN217: where the column is named, else on the source. */
function checkText(model: ResolvedModel, data: ResolvedData, scope: Scope): void {
  for (const name of featureColumns(model, data) ?? []) {
    const column = data.columns?.find((other) => other.name === name);
    if (column?.kind !== "text" || data.oneHot.includes(name)) continue;
    const features = data.node.body.find((line) => line.kind === "directive" && line.name.text === "features");
    const input = model.layers.find(({ columns }) => columns?.includes(name));
    const named = features ?? input?.node;
    const place =
      named?.kind === "directive" || named?.kind === "layer"
        ? named.arguments.find(
            ({ value }) => (value?.kind === "name" && value.text === name) || (value?.kind === "string" && value.value === name),
          )
        : undefined;
    scope.report(
      issue("NN217", place?.span ?? named?.span ?? data.sourceSpan, { column: name, example: column.words[0]?.slice(0, 40) ?? "" }),
    );
  }
}

/** One message for the first gap, in the words that training would stop with. */
function checkGaps(model: ResolvedModel, data: ResolvedData, scope: Scope): void {
  if (data.missing === "drop") return;
  for (const name of [...(featureColumns(model, data) ?? []), ...data.target]) {
    const column = data.columns?.find((other) => other.name === name);
    const isTarget = data.target.includes(name);
    if (column?.firstGap === undefined || (data.missing === "mean" && !isTarget && !data.oneHot.includes(name))) continue;
    const repair =
      isTarget || data.oneHot.includes(name)
        ? "write `missing drop` to leave such rows out"
        : "write `missing drop` to leave such rows out or `missing mean` to fill them in";
    scope.report(
      issue("NN406", data.sourceSpan, {
        message: `${column.firstGap}: the value is missing (${column.gaps} of ${name} ${column.gaps === 1 ? "is" : "are"}); ${repair}.`,
      }),
    );
    return;
  }
}

function checkInput(layer: ResolvedLayer, model: ResolvedModel, data: ResolvedData, features: Shape, scope: Scope): void {
  if (!layer.output || (layer.columns && !data.images) || shapeText(layer.output) === shapeText(features)) return;
  const names = featureColumns(model, data);
  const flat = data.images && features.length > 1 && layer.output.length === 1;
  const repair = `input ${shapeText(features)}`;
  const { arguments: written, span } = layer.node;
  const first = written[0]?.span;
  const last = written.at(-1)?.span;
  const changes = [
    ...(first && last ? [{ span: { start: first.start, end: last.end }, text: shapeText(features) }] : []),
    ...(flat ? [{ span: { start: span.end, end: span.end }, text: "\n  flatten" }] : []),
  ];
  scope.report(
    issue(
      "NN301",
      span,
      {
        input: layer.output.length > 1 ? shapeText(layer.output) : `${layer.output[0]} value${layer.output[0] === 1 ? "" : "s"}`,
        data: data.name,
        features: data.images ? `images of ${shapeText(features)}` : `${features[0]} features (${listed(names ?? [])})`,
        repair: flat ? `${repair}\` and \`flatten` : repair,
      },
      {
        fixes: [{ title: `Change to \`${repair}\`${flat ? " and `flatten`" : ""}`, changes }],
        related: [{ span: data.sourceSpan, message: `The data comes from here.` }],
      },
    ),
  );
}

function checkTargets(train: ResolvedTrain, model: ResolvedModel, data: ResolvedData, scope: Scope): void {
  const columns = data.target.map((name) => data.columns?.find((column) => column.name === name));
  if (!data.images && (columns.length === 0 || columns.some((column) => !column))) return;
  const classes = classCount(data, columns[0]);
  const isClasses = data.images !== undefined || (columns.length === 1 && (data.classes !== undefined || columns[0]?.kind === "text"));
  const ranges = targetsOf(train, model.outputs, data.images ? 1 : columns.length, isClasses);
  for (const output of model.outputs) {
    const found = train.losses.get(output.id);
    const units = output.output && sizeOf(output.output);
    if (!found || units === undefined) continue;
    const [from, to] = ranges.get(output.id) ?? [0, columns.length];
    checkOutput(output, units, found.use.name, found.span, columns.slice(from, to), classes, data, scope);
  }
}

interface ClassCount {
  readonly count: number;
  /** Known from names; otherwise only that there are at least so many. */
  readonly exact: boolean;
  readonly names: readonly string[];
}

function classCount(data: ResolvedData, target: ColumnFacts | undefined): ClassCount | undefined {
  if (data.classes) return { count: data.classes.length, exact: true, names: data.classes };
  if (data.images)
    return data.images.largestLabel === undefined ? undefined : { count: data.images.largestLabel + 1, exact: false, names: [] };
  if (data.target.length !== 1 || !target) return undefined;
  if (target.kind === "text") return { count: target.words.length, exact: !data.isSample, names: target.words };
  return target.isWhole && target.min >= 0 ? { count: target.max + 1, exact: false, names: [] } : undefined;
}

function checkOutput(
  output: ResolvedLayer,
  units: number,
  loss: LossName,
  lossSpan: ResolvedTrain["spans"]["loss"],
  targets: readonly (ColumnFacts | undefined)[],
  classes: ClassCount | undefined,
  data: ResolvedData,
  scope: Scope,
): void {
  const { target }: Loss = losses[loss];
  const text = targets.find((column) => column?.kind === "text");
  const span = output.node.span;
  const wrongCount = (): void => scope.report(issue("NN304", span, { units, targets: targets.length, loss }));
  const wrongClasses = (): void => {
    if (classes)
      scope.report(
        issue(
          "NN305",
          span,
          { units, classes: classes.count, names: classes.names.length > 0 ? ` (${listed(classes.names)})` : "" },
          { related: [{ span: data.targetSpan, message: "The classes are in this column." }] },
        ),
      );
  };
  if (target === "number") {
    if (text)
      scope.report(
        issue("NN403", lossSpan, {
          message: `\`${loss}\` compares numbers, but the target \`${text.name}\` is text; use sparse_categorical_crossentropy for its ${text.words.length} classes.`,
        }),
      );
    else if (data.images)
      scope.report(
        issue("NN403", lossSpan, {
          message: `\`${loss}\` compares numbers, but the labels are classes; use sparse_categorical_crossentropy.`,
        }),
      );
    else if (targets.length !== units) wrongCount();
    return;
  }
  if (target === "class_index") {
    const [column] = targets;
    if (targets.length !== 1 && !data.images) wrongCount();
    else if (column?.kind === "number" && !(column.isWhole && column.min >= 0)) {
      scope.report(
        issue("NN403", lossSpan, {
          message: `\`${loss}\` needs class names or whole numbers from 0, but \`${column.name}\` goes from ${column.min} to ${column.max}${column.isWhole ? "" : " in fractions"}; use mse for numbers.`,
        }),
      );
    } else if (classes && (classes.exact ? units !== classes.count : units < classes.count)) wrongClasses();
    return;
  }
  // One column of class names, or image labels, is expanded to the units.
  if (data.images || text) {
    if (targets.length > 1) wrongCount();
    else if (classes && (units === 1 ? classes.count > 2 : classes.exact ? units !== classes.count : units < classes.count)) wrongClasses();
    return;
  }
  if (targets.length !== units) wrongCount();
  else checkValues(loss, target, targets, lossSpan, scope);
}

function checkValues(
  loss: LossName,
  target: Loss["target"],
  targets: readonly (ColumnFacts | undefined)[],
  span: ResolvedTrain["spans"]["loss"],
  scope: Scope,
): void {
  const low = target === "sign" ? -1 : 0;
  const out = targets.find((column) => column && (column.min < low || column.max > 1));
  if (out)
    scope.report(
      issue("NN403", span, {
        message: `\`${loss}\` needs targets from ${low} to 1, but \`${out.name}\` goes from ${out.min} to ${out.max}; use mse for numbers, or encode the classes as 0 and 1.`,
      }),
    );
}
