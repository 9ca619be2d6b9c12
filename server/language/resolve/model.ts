/**
 * Resolves a `model` block: every layer with its inputs, output shape and parameters. It continues after an error: an unknown shape is
 * `undefined`, and its consequences are not reported.
 */

import { type ActivationName, activations } from "../../../engine/catalog/activations.ts";
import { type Configured, isName, names, withDefaults } from "../../../engine/catalog/index.ts";
import {
  type AnyLayerKind,
  isNaming,
  type Layer,
  type LayerKind,
  layers,
  takes,
  takesActivation,
  traitsOf,
} from "../../../engine/catalog/layers.ts";
import type { ParameterShape } from "../../../engine/catalog/parameters.ts";
import { isShape, type Shape, sizeOf } from "../../../engine/catalog/shapes.ts";
import { countText, groupedText } from "../../../engine/numberText.ts";
import { changeTo } from "../diagnostics/fixes.ts";
import { issue } from "../diagnostics/issue.ts";
import type { Noun } from "../diagnostics/nouns.ts";
import { listed } from "../diagnostics/table.ts";
import { type Span, spanOver } from "../syntax/span.ts";
import type { LayerNode, ModelLineNode, ModelNode, NameNode, RepeatNode } from "../syntax/tree.ts";
import { configured, readArguments, readEntry, readUse } from "./argumentReader.ts";
import type { ResolvedData } from "./data.ts";
import { columnsNamed } from "./namedColumns.ts";
import { neuronTerms, reportThreshold } from "./neurons.ts";
import { labelsIn, repeatCount } from "./repeats.ts";
import { columnWidth, type ResolvedLayer, type ResolvedModel, resolvedLayer } from "./resolvedModel.ts";
import { resolved, type Scope, suggestion } from "./scope.ts";
import { reportShapeProblem } from "./shapeIssues.ts";
import { type LayerArgument, type LineRead, settingsForShape, shapesOf } from "./shapeSettings.ts";
import { startValues } from "./startValues.ts";
import { shown } from "./valueText.ts";

const MOST_LAYERS = 10_000;
const MOST_PARAMETERS = 250_000_000;

/** Returns the resolved model. `data` are the data used with it, whose columns its inputs may name. */
export function resolveModel(node: ModelNode, data: ResolvedData | undefined, scope: Scope): ResolvedModel {
  return new ModelResolution(node, data, scope).run();
}

class ModelResolution {
  private faulty = false;
  private readonly node: ModelNode;
  private readonly data: ResolvedData | undefined;
  private readonly scope: Scope;
  private readonly layers: ResolvedLayer[] = [];
  private readonly byId = new Map<string, ResolvedLayer>();
  private readonly labelsAhead: ReadonlySet<string>;
  private readonly counts = new Map<string, number>();
  private readonly outputNames: NameNode[] = [];
  private tooMany = false;
  private lineCount = 0;

  constructor(node: ModelNode, data: ResolvedData | undefined, scope: Scope) {
    this.node = node;
    this.data = data;
    this.scope = {
      ...scope,
      report: (found) => {
        this.faulty ||= found.severity === "error";
        scope.report(found);
      },
    };
    this.labelsAhead = labelsIn(node.body);
  }

  run(): ResolvedModel {
    this.lines(this.node.body, "");
    const outputs = this.outputs();
    this.checkSize();
    return { node: this.node, name: this.node.name?.text ?? "", layers: this.layers, outputs, faulty: this.faulty };
  }

  private lines(body: readonly ModelLineNode[], suffix: string): void {
    for (const line of body) {
      // Nested repeats multiply, even if they are empty.
      if (this.layers.length >= MOST_LAYERS || ++this.lineCount > 2 * MOST_LAYERS) {
        if (!this.tooMany)
          this.scope.report(
            issue("NN213", line.span, { message: `This model has more than ${groupedText(MOST_LAYERS)} layers; repeat fewer times.` }),
          );
        this.tooMany = true;
        return;
      }
      if (line.kind === "layer") this.layer(line, suffix);
      else if (line.kind === "repeat") this.repeat(line, suffix);
      else this.outputNames.push(...line.names);
    }
  }

  private repeat(line: RepeatNode, suffix: string): void {
    const times = repeatCount(line, this.scope);
    if (times === undefined) {
      const value = line.count && resolved(line.count, this.scope);
      this.scope.report(
        issue("NN213", line.count?.span ?? line.keyword, {
          message: `\`repeat\` needs a whole number from 0 to 1000${value ? `, but ${shown(value)} is not` : ""}.`,
        }),
      );
    }
    for (let k = 1; k <= (times ?? 1) && !this.tooMany; k++) this.lines(line.body, `${suffix}_${k}`);
  }

  private layer(line: LayerNode, suffix: string): void {
    const word = line.name.text;
    const kind = isName(layers, word) ? word : isName(activations, word) ? "activation" : undefined;
    const id = this.nameLayer(line, word, suffix);
    const inputs = this.inputsOf(line, kind, suffix);
    if (kind === undefined) {
      const known = [...names(layers), ...names(activations)];
      const { parts, fixes } = suggestion(line.name, known);
      if (!line.damaged || parts.nearest !== undefined) this.scope.report(issue("NN201", line.name.span, parts, { fixes }));
      this.faulty = true;
      this.add(resolvedLayer("activation", line, id, { inputs: inputs ?? [] }, NO_SETTINGS));
      return;
    }
    if (kind === "activation") this.activationLine(line, id, word as ActivationName, inputs);
    else if (isNaming(kind)) this.neuronLine(line, id, kind, suffix);
    else this.layerLine(line, id, kind, inputs);
  }

  private activationLine(line: LayerNode, id: string, name: ActivationName, inputs: ResolvedLayer[] | undefined): void {
    const use = readEntry(
      "activations",
      name,
      line.arguments,
      { span: line.name.span, example: name, damaged: line.damaged, order: names(activations[name].arguments).slice(0, 1) },
      this.scope,
    );
    if (use.read.faulty) this.faulty = true;
    const facts = {
      inputs: inputs ?? [],
      activation: configured<"activations">(use),
      namesActivation: true,
      output: inputs?.[0]?.output,
      parameters: [],
    };
    this.add(resolvedLayer("activation", line, id, facts, NO_SETTINGS));
  }

  private neuronLine(line: LayerNode, id: string, kind: "neuron", suffix: string): void {
    const { threshold: spec } = layers[kind].arguments;
    const read = readArguments(
      line.arguments.filter(({ name }) => name !== undefined),
      {
        name: kind,
        span: line.name.span,
        arguments: { threshold: spec },
        example: layers[kind].example,
        damaged: line.damaged,
      },
      this.scope,
    );
    const found = neuronTerms(
      line,
      this.layers,
      (name) => this.lookUp(name.text, suffix),
      this.scope,
      (name, known) => this.missing(name, line, "columnOrLayer", known),
    );
    if (read.faulty || !found) this.faulty = true;
    else reportThreshold(line, read.numbers.threshold ?? 0, found.terms, this.scope);
    const facts = { inputs: found?.inputs ?? [], output: [1], parameters: [], terms: found?.terms ?? [] };
    this.add(resolvedLayer(kind, line, id, facts, read));
  }

  private layerLine(line: LayerNode, id: string, kind: LayerKind, inputs: ResolvedLayer[] | undefined): void {
    const { arguments: known, example, positional }: Layer = layers[kind];
    const columns = takes(kind) === "none" ? this.inputColumns(line) : undefined;
    const subject = { span: line.name.span, example, damaged: line.damaged, order: positional };
    const read: LineRead = columns ? NOTHING_READ : readEntry("layers", kind, line.arguments, subject, this.scope).read;
    if (read.faulty) this.faulty = true;
    const activation = this.activation(kind, read);
    const initializer = this.initializer(read);
    const settings = settingsForShape(kind, line, read, columns && { shape: this.columnsShape(columns) }, this.scope);
    const { units } = read.numbers;
    const shapes = inputs?.map((input) => input.output);
    const inputsKnown = shapes?.every((shape) => shape !== undefined) ? shapes : undefined;
    let output: Shape | undefined;
    let parameters: readonly ParameterShape[] | undefined;
    if (settings && inputsKnown && (takes(kind) === "none" || inputsKnown.length > 0)) {
      const made = shapesOf(kind, inputsKnown, settings);
      if (isShape(made.output)) {
        output = made.output;
        parameters = made.parameters();
      } else reportShapeProblem(line, kind, inputs ?? [], made.output, this.scope);
    }
    // A layer with known units has that many outputs regardless of its input, so the shapes after it are still known.
    if (units !== undefined) output ??= [units];
    const starts = startValues(known, read.values, parameters, inputs?.[0]?.node.span, this.scope);
    const namesActivation = activation !== undefined && (!takesActivation(kind) || read.values.has("activation"));
    this.add(
      resolvedLayer(
        kind,
        line,
        id,
        { inputs: inputs ?? [], output, parameters, activation, namesActivation, initializer, columns, starts },
        // The line was read with this kind's arguments.
        read as Pick<ResolvedLayer, "numbers" | "settings">,
      ),
    );
  }

  /** Returns the activation on the line, or the default for the layer's kind; undefined if it is unknown. */
  private activation(kind: LayerKind, { values, faulty }: LineRead): Configured<"activations"> | undefined {
    const { arguments: known }: Layer = layers[kind];
    const argument = traitsOf(kind).activation ?? Object.keys(known).find((name) => known[name]?.kind === "activation");
    const spec = argument === undefined ? undefined : known[argument];
    if (!spec || !("default" in spec)) return undefined;
    const value = values.get(argument as LayerArgument);
    const use = value && this.noteFault(readUse("activations", value, this.scope));
    // A value that could not be read may have been meant as the activation, which is then unknown.
    if (value || faulty) return use && configured<"activations">(use);
    const fallback = String(spec.default);
    return isName(activations, fallback) ? withDefaults("activations", fallback) : undefined;
  }

  private initializer({ values }: LineRead): Configured<"initializers"> | undefined {
    const value = values.get("init");
    const use = value && this.noteFault(readUse("initializers", value, this.scope));
    return use && configured<"initializers">(use);
  }

  /** Marks the model as faulty if the use is missing or faulty. Returns the use. */
  private noteFault<U extends { readonly read: { readonly faulty: boolean } }>(use: U | undefined): U | undefined {
    if (use?.read.faulty !== false) this.faulty = true;
    return use;
  }

  /** Returns the layer's id: its label with the numbers of the repeats, or its kind with its number in file order. */
  private nameLayer({ label, damaged }: LayerNode, word: string, suffix: string): string {
    if (damaged) this.faulty = true;
    if (label) {
      const id = `${label.text}${suffix}`;
      if (!this.byId.has(id)) return id;
      const first = this.byId.get(id)?.node.label;
      this.scope.report(
        issue(
          "NN210",
          label.span,
          { what: "layer", name: label.text },
          { related: first ? [{ span: first.span, message: `The first \`${label.text}\` is here.` }] : [] },
        ),
      );
    }
    for (;;) {
      const count = (this.counts.get(word) ?? 0) + 1;
      this.counts.set(word, count);
      const id = `${word}_${count}`;
      if (!this.byId.has(id) && !this.labelsAhead.has(id)) return id;
    }
  }

  private inputsOf(line: LayerNode, kind: AnyLayerKind | undefined, suffix: string): ResolvedLayer[] | undefined {
    const wanted = kind === undefined ? "one" : takes(kind);
    if (wanted === "named") {
      if (line.from?.[0])
        this.scope.report(
          issue("NN213", line.from[0].span, { message: `\`${line.name.text}\` has its inputs as arguments; remove \`from\`.` }),
        );
      return [];
    }
    const named = line.from?.map((name) => this.named(name, line, suffix));
    if (wanted === "none") {
      if (line.from?.[0])
        this.scope.report(
          issue("NN213", line.from[0].span, { message: `\`${line.name.text}\` takes no input from another layer; remove \`from\`.` }),
        );
      return [];
    }
    if (!named) {
      if (wanted === "several") {
        this.missingInputs(line, wanted);
        return undefined;
      }
      const before = this.layers.at(-1);
      if (before) return [before];
      if (kind !== undefined)
        this.scope.report(issue("NN212", line.name.span, { of: line.name.text, name: "a layer before it", example: "input 4" }));
      return undefined;
    }
    const inputs = named.filter((layer) => layer !== undefined);
    if (inputs.length < named.length) return undefined;
    if (wanted === "several" && inputs.length < 2) {
      this.missingInputs(line, wanted);
      return undefined;
    }
    if (wanted === "one" && inputs.length !== 1 && kind !== undefined) {
      if (inputs.length === 0) this.missingInputs(line, wanted);
      else
        this.scope.report(
          issue("NN213", spanOfNames(line.from), {
            message: `\`${line.name.text}\` takes one input, but \`from\` names ${inputs.length}; join them first, as in \`concat from ${listed(line.from?.map(({ text }) => text) ?? [], 4)}\`.`,
          }),
        );
      return undefined;
    }
    return inputs;
  }

  private missingInputs(line: LayerNode, wanted: Layer["inputs"]): void {
    this.faulty = true;
    if (!line.damaged)
      this.scope.report(
        issue("NN212", line.name.span, {
          of: line.name.text,
          name: wanted === "one" ? "a label after `from`" : "two or more labels after `from`",
          example: `${line.name.text} from a, b`,
        }),
      );
  }

  private named(name: NameNode, line: LayerNode, suffix: string): ResolvedLayer | undefined {
    const found = this.lookUp(name.text, suffix);
    if (!found) this.missing(name, line, "layer", [...this.byId.keys(), ...this.labelsAhead]);
    return found;
  }

  /** Reports a name that no layer above has: it may be a label inside a repeat, a later layer, or unknown. */
  private missing(name: NameNode, line: LayerNode, what: Noun, known: readonly string[]): void {
    const copies = [...this.byId.keys()].filter((id) => id.startsWith(`${name.text}_`) && /^[_\d]+$/.test(id.slice(name.text.length)));
    const last = copies.at(-1);
    if (last !== undefined && this.byId.get(last)?.node.label?.text === name.text) {
      const parts = { what, name: name.text.slice(0, 60), nearest: last };
      this.scope.report(issue("NN209", name.span, parts, { fixes: [changeTo(name.span, last)] }));
    } else if (name.text === line.label?.text || this.labelsAhead.has(name.text))
      this.scope.report(issue("NN214", name.span, { name: line.label?.text ?? "", later: name.text }));
    else {
      const { parts, fixes } = suggestion(name, known);
      this.scope.report(issue("NN209", name.span, { what, ...parts }, { fixes }));
    }
  }

  /** Returns the layer with a label. In a repeat, labels of the same copy take precedence over those of enclosing repeats. */
  private lookUp(label: string, suffix: string): ResolvedLayer | undefined {
    for (let inner = suffix; ; inner = inner.slice(0, inner.lastIndexOf("_"))) {
      const found = this.byId.get(`${label}${inner}`);
      if (found || inner === "") return found;
    }
  }

  /** Returns the columns that an input names; undefined if it has a size or shape instead. */
  private inputColumns(line: LayerNode): readonly string[] | undefined {
    const isNamed = line.arguments.some(
      ({ value }) =>
        value && (value.kind === "string" || value.kind === "range" || (value.kind === "name" && !this.scope.lets.has(value.text))),
    );
    if (!isNamed) return undefined;
    // The target is also known: naming it here is a different mistake (NN218).
    const known = this.data?.features
      ? [...new Set([...this.data.features, ...this.data.target])]
      : this.data?.columns?.map(({ name }) => name);
    return columnsNamed(line.arguments, this.data?.name ?? "The data", known, this.scope, this.data?.ignored);
  }

  private columnsShape(columns: readonly string[]): Shape | undefined {
    const rangesUnknown = !this.data?.columns && columns.length === 0;
    if (rangesUnknown) return undefined;
    return [columns.reduce((sum, name) => sum + columnWidth(name, this.data), 0)];
  }

  private add(layer: ResolvedLayer): void {
    this.layers.push(layer);
    this.byId.set(layer.id, layer);
  }

  private outputs(): readonly ResolvedLayer[] {
    if (this.outputNames.length === 0) return this.layers.slice(-1);
    const outputs: ResolvedLayer[] = [];
    for (const name of this.outputNames) {
      const layer = this.byId.get(name.text);
      if (!layer) {
        const { parts, fixes } = suggestion(name, [...this.byId.keys()]);
        this.scope.report(issue("NN209", name.span, { what: "layer", ...parts }, { fixes }));
      } else if (outputs.includes(layer)) this.scope.report(issue("NN210", name.span, { what: "output", name: name.text }));
      else outputs.push(layer);
    }
    return outputs;
  }

  /** Reports too many parameters on the line of the largest layer. */
  private checkSize(): void {
    const sizes = this.layers.map(({ parameters }) => (parameters ?? []).reduce((sum, { shape }) => sum + sizeOf(shape), 0));
    const total = sizes.reduce((a, b) => a + b, 0);
    if (total <= MOST_PARAMETERS) return;
    const largest = this.layers[sizes.indexOf(Math.max(...sizes))];
    this.scope.report(
      issue("NN308", largest?.node.span ?? this.node.keyword, {
        count: countText(total),
        limit: countText(MOST_PARAMETERS),
      }),
    );
  }
}

const NO_SETTINGS = { numbers: {}, settings: {} };
const NOTHING_READ: LineRead = { numbers: {}, settings: {}, values: new Map(), faulty: false };

const spanOfNames = (named: readonly NameNode[] | undefined): Span =>
  (named ?? []).map(({ span }) => span).reduce(spanOver, named?.[0]?.span ?? { start: 0, end: 0 });
