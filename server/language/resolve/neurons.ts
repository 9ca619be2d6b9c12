/** A neuron's inputs: columns named by an input, or layers with one unit. `not` before a name makes the input inhibitory. */
import { shapeText } from "../../../engine/catalog/shapes.ts";
import { plural } from "../../../engine/numberText.ts";
import { changeTo } from "../diagnostics/fixes.ts";
import { issue } from "../diagnostics/issue.ts";
import type { LayerNode, NameNode } from "../syntax/tree.ts";
import { isInput, type NeuronTerm, type ResolvedLayer } from "./resolvedModel.ts";
import type { Scope } from "./scope.ts";

/** Returns a neuron's inputs; undefined if a name is unknown or wrong, which has been reported. */
export function neuronTerms(
  line: LayerNode,
  before: readonly ResolvedLayer[],
  labelled: (name: NameNode) => ResolvedLayer | undefined,
  scope: Scope,
  missing: (name: NameNode, known: readonly string[]) => void,
): { inputs: ResolvedLayer[]; terms: NeuronTerm[] } | undefined {
  const inputs: ResolvedLayer[] = [];
  const terms: NeuronTerm[] = [];
  let complete = true;
  const named = line.arguments.filter(({ name }) => name === undefined);
  for (const { value, span } of named) {
    const name = value?.kind === "not" ? value.name : value?.kind === "name" ? value : undefined;
    if (!name) {
      complete = false;
      if (value && !line.damaged && value.kind !== "not")
        scope.report(
          issue("NN213", span, {
            message: "Write the names of columns or layers as a neuron's inputs, as in `neuron a, not b threshold=1`.",
          }),
        );
      continue;
    }
    const found = find(name);
    if (!found) {
      complete = false;
      continue;
    }
    if (!inputs.includes(found.layer)) inputs.push(found.layer);
    terms.push({ input: inputs.indexOf(found.layer), unit: found.unit, inhibits: value?.kind === "not" });
  }
  if (named.length === 0) {
    complete = false;
    if (!line.damaged)
      scope.report(
        issue("NN212", line.name.span, { of: "neuron", name: "the names of its inputs", example: "neuron a, not b threshold=1" }),
      );
  }
  return complete ? { inputs, terms } : undefined;

  function find(name: NameNode): { layer: ResolvedLayer; unit: number } | undefined {
    const layer = labelled(name);
    if (layer) {
      const { output } = layer;
      if (!output || (output.length === 1 && output[0] === 1)) return { layer, unit: 0 };
      const repair = layer.columns ? `name one of its columns: ${layer.columns.slice(0, 8).join(", ")}` : "name a layer with one unit";
      scope.report(
        issue("NN213", name.span, {
          message: `\`${name.text}\` has ${shapeText(output)} values, but each input of a neuron is a single value; ${repair}.`,
        }),
      );
      return undefined;
    }
    for (const input of before) {
      const unit = input.columns?.indexOf(name.text) ?? -1;
      if (unit >= 0) return { layer: input, unit };
    }
    const known = [...before.filter((layer) => !isInput(layer)).map(({ id }) => id), ...before.flatMap(({ columns }) => columns ?? [])];
    missing(name, known);
    return undefined;
  }
}

/** Reports a neuron that never fires because its threshold exceeds the number of inputs that can be active at once. */
export function reportThreshold(line: LayerNode, threshold: number, terms: readonly NeuronTerm[], scope: Scope): void {
  const of = ({ input, unit }: NeuronTerm): string => `${input} ${unit}`;
  const inhibiting = new Set(terms.filter(({ inhibits }) => inhibits).map(of));
  const active = terms.filter((term) => !inhibiting.has(of(term))).length;
  if (threshold <= active) return;
  const written = line.arguments.find(({ name }) => name?.text === "threshold")?.value;
  scope.report(
    issue(
      "NN213",
      written?.span ?? line.name.span,
      {
        message: `This neuron never fires: its threshold is ${threshold}, but ${active === 0 ? "no input" : `only ${plural(active, "input")}`} can be active without inhibiting it; ${active > 0 ? `lower the threshold to ${active} or less, or name more inputs` : "name an input without `not`"}.`,
      },
      { fixes: written?.kind === "number" && active > 0 ? [changeTo(written.span, String(active))] : [] },
    ),
  );
}
