/** Checks that each output fits its loss and target: units, kinds, classes, ranges. Each output has at most one issue, for the deepest cause. */

import { type Activation, type ActivationName, activations } from "../../../engine/catalog/activations.ts";
import type { Configured } from "../../../engine/catalog/index.ts";
import { isCategorical, type Loss, type LossName, losses, targetForm } from "../../../engine/catalog/losses.ts";
import { shapeText, sizeOf } from "../../../engine/catalog/shapes.ts";
import { plural, roundedText } from "../../../engine/numberText.ts";
import {
  activationChanged,
  activationValue,
  argumentRemoved,
  changeTo,
  directiveAdded,
  lineRemoved,
  together,
  unitsChanged,
} from "../diagnostics/fixes.ts";
import { type Fix, type Issue, issue } from "../diagnostics/issue.ts";
import { listed } from "../diagnostics/table.ts";
import type { ColumnFacts } from "../resolve/columnFacts.ts";
import type { ResolvedData } from "../resolve/data.ts";
import { isActivationLine, type ResolvedLayer, type ResolvedModel } from "../resolve/resolvedModel.ts";
import type { ResolvedTrain } from "../resolve/resolvedTrain.ts";
import type { Scope } from "../resolve/scope.ts";
import { isNamedClasses, targetsOf } from "../resolve/targets.ts";
import type { Span } from "../syntax/span.ts";
import { encodedFeatures } from "./featureTargets.ts";

/** An output with its loss and its target columns. */
export interface Subject {
  readonly output: ResolvedLayer;
  readonly units: number;
  readonly loss: LossName;
  /** The span of the name of the loss. */
  readonly lossSpan: Span;
  readonly targets: readonly (ColumnFacts | undefined)[];
  /** Whether the output learns the features. Then `targets` are the network's scaled input numbers. */
  readonly learnsFeatures: boolean;
  readonly classes: ClassCount | undefined;
  readonly data: ResolvedData;
  readonly scope: Scope;
}

/**
 * Reports NN402, NN503 and NN512, which need no data. `exclusive` is the loss for mutually exclusive classes, `single` the loss for one
 * unit, and `classes` the number of classes if it is known and more than two. Returns whether the loss can work with the activation.
 */
export function checkLossAndActivation(
  output: ResolvedLayer,
  loss: LossName,
  lossSpan: Span,
  { exclusive, single, classes }: { readonly exclusive: LossName; readonly single: LossName; readonly classes: number | undefined },
  scope: Scope,
): boolean {
  const { fits, works }: Loss = losses[loss];
  const name = output.activation?.name;
  const units = output.output && sizeOf(output.output);
  // Steps have their own findings (NN404, NN405), and an unknown activation has been reported.
  if (!name || "step" in activations[name]) return true;
  const [best = "linear"] = fits;
  const span = output.node.span;
  if (works && !works.after.includes(name) && !(units === 1 && isCategorical(loss))) {
    scope.report(
      issue(
        "NN402",
        lossSpan,
        {
          message: `\`${loss}\` needs ${works.outputs}, but \`${output.id}\` ends in \`${name}\`, which outputs ${rangeText(name)}; use \`${best}\` there, or another loss.`,
        },
        {
          fixes: activationChanged(output.node, output.namesActivation ? name : undefined, best),
          related: [{ span, message: `\`${loss}\` takes the output of this layer.` }],
        },
      ),
    );
    return false;
  }
  if (units === 1 && name !== "softmax" && (losses[loss].target === "one_hot" || (works && !works.after.includes(name)))) {
    const { works: needs, fits: after }: Loss = losses[single];
    const activation =
      needs && !needs.after.includes(name)
        ? activationChanged(output.node, output.namesActivation ? name : undefined, after[0] ?? "sigmoid")
        : [];
    const [more] = classes === undefined ? [] : unitsChanged(output.node, classes);
    const own = output.namesActivation ? name : undefined;
    const repair = classes === undefined ? `use \`${single}\`` : `give it ${classes} units and \`softmax\``;
    scope.report(
      issue(
        "NN402",
        lossSpan,
        { message: `\`${loss}\` needs an output unit for each class, but \`${output.id}\` has one unit; ${repair}.` },
        {
          fixes:
            classes === undefined
              ? [together(changeTo(lossSpan, single), activation)]
              : more
                ? [together(more, activationChanged(output.node, own, "softmax"))]
                : [],
          related: [{ span, message: `\`${loss}\` takes the output of this layer.` }],
        },
      ),
    );
    return false;
  }
  if (units === undefined || units < 2) return true;
  if (isCategorical(loss) && (name === "sigmoid" || name === "hard_sigmoid")) {
    scope.report(issue("NN503", span, { activation: name, loss, units }, { fixes: activationChanged(output.node, name, "softmax") }));
  } else if (losses[loss].target === "binary" && name === "softmax") {
    scope.report(issue("NN512", lossSpan, { units }, { fixes: [changeTo(lossSpan, exclusive)] }));
  }
  return true;
}

const rangeText = (name: ActivationName): string => {
  const { range }: Activation = activations[name];
  const [low, high] = range;
  if (Number.isFinite(low))
    return Number.isFinite(high) ? `values from ${roundedText(low)} to ${roundedText(high)}` : `values from ${roundedText(low)} up`;
  return "any number";
};

/** Returns the model's outputs with their losses and targets. Outputs without a known loss or shape are left out. */
export function subjectsOf(train: ResolvedTrain, model: ResolvedModel, data: ResolvedData, scope: Scope): Subject[] {
  const columns = data.target.map((name) => data.column(name));
  const ranges = targetsOf(train, model.outputs, data);
  const learnsColumns = [...ranges.values()].some((range) => range !== "features");
  if (!data.images && learnsColumns && (columns.length === 0 || columns.some((column) => !column))) return [];
  const features = data.targetOf && encodedFeatures(model, data);
  return model.outputs.flatMap((output): Subject[] => {
    const found = train.losses.get(output.id);
    const units = output.output && sizeOf(output.output);
    const range = ranges.get(output.id);
    if (!found || units === undefined || !range) return [];
    const subject = { output, units, loss: found.use.name, lossSpan: found.span, data, scope };
    if (range === "features") return features ? [{ ...subject, targets: features, learnsFeatures: true, classes: undefined }] : [];
    const targets = columns.slice(...range);
    const classes = targets.length <= 1 ? classCount(data, targets[0]) : undefined;
    return [{ ...subject, targets, learnsFeatures: false, classes }];
  });
}

export interface ClassCount {
  readonly count: number;
  /** Whether the count is exact because the names are known. Otherwise it is a lower bound. */
  readonly exact: boolean;
  readonly names: readonly string[];
}

export function classCount(data: ResolvedData, target: ColumnFacts | undefined): ClassCount | undefined {
  if (data.classes && (data.images || isNamedClasses(data, target?.name)))
    return { count: data.classes.length, exact: true, names: data.classes };
  if (data.images)
    return data.images.largestLabel === undefined ? undefined : { count: data.images.largestLabel + 1, exact: false, names: [] };
  if (!target) return undefined;
  if (target.kind === "text") return { count: target.words.length, exact: !data.isSample, names: target.words };
  return target.isWhole && target.min >= 0 ? { count: target.max + 1, exact: false, names: [] } : undefined;
}

/** Returns the usual loss for an output and its target. Features are numbers. */
export function fittingLoss(units: number | undefined, activation: ActivationName | undefined, data: ResolvedData | undefined): LossName {
  if (data?.targetOf === "features") return "mse";
  const columns = data?.target.map((name) => data.column(name)) ?? [];
  const isNamed = data !== undefined && (data.images !== undefined || data.classes !== undefined || columns[0]?.kind === "text");
  const isBinary = columns.length > 0 && columns.every((column) => column?.isWhole && column.min >= 0 && column.max <= 1);
  const classCount = data?.classes?.length ?? columns[0]?.words.length ?? 2;
  if (isNamed) return units === 1 && classCount <= 2 ? "binary_crossentropy" : "sparse_categorical_crossentropy";
  if (isBinary && columns.length === (units ?? 1))
    return activation === "softmax" ? "categorical_crossentropy" : activation === "sigmoid" ? "binary_crossentropy" : "mse";
  if (activation === "softmax") return "sparse_categorical_crossentropy";
  return data === undefined && activation === "sigmoid" ? "binary_crossentropy" : "mse";
}

/** Reports a mismatch between an output that learns the features and its loss: at most one finding. */
function checkReconstruction(subject: Subject): void {
  const { output, units, loss, lossSpan, targets, scope } = subject;
  const form = targetForm(loss, output.activation?.name);
  const wrongLoss = (message: string): void => scope.report(issue("NN403", lossSpan, { message }, { fixes: [changeTo(lossSpan, "mse")] }));
  if (form === "class_index") wrongLoss(`\`${loss}\` needs a class for each row, but the target is the features; use \`mse\`.`);
  else if (targets.length !== units) wrongCount(subject);
  else if (form === "number") checkReach(subject);
  else {
    const low = form === "sign" ? -1 : 0;
    const out = targets.find((column) => column && (column.min < low || column.max > 1));
    if (out)
      wrongLoss(
        `\`${loss}\` needs targets from ${low} to 1, but the feature \`${out.name}\` has values from ${roundedText(out.min)} to ${roundedText(out.max)}; write \`scale minmax\`, or use \`mse\`.`,
      );
  }
}

/**
 * Reports mismatches between the outputs, their losses and their targets: at most one finding per output. If the columns can't be divided
 * among several outputs, there is a single finding.
 */
export function checkOutputs(subjects: readonly Subject[], scope: Scope): void {
  const found: Issue[] = [];
  for (const subject of subjects) checkOutput({ ...subject, scope: { ...scope, report: (one) => found.push(one) } });
  const [first] = subjects;
  const isShared = first !== undefined && !first.data.targetOf && first.targets.length > 1;
  const apart = found.filter(({ code }) => code === "NN304");
  for (const one of found) if (!(isShared && apart.length > 1 && one.code === "NN304")) scope.report(one);
  if (!isShared || apart.length < 2) return;
  const outputs = subjects.map(({ output }) => output.id);
  const units = subjects.reduce((sum, subject) => sum + subject.units, 0);
  scope.report(issue("NN304", first.data.targetSpan, { units, targets: first.targets.length, loss: first.loss, outputs }));
}

/** Reports a mismatch between an output, its loss and its target: at most one finding. */
function checkOutput(subject: Subject): void {
  if (subject.learnsFeatures) {
    checkReconstruction(subject);
    return;
  }
  const { output, units, loss, lossSpan, targets, classes, data, scope } = subject;
  const target = targetForm(loss, output.activation?.name);
  const text = targets.find((column) => column?.kind === "text");
  const isNamed = targets.length === 1 && isNamedClasses(data, targets[0]?.name);
  const wrongLoss = (message: string, before: readonly Fix[] = []): void => {
    const better = fittingLoss(units, output.activation?.name, data);
    scope.report(issue("NN403", lossSpan, { message }, { fixes: [...before, ...(better === loss ? [] : [lossFix(subject, better)])] }));
  };
  if (target === "number") {
    if (text)
      wrongLoss(
        `\`${loss}\` compares numbers, but the target \`${text.name}\` is text; use \`${text.words.length > 2 ? "sparse_categorical_crossentropy" : fittingLoss(units, undefined, data)}\` for its ${text.words.length} classes.`,
      );
    else if (isNamed)
      wrongLoss(
        `\`${loss}\` compares numbers, but \`classes\` makes the target \`${targets[0]?.name}\` classes; use \`${fittingLoss(units, output.activation?.name, data)}\`, or remove \`classes\`.`,
      );
    else if (data.images) wrongLoss(`\`${loss}\` compares numbers, but the labels are classes; use \`sparse_categorical_crossentropy\`.`);
    else if (targets.length !== units) wrongCount(subject);
    else checkReach(subject);
    return;
  }
  const axes = output.output?.length ?? 1;
  if (axes > 1 && (target === "class_index" || (target === "one_hot" && (isNamed || data.images)))) {
    wrongCount(subject, output.output && shapeText(output.output));
    return;
  }
  if (target === "class_index") {
    const [column] = targets;
    if (targets.length > 1 && targets.length === units && targets.every(isZeroOrOne))
      wrongLoss(
        `\`${loss}\` needs the class's name or number in one column, but there is one column for each class; use \`categorical_crossentropy\`.`,
      );
    else if (targets.length !== 1 && !data.images) wrongCount(subject);
    else if (!isNamed && column?.kind === "number" && !(column.isWhole && column.min >= 0)) {
      const line = classesLine(column);
      wrongLoss(
        `\`${loss}\` needs class names or whole numbers from 0, but \`${column.name}\` has ${column.isWhole ? "values" : "fractions"} from ${roundedText(column.min)} to ${roundedText(column.max)}; ${line ? `name its classes with \`${line}\`, or ` : ""}use \`mse\` for numbers.`,
        line ? directiveAdded(data.node, line, scope) : [],
      );
    } else if (classes && (classes.exact ? units !== classes.count : units < classes.count)) wrongClasses(subject, classes);
    return;
  }
  // A column of class names, or image labels, is expanded to one number per unit.
  if (data.images || text || isNamed) {
    if (targets.length > 1) wrongCount(subject);
    else if (classes && (units === 1 ? classes.count > 2 : classes.exact ? units !== classes.count : units < classes.count))
      wrongClasses(subject, classes);
    return;
  }
  const [only] = targets;
  if (target === "one_hot" && units > 1 && targets.length === 1 && only?.isWhole && only.min >= 0) {
    wrongLoss(
      `\`${loss}\` needs one column for each class, but \`${only.name}\` has the number of the class; use \`sparse_categorical_crossentropy\`.`,
    );
    return;
  }
  if (targets.length !== units) {
    wrongCount(subject);
    return;
  }
  const low = target === "sign" ? -1 : 0;
  const out = targets.find((column) => column && (column.min < low || column.max > 1));
  if (out)
    wrongLoss(
      `\`${loss}\` needs targets from ${low} to 1, but \`${out.name}\` has values from ${roundedText(out.min)} to ${roundedText(out.max)}; use \`mse\` for numbers, or encode the classes as 0 and 1.`,
    );
}

/** Returns the fix that changes the loss, and the output's activation if the new loss requires it. */
function lossFix({ output, lossSpan, targets, scope }: Subject, better: LossName): Fix {
  const change = changeTo(lossSpan, better);
  const { activation, namesActivation, node } = output;
  const { fits, works }: Loss = losses[better];
  if (activation && works && !works.after.includes(activation.name))
    return together(change, activationChanged(node, namesActivation ? activation.name : undefined, fits[0] ?? "linear"));
  const [low, high] = activation && !("step" in activations[activation.name]) ? reach(activation) : [];
  const isOut = targets.some(
    (column) => column?.kind === "number" && (column.min < (low ?? column.min) || column.max > (high ?? column.max)),
  );
  return better === "mse" && isOut ? together(change, withoutActivation(output, scope)) : change;
}

const isZeroOrOne = (column: ColumnFacts | undefined): boolean => column?.isWhole === true && column.min >= 0 && column.max <= 1;

/** Reports NN304. `shape` is the output's shape if its axes are wrong. */
function wrongCount({ output, units, targets, loss, data, scope, learnsFeatures }: Subject, shape?: string): void {
  const named = targets.length === 1 ? "One target column is" : `${targets.length} target columns are`;
  const message = learnsFeatures ? `The target is the features: ${plural(targets.length, "number")}.` : `${named} named here.`;
  scope.report(
    issue(
      "NN304",
      output.node.span,
      { units, targets: targets.length, loss, ...(shape && { shape }) },
      {
        fixes: shape ? [] : unitsChanged(output.node, targets.length),
        related: [{ span: data.targetSpan, message }],
      },
    ),
  );
}

/** The maximum number of values in the `classes` line of a message and its fix. */
const MOST_CLASSES_WRITTEN = 20;

/** Returns the `classes` line for all values of a column of numbers; undefined if there are too many. */
function classesLine({ kind, values }: ColumnFacts): string | undefined {
  if (kind !== "number" || !values || values.length < 2 || values.length > MOST_CLASSES_WRITTEN) return undefined;
  return `classes ${values.join(", ")}`;
}

function wrongClasses(subject: Subject, { count, exact, names }: ClassCount): void {
  const { output, units, targets, data, scope } = subject;
  const from = data.isSample ? `, by the ${data.sampleText} of ${data.name}'s file` : "";
  const [column] = targets;
  // Numbers that do not start at 0, or are not consecutive, make fewer classes if they are named.
  const line = !exact && column?.values && column.values.length < count ? classesLine(column) : undefined;
  const classes = line ? (column?.values?.length ?? count) : count;
  const resized = classes === units ? [] : unitsChanged(output.node, classes);
  const named = line ? directiveAdded(data.node, line, scope).map((added) => together(added, resized)) : [];
  scope.report(
    issue(
      "NN305",
      output.node.span,
      { units, classes: count, names: (names.length > 0 ? ` (${listed(names)})` : "") + from, ...(line && { line, named: classes }) },
      {
        fixes: units === 1 && named.length === 0 ? severalUnits(subject, count) : [...named, ...unitsChanged(output.node, count)],
        related: [{ span: data.targetSpan, message: "The classes are in this column." }],
      },
    ),
  );
}

/** Returns the fixes for a single unit with several classes: the loss for one unit if there are two classes, or one unit per class. */
function severalUnits({ output, loss, lossSpan }: Subject, count: number): Fix[] {
  const { node, activation, namesActivation } = output;
  const units = unitsChanged(node, count);
  if (activation?.name !== "sigmoid" && activation?.name !== "hard_sigmoid") return units;
  const softmax = activationChanged(node, namesActivation ? activation.name : undefined, "softmax");
  const ofClasses = isCategorical(loss) ? [] : [changeTo(lossSpan, "sparse_categorical_crossentropy")];
  const title = `Change to \`${[`${node.name.text} ${count} softmax`, ...ofClasses.map(() => "loss sparse_categorical_crossentropy")].join("` and `")}\``;
  const ownUnits = units.map((changed) => ({ ...together(changed, [...softmax, ...ofClasses]), title }));
  return isCategorical(loss) && count === 2 ? [changeTo(lossSpan, "binary_crossentropy"), ...ownUnits] : ownUnits;
}

/** Reports NN511 if targets are outside the range of the output's activation. Both are compared as the loss sees them (scaled). */
function checkReach({ output, targets, data, scope, learnsFeatures }: Subject): void {
  const { activation, node } = output;
  if (!activation || "step" in activations[activation.name]) return;
  const [low, high] = reach(activation);
  for (const column of targets) {
    if (!column || column.kind === "text") continue;
    const scale = learnsFeatures ? "none" : data.scaleTarget;
    const scaled = (value: number): number =>
      scale === "standard"
        ? (value - column.mean) / (column.deviation || 1)
        : scale === "minmax"
          ? (value - column.min) / (column.max - column.min || 1)
          : value;
    const [least, most] = [scaled(column.min), scaled(column.max)];
    const below = least < low - 1e-9;
    if (!below && !(most > high + 1e-9)) continue;
    const side = below
      ? `below ${roundedText(low)}, but the smallest \`${column.name}\` is ${roundedText(least)}`
      : `above ${roundedText(high)}, but the largest \`${column.name}\` is ${roundedText(most)}`;
    const unitsOf = (learnsFeatures ? data.scale : data.scaleTarget) === "none" ? "" : " once scaled";
    const source = data.isSample ? ` in the ${data.sampleText} of ${data.name}'s file` : "";
    scope.report(
      issue(
        "NN511",
        node.span,
        { message: `\`${activation.name}\` can't output anything ${side}${unitsOf}${source}; leave the activation out.` },
        { fixes: withoutActivation(output, scope), related: [{ span: data.targetSpan, message: `\`${column.name}\` is the target.` }] },
      ),
    );
    return;
  }
}

function reach({ name, settings }: Configured<"activations">): readonly [number, number] {
  const { range }: Activation = activations[name];
  return name === "elu" ? [-settings.alpha, range[1]] : range;
}

function withoutActivation(layer: ResolvedLayer, scope: Scope): Fix[] {
  const { node, activation } = layer;
  if (isActivationLine(layer)) return [lineRemoved(node.span, scope)];
  const value = activation && activationValue(node, activation.name);
  const argument = node.arguments.find((one) => one.value === value);
  return argument ? [argumentRemoved(argument.span, scope, `Remove \`${activation?.name}\``)] : [];
}
