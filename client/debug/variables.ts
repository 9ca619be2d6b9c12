/** The scopes and variables at a stop. References are valid until the next stop. Only what is shown is computed. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { Expression } from "../../engine/debug/expression/parse.ts";
import { type NamedTensor, progressOf, scalarsOf, tensorsOf } from "../../engine/debug/tensors.ts";
import type { Timeline } from "../../engine/debug/timeline.ts";
import { lossWorkings } from "../../engine/inspect/lossStages.ts";
import { isInput } from "../../engine/layerTraits.ts";
import { numberText } from "../../engine/numberText.ts";
import type { Program } from "./program.ts";
import { Refusal } from "./refusal.ts";
import { listText, type ShownTensor, tensorText } from "./tensorText.ts";

type Variable = DebugProtocol.Variable;

/** A part of a tensor: the values from offset `from`, with the given shape. */
interface Part {
  /** The expression for the whole tensor; undefined if there is none. */
  readonly name: string | undefined;
  /** The part's leading indices in the tensor. */
  readonly index: readonly number[];
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
  readonly from: number;
  readonly tensor: NamedTensor | undefined;
}

/** Returns the expression for a part; undefined if there is none. */
const expressionOf = ({ name, index }: Pick<Part, "name" | "index">): string | undefined =>
  name === undefined || index.length === 0 ? name : `${name}[${index.join(", ")}]`;

type Container = { readonly kind: "part"; readonly part: Part } | { readonly kind: "list"; readonly variables: () => readonly Variable[] };

export interface Paging {
  readonly filter?: string | undefined;
  readonly start?: number | undefined;
  readonly count?: number | undefined;
}

/** A client that does not page receives at most this many variables at once. */
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

  /** Returns a frame's scopes. If the frame has a layer, the layer's scope comes first. */
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

  /** Returns the variables for a reference; undefined if the reference is no longer valid. */
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

  /** Returns an expression's value as a nameless variable, for `evaluate`. */
  shown(expression: Expression, text: string, value: ShownTensor): Pick<Variable, "value" | "variablesReference" | "indexedVariables"> {
    const name = expression.kind === "name" ? text.trim() : `(${text.trim()})`;
    return this.#part({ name, index: [], ...value, from: 0, tensor: undefined });
  }

  /** Returns the expression for a variable, or why there is none. */
  expressionOf(reference: number, name: string): string | Refusal {
    const at = Number(/^\[(\d+)\]$/.exec(name)?.[1] ?? 0);
    const variables = this.variables(reference, { start: at, count: 1 });
    if (!variables) return new Refusal("The training has moved on; open the variable again.");
    const found = variables.find((variable) => variable.name === name);
    if (!found) return new Refusal(`There is no variable ${name}.`);
    if (found.evaluateName === undefined) return new Refusal(`${name} is not a tensor of the network.`);
    return found.evaluateName;
  }

  #add(container: Container): number {
    this.#containers.push(container);
    return this.#containers.length;
  }

  #tensor(tensor: NamedTensor): Variable {
    const name = tensor.name.slice(tensor.name.indexOf(".") + 1);
    const evaluateName = tensor.name;
    const type = tensor.symbol;
    if (!tensor.values) return { ...notComputed(name), type };
    const part: Part = { name: evaluateName, index: [], shape: tensor.shape, values: tensor.values, from: 0, tensor };
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
    const index = [...part.index, at];
    const evaluateName = expressionOf({ ...part, index });
    const named = evaluateName !== undefined && { evaluateName };
    const readOnly = part.tensor?.isFixed !== undefined && { presentationHint: { attributes: ["readOnly"] } };
    if (inner.length === 0)
      return {
        name: `[${at}]`,
        value: numberText(part.values[from] ?? Number.NaN),
        ...named,
        variablesReference: 0,
        ...menuOf(part, false),
        ...readOnly,
      };
    const first = Array.from({ length: Math.min(step, 9) }, (_, k) => part.values[from + k] ?? 0);
    const value = step > first.length ? listText([...first, 0]) : listText(first);
    const reference = this.#add({ kind: "part", part: { ...part, index, shape: inner, from } });
    return { name: `[${at}]`, value, ...named, variablesReference: reference, indexedVariables: inner[0] ?? 0, ...menuOf(part) };
  }

  #training(): Variable[] {
    return [...scalarsOf(this.#timeline)].map(([name, value]) => ({
      name,
      value: typeof value === "number" ? numberText(value) : value,
      evaluateName: name,
      variablesReference: 0,
      ...(name !== "learning_rate" && { presentationHint: { attributes: ["readOnly"] } }),
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

  /** The rows of the mini-batch, or of its piece in memory: their row numbers in the data, inputs, targets, predictions and losses. */
  #batch(): Variable[] {
    const { cursor, learner } = this.#timeline;
    const { index, batch } = cursor.position();
    const { network, outputs, order, batchSize } = learner;
    if (index === 0) return [{ name: "rows", value: "The next mini-batch is not drawn yet.", variablesReference: 0 }];
    const { rows } = network.batch;
    const from = batch * batchSize + (cursor.layout.placesOf(batch)[index - 1]?.piece ?? 0) * network.capacity;
    const { hasLoss } = progressOf(this.#timeline);
    const numbers = Float64Array.from({ length: rows }, (_, k) => (order[from + k] ?? 0) + 1);
    const named = (name: string, shape: readonly number[], values: ArrayLike<number>): Variable => ({
      name,
      ...this.#part({ name: undefined, index: [], shape, values, from: 0, tensor: undefined }),
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
      ...outputs.map((output): Variable => {
        const name = `loss of ${output.step.layer.id}`;
        return hasLoss ? named(name, [rows], lossWorkings({ learner, rows }, output).rowLosses) : notComputed(name);
      }),
    ];
  }
}

const notComputed = (name: string): Variable => ({
  name,
  value: "not computed yet in this batch",
  variablesReference: 0,
  presentationHint: { attributes: ["readOnly"] },
});

/** Returns the context of a variable's menu: "tensor", "weight" (its gradient can be written out), or both. */
function menuOf({ name = "", tensor }: Part, hasNumbers = true): { readonly __vscodeVariableMenuContext?: string } {
  const isWeight = tensor !== undefined && /\.(kernel|bias)(\.grad)?$/.test(name);
  const words = [...(hasNumbers && tensor ? ["tensor"] : []), ...(isWeight ? ["weight"] : [])];
  return words.length > 0 ? { __vscodeVariableMenuContext: words.join(" ") } : {};
}
