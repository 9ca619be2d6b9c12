/** The scopes and variables of a stop. References are valid until the next stop. Nothing is computed that is not shown. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { parseExpression } from "../../engine/debug/expression/parse.ts";
import { numberAt } from "../../engine/debug/numbers.ts";
import { type NamedTensor, scalarsOf, tensorsOf } from "../../engine/debug/tensors.ts";
import type { Timeline } from "../../engine/debug/timeline.ts";
import { isInput } from "../../engine/layerTraits.ts";
import { numberText } from "../../engine/numberText.ts";
import type { Program } from "./program.ts";
import { listText, type ShownTensor, tensorText } from "./tensorText.ts";

type Variable = DebugProtocol.Variable;

/** The part of a tensor at `from` with the given shape. */
interface Part {
  /** The expression that has this value. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
  readonly from: number;
  readonly tensor: NamedTensor | undefined;
}

type Container = { readonly kind: "part"; readonly part: Part } | { readonly kind: "list"; readonly variables: () => readonly Variable[] };

export interface Paging {
  readonly filter?: string | undefined;
  readonly start?: number | undefined;
  readonly count?: number | undefined;
}

/** A client that does not page receives at most so many numbers at once. */
const MOST_UNPAGED = 1000;

export class Variables {
  readonly #program: Program;
  readonly #containers: Container[] = [];

  constructor(program: Program) {
    this.#program = program;
  }

  get #timeline(): Timeline {
    return this.#program.stepper.timeline;
  }

  /** Returns the scopes of a frame: those of the layer first, if the frame has one. */
  scopes(layer: number | undefined): DebugProtocol.Scope[] {
    const { network } = this.#timeline.learner;
    const step = layer === undefined ? undefined : network.steps[layer];
    const scope = (name: string, variables: () => readonly Variable[], expensive = false): DebugProtocol.Scope => ({
      name,
      variablesReference: this.#add({ kind: "list", variables }),
      expensive,
    });
    const own = step ? [scope(step.layer.id, () => tensorsOf(this.#timeline, step).map((tensor) => this.#tensor(tensor)))] : [];
    const layers = scope("All layers", () => this.#layers(), true);
    if (this.#program.rows) return [...own, scope("Row", () => this.#training()), layers];
    return [...own, scope("Batch", () => this.#batch(), own.length > 0), scope("Training", () => this.#training()), layers];
  }

  /** Returns the variables behind a reference; undefined if it is not valid any more. */
  variables(reference: number, paging: Paging): readonly Variable[] | undefined {
    const container = this.#containers[reference - 1];
    if (!container) return undefined;
    if (container.kind === "list") return paging.filter === "indexed" ? [] : container.variables();
    if (paging.filter === "named") return [];
    const { part } = container;
    const size = part.shape[0] ?? 0;
    const start = Math.max(0, paging.start ?? 0);
    const count = Math.min(size - start, paging.count !== undefined && paging.count > 0 ? paging.count : MOST_UNPAGED);
    return Array.from({ length: Math.max(0, count) }, (_, k) => this.#element(part, start + k));
  }

  /** Returns a value as a variable without a name, for `evaluate`. */
  shown(name: string, value: ShownTensor): Pick<Variable, "value" | "variablesReference" | "indexedVariables"> {
    return this.#part({ name, ...value, from: 0, tensor: undefined });
  }

  /** Returns which number a variable of a container is; undefined if there is none of that name. */
  numberOf(reference: number, name: string): { readonly tensor: NamedTensor; readonly at: number } | string {
    const container = this.#containers[reference - 1];
    if (!container) return "The training has gone on; open the variable again.";
    const found = container.kind === "list" ? container.variables().find((variable) => variable.name === name) : undefined;
    if (container.kind === "list") {
      const expression = found?.evaluateName;
      return expression === undefined ? `${name} can't be changed.` : this.numberNamed(expression);
    }
    const { part } = container;
    const at = Number(/^\[(\d+)\]$/.exec(name)?.[1]);
    if (!part.tensor) return `${part.name} is a computed value; change the numbers it is computed from.`;
    if (!Number.isInteger(at) || part.shape.length !== 1 || at >= (part.shape[0] ?? 0)) return `${name} is not a single number.`;
    return { tensor: part.tensor, at: part.from + at };
  }

  /** Returns the expression that has a variable's value; undefined if there is none. */
  expressionOf(reference: number, name: string): string | undefined {
    return this.variables(reference, {})?.find((variable) => variable.name === name)?.evaluateName;
  }

  /** Returns the single number that an expression such as `hidden.kernel[0, 1]` names, or why it names none. */
  numberNamed(expression: string): { readonly tensor: NamedTensor; readonly at: number } | string {
    const parsed = parseExpression(expression);
    return "problem" in parsed ? parsed.problem : numberAt(this.#timeline, parsed.expression);
  }

  #add(container: Container): number {
    this.#containers.push(container);
    return this.#containers.length;
  }

  #tensor(tensor: NamedTensor): Variable {
    const name = tensor.name.slice(tensor.name.indexOf(".") + 1);
    const evaluateName = tensor.name;
    const type = tensor.symbol;
    if (!tensor.values)
      return { name, value: "not computed yet in this batch", type, variablesReference: 0, presentationHint: { attributes: ["readOnly"] } };
    const part: Part = { name: evaluateName, shape: tensor.shape, values: tensor.values, from: 0, tensor };
    return {
      name,
      evaluateName,
      type,
      ...this.#part(part),
      ...menuOf(part),
      ...(tensor.isFixed !== undefined && { presentationHint: { attributes: ["readOnly"] } }),
    };
  }

  #part(part: Part): Pick<Variable, "value" | "variablesReference" | "indexedVariables"> {
    const { shape, values, from } = part;
    const length = shape.reduce((a, b) => a * b, 1);
    const own = from === 0 && values.length === length ? values : Array.from({ length }, (_, k) => values[from + k] ?? 0);
    const value = tensorText({ shape, values: own }, this.#program.precision);
    if (shape.length === 0) return { value, variablesReference: 0 };
    return { value, variablesReference: this.#add({ kind: "part", part }), indexedVariables: shape[0] ?? 0 };
  }

  #element(part: Part, at: number): Variable {
    const [, ...inner] = part.shape;
    const step = inner.reduce((a, b) => a * b, 1);
    const from = part.from + at * step;
    const evaluateName = part.name.endsWith("]") ? `${part.name.slice(0, -1)}, ${at}]` : `${part.name}[${at}]`;
    const readOnly = part.tensor?.isFixed !== undefined && { presentationHint: { attributes: ["readOnly"] } };
    if (inner.length === 0)
      return {
        name: `[${at}]`,
        value: numberText(part.values[from] ?? Number.NaN),
        evaluateName,
        variablesReference: 0,
        ...menuOf(part, false),
        ...readOnly,
      };
    const first = Array.from({ length: Math.min(step, 9) }, (_, k) => part.values[from + k] ?? 0);
    const value = step > first.length ? listText([...first, 0]) : listText(first);
    const reference = this.#add({ kind: "part", part: { ...part, name: evaluateName, shape: inner, from } });
    return { name: `[${at}]`, value, evaluateName, variablesReference: reference, indexedVariables: inner[0] ?? 0, ...menuOf(part) };
  }

  #training(): Variable[] {
    return [...scalarsOf(this.#timeline)].map(([name, value]) => ({
      name,
      value: typeof value === "number" ? numberText(value) : value,
      evaluateName: name,
      variablesReference: 0,
      presentationHint: { attributes: ["readOnly"] },
    }));
  }

  #layers(): Variable[] {
    const { steps } = this.#timeline.learner.network;
    return steps.map((step) => ({
      name: step.layer.id,
      value: `${step.layer.kind} ${step.layer.output.join("x")}`,
      variablesReference: this.#add({
        kind: "list",
        variables: () => tensorsOf(this.#timeline, step).map((tensor) => this.#tensor(tensor)),
      }),
    }));
  }

  /** The rows of the batch with their numbers in the data, inputs, targets and predictions. */
  #batch(): Variable[] {
    const { cursor, learner } = this.#timeline;
    const { index, batch } = cursor.position();
    const { network, outputs, order, batchSize } = learner;
    if (index === 0) return [{ name: "rows", value: "The next mini-batch is not drawn yet.", variablesReference: 0 }];
    const { rows } = network.batch;
    const from = batch * batchSize;
    const numbers = Float64Array.from({ length: rows }, (_, k) => (order[from + k] ?? 0) + 1);
    const named = (name: string, shape: readonly number[], values: ArrayLike<number>): Variable => ({
      name,
      ...this.#part({ name, shape, values, from: 0, tensor: undefined }),
      presentationHint: { attributes: ["readOnly"] },
    });
    const inputs = network.steps.filter(({ layer }) => isInput(layer));
    return [
      named("rows", [rows], numbers),
      ...inputs.flatMap((step) =>
        tensorsOf(this.#timeline, step)
          .filter(({ name }) => name.endsWith(".output"))
          .map((tensor) => ({ ...this.#tensor(tensor), name: step.layer.id })),
      ),
      ...outputs.flatMap(({ targets, targetWidth, step }) => [
        named(`target of ${step.layer.id}`, [rows, targetWidth], targets.subarray(0, rows * targetWidth)),
        ...tensorsOf(this.#timeline, step)
          .filter(({ name }) => name === `${step.layer.id}.output`)
          .map((tensor) => ({ ...this.#tensor(tensor), name: `prediction of ${step.layer.id}` })),
      ]),
    ];
  }
}

/** Returns what the editor's menu of a variable is about: a tensor, a weight with a gradient that can be written out, or both. */
function menuOf({ name, tensor }: Part, hasNumbers = true): { readonly __vscodeVariableMenuContext?: string } {
  const isWeight = tensor !== undefined && /\.(kernel|bias)(\.grad)?(\[|$)/.test(name);
  const words = [...(hasNumbers && tensor ? ["tensor"] : []), ...(isWeight ? ["weight"] : [])];
  return words.length > 0 ? { __vscodeVariableMenuContext: words.join(" ") } : {};
}
