/**
 * The analysis of one version of a document: tree, names, shapes, issues, plans. It is computed once per version and immutable. The
 * function is pure: facts about data files are passed in as `DataFiles`.
 */

import { isInputWord } from "../../engine/catalog/layers.ts";
import { checkClaims, checkFit } from "./checks/dataFit.ts";
import { checkLayers } from "./checks/modelAdvice.ts";
import { changeTo, fix, together } from "./diagnostics/fixes.ts";
import type { Fix, Issue, Report } from "./diagnostics/issue.ts";
import { issue } from "./diagnostics/issue.ts";
import { type ResolvedExpect, resolveExpect } from "./expect.ts";
import { oneMessageEach } from "./foreign/oneMessage.ts";
import { settled } from "./ignoredAdvice.ts";
import { type ResolvedData, resolveData } from "./resolve/data.ts";
import { type DataFiles, NO_FILES } from "./resolve/dataFacts.ts";
import { checkUnused, scopeOf } from "./resolve/lets.ts";
import { resolveModel } from "./resolve/model.ts";
import type { ResolvedModel } from "./resolve/resolvedModel.ts";
import type { ResolvedTrain } from "./resolve/resolvedTrain.ts";
import { type Scope, suggestion } from "./resolve/scope.ts";
import { type Parsed, parse } from "./syntax/parse.ts";
import type { Span } from "./syntax/span.ts";
import type { Tokens } from "./syntax/tokens.ts";
import type { BlockNode, DataNode, ExpectNode, ModelNode, NameNode, NetworkFile, TrainNode } from "./syntax/tree.ts";
import { type Planned, toPlan } from "./toPlan.ts";
import { resolveTrain } from "./train.ts";

export interface Analysis {
  readonly text: string;
  readonly tokens: Tokens;
  readonly tree: NetworkFile;
  readonly issues: readonly Issue[];
  readonly lets: Scope["lets"];
  /** The models, each resolved with the first data used with it in the file. */
  readonly models: readonly ResolvedModel[];
  readonly data: readonly ResolvedData[];
  readonly trains: readonly ResolvedTrain[];
  readonly expects: readonly ResolvedExpect[];
  /** The plans in the order of `trains`; undefined for a training with errors. */
  readonly plans: readonly (Planned | undefined)[];
}

export function analyse(text: string, files: DataFiles = NO_FILES, parsed: Parsed = parse(text)): Analysis {
  const { tree, issues: syntax, tokens } = parsed;
  const found: Issue[] = [...syntax];
  const report: Report = (next) => {
    if (!(LACKS.has(next.code) && isUnfinished(next.span, syntax))) found.push(next);
  };
  const scope = scopeOf(tree.blocks, text, report);
  const modelNodes = tree.blocks.filter((block) => block.kind === "model");
  const dataNodes = tree.blocks.filter((block) => block.kind === "data");
  const trainNodes = tree.blocks.filter((block) => block.kind === "train");
  const expectNodes = tree.blocks.filter((block) => block.kind === "expect");
  checkNames(tree.blocks, scope);

  const names = inputNames(modelNodes, scope);
  const data = dataNodes.map((node) => resolveData(node, files, names, scope));
  const dataOf = new Map(data.map((one) => [one.node, one]));
  const pairs = [...trainNodes, ...expectNodes].map((node) => pairOf(node, modelNodes, dataNodes, scope));
  /**
   * The scope for resolving a model again with other data. It reports only columns that the other data lack, since everything else has been
   * reported.
   */
  const columnsOnly: Scope = {
    ...scope,
    report(next) {
      if (next.code === "NN211") report(next);
    },
  };

  const models = modelNodes.map((node) => resolveModel(node, firstData(node), scope));
  const trains = trainNodes.map((node, k) => {
    const pair = pairs[k];
    const own = pair?.data && dataOf.get(pair.data);
    const known = models.find((model) => model.node === pair?.model);
    // A model used with several data blocks is resolved again for each.
    const model = pair?.model && own && firstData(pair.model) !== own ? resolveModel(pair.model, own, columnsOnly) : known;
    const train = resolveTrain(node, model, own, files, scope);
    let fits = true;
    checkFit(train, files, {
      ...scope,
      report(next) {
        fits &&= next.severity !== "error";
        report(next);
      },
    });
    return fits ? train : { ...train, faulty: true };
  });
  const expects = expectNodes.map((node, k) => {
    const pair = pairs[trainNodes.length + k];
    const resolved = resolveExpect(
      node,
      models.find((model) => model.node === pair?.model),
      pair?.data && dataOf.get(pair.data),
      scope,
    );
    checkClaims(resolved, trains, scope);
    return resolved;
  });
  for (const model of models) checkLayers(model, scope);
  checkUnused(tree.blocks, scope);

  const issues = settled(text, tree.comments, oneMessageEach(found));
  const damaged = syntax.length > 0;
  return {
    text,
    tokens,
    tree,
    issues,
    lets: scope.lets,
    models,
    data,
    trains,
    expects,
    plans: trains.map((train) => (damaged && isInBlocksOf(train, syntax) ? undefined : toPlan(train))),
  };

  function firstData(node: ModelNode): ResolvedData | undefined {
    const pair = pairs.find(({ model, data: met }) => model === node && met);
    return pair?.data ? dataOf.get(pair.data) : data.length === 1 && modelNodes.length === 1 ? data[0] : undefined;
  }
}

/** The codes of what a whole block lacks. */
const LACKS: ReadonlySet<string> = new Set(["NN212", "NN401", "NN408"]);

/** Whether a block's opening line lacks its brace. Anything missing in the block is then not reported, since it is still being written. */
const isUnfinished = ({ start, end }: Span, syntax: readonly Issue[]): boolean =>
  syntax.some(({ code, span }) => (code === "NN102" || code === "NN101") && span.start <= start && end <= span.end);

/** A name declared by a block, and the place for a message about it. */
interface Declared {
  readonly what: "model" | "data" | "run";
  readonly name: string;
  readonly span: Span;
  readonly fixes: readonly Fix[];
}

function checkNames(blocks: readonly BlockNode[], scope: Scope): void {
  const models = blocks.filter((block) => block.kind === "model");
  const seen = new Map<string, Declared>();
  for (const block of blocks) {
    if ((block.kind === "model" || block.kind === "data") && !block.name) {
      const { end } = block.keyword;
      const wanted = wantedName(block.kind, blocks);
      const example = `${block.kind} ${wanted ?? (block.kind === "model" ? "Iris" : "Flowers")} {`;
      const fixes = wanted === undefined ? [] : [fix(`Name it \`${wanted}\``, { span: { start: end, end }, text: ` ${wanted}` })];
      scope.report(issue("NN212", block.keyword, { of: block.kind, name: "a name", example }, { fixes }));
    }
    const declared = declaredBy(block, models, seen);
    if (!declared) continue;
    const { what, name, span, fixes } = declared;
    const first = seen.get(`${what} ${name}`);
    if (first)
      scope.report(
        issue("NN210", span, { what, name }, { fixes, related: [{ span: first.span, message: `The first \`${name}\` is here.` }] }),
      );
    else seen.set(`${what} ${name}`, declared);
  }
}

/** Returns the name for a block without one: the only name that trainings and expectations use and that no block of the kind declares. */
function wantedName(kind: "model" | "data", blocks: readonly BlockNode[]): string | undefined {
  const declared = new Set(blocks.flatMap((block) => (block.kind === kind && block.name ? block.name.text : [])));
  const used = blocks.flatMap((block) => (block.kind === "train" || block.kind === "expect" ? (block[kind]?.text ?? []) : []));
  const [wanted, ...others] = new Set(used.filter((name) => !declared.has(name)));
  const nameless = blocks.filter((block) => block.kind === kind && !block.name);
  return others.length === 0 && nameless.length === 1 ? wanted : undefined;
}

/** Returns the name declared by a block. A training without a label has its model's name. */
function declaredBy(block: BlockNode, models: readonly ModelNode[], seen: ReadonlyMap<string, Declared>): Declared | undefined {
  switch (block.kind) {
    case "let":
    case "expect":
      return undefined;
    case "train": {
      if (block.label) return { what: "run", name: block.label.text, span: block.label.span, fixes: [] };
      const name = block.model?.text ?? (models.length === 1 ? models[0]?.name?.text : undefined);
      if (name === undefined) return undefined;
      let count = 2;
      while (seen.has(`run ${name}_${count}`)) count++;
      const { start } = block.head;
      const label = `${name}_${count}`;
      return {
        what: "run",
        name,
        span: block.head,
        fixes: [fix(`Add the label \`${label}\``, { span: { start, end: start }, text: `${label}: ` })],
      };
    }
    default:
      return block.name && { what: block.kind, name: block.name.text, span: block.name.span, fixes: [] };
  }
}

/** Returns the model and data of a `train` or `expect` block: the ones it names, or the only ones in the file. */
function pairOf(
  node: TrainNode | ExpectNode,
  models: readonly ModelNode[],
  data: readonly DataNode[],
  scope: Scope,
): { model: ModelNode | undefined; data: DataNode | undefined } {
  const head = node.kind === "train" ? node.head : node.keyword;
  const pick = <N extends ModelNode | DataNode>(
    name: NameNode | undefined,
    all: readonly N[],
    what: "model" | "data",
    isNeeded: boolean,
  ): N | undefined => {
    if (!name) {
      if (all.length !== 1 && isNeeded) scope.report(issue("NN408", head, { what, count: all.length }));
      return all.length === 1 ? all[0] : undefined;
    }
    const found = all.find((one) => one.name?.text === name.text);
    if (!found) {
      // A block without a name has its own message.
      const nameless = all.filter((one) => one.name === undefined);
      if (nameless.length > 0) return nameless.length === 1 ? nameless[0] : undefined;
      const known = all.flatMap((one) => one.name?.text ?? []);
      const near = suggestion(name, known);
      // The only model or data block in the file is most likely meant. Otherwise the block is still to be written.
      const [only, other] = near.parts.nearest === undefined ? known : [];
      const { parts, fixes } =
        only === undefined || other !== undefined
          ? near
          : { parts: { ...near.parts, nearest: only }, fixes: [{ ...changeTo(name.span, only), isGuess: true }] };
      scope.report(issue("NN209", name.span, { what, ...parts }, { fixes }));
    }
    return found;
  };
  const swapped = swappedPair(node, models, data);
  if (swapped && node.model && node.data) {
    const [model, other] = [node.data.text, node.model.text];
    const change = changeTo(node.model.span, model, `Change to \`${model} on ${other}\``);
    const fixes = [together(change, [changeTo(node.data.span, other)])];
    scope.report(issue("NN209", node.model.span, { what: "model", name: other, nearest: model }, { fixes }));
    return swapped;
  }
  const needsData = node.kind === "train" || node.body.some(({ kind }) => kind === "claim");
  return { model: pick(node.model, models, "model", true), data: pick(node.data, data, "data", needsData) };
}

/** Returns the model and data of a block that names them in the wrong order; undefined for any other block. */
function swappedPair(
  { model, data: used }: TrainNode | ExpectNode,
  models: readonly ModelNode[],
  data: readonly DataNode[],
): { model: ModelNode; data: DataNode } | undefined {
  if (!model || !used || models.some(({ name }) => name?.text === model.text) || data.some(({ name }) => name?.text === used.text))
    return undefined;
  const foundModel = models.find(({ name }) => name?.text === used.text);
  const foundData = data.find(({ name }) => name?.text === model.text);
  return foundModel && foundData && { model: foundModel, data: foundData };
}

/** Returns the input names of the first model that names any, for a table without column names. */
function inputNames(models: readonly ModelNode[], { lets }: Scope): string[] {
  for (const model of models) {
    const names = model.body.flatMap((line) =>
      line.kind === "layer" && isInputWord(line.name.text)
        ? line.arguments.flatMap(({ value }) => (value?.kind === "name" && !lets.has(value.text) ? [value.text] : []))
        : [],
    );
    if (names.length > 0) return names;
  }
  return [];
}

/** Whether a syntax issue is in one of the training's blocks. */
function isInBlocksOf({ node, model, data }: ResolvedTrain, syntax: readonly Issue[]): boolean {
  const blocks = [node, model?.node, data?.node].filter((block) => block !== undefined);
  return syntax.some(({ span }) => blocks.some((block) => span.start >= block.span.start && span.start <= block.span.end));
}
