/** The layers of a network as a printed table, like the list of `nn summary`. */

import { countText, plural } from "../../engine/numberText.ts";
import { type PlannedLayer, parameterCount, type TrainingPlan } from "../../engine/plan.ts";
import { type Html, html, tableOf } from "./html.ts";

export const LAYER_COLUMNS = ["layer", "kind", "from", "output", "kernel", "parameters"] as const;

/** A layer's texts, one per column. */
export type LayerRow = readonly string[];

/** Returns the table of layers, with the sentence `sum` below it. */
export const layersTable = (rows: readonly LayerRow[], sum: string): Html => html`${tableOf({ columns: LAYER_COLUMNS, rows })}<p>${sum}</p>
`;

/** Returns the texts of the column `from`: each layer's inputs, or only empty texts if every layer reads the one above it. */
export function fromTexts(layers: readonly { readonly id: string; readonly inputs: readonly string[] }[]): readonly string[] {
  const isChain = layers.every(({ inputs }, k) => inputs.length === 0 || (inputs.length === 1 && inputs[0] === layers[k - 1]?.id));
  return layers.map(({ inputs }) => (isChain ? "" : inputs.join(", ")));
}

/** Returns the table for a training's network. */
export function plannedLayers({ network: { layers } }: TrainingPlan): Html {
  const total = layers.reduce((sum, layer) => sum + parameterCount(layer), 0);
  const from = fromTexts(layers);
  const rows = layers.map((layer, k) => [
    layer.id,
    kindOf(layer),
    from[k] ?? "",
    layer.output.join(" × "),
    layer.parameters.find(({ name }) => name === "kernel")?.shape.join(" × ") ?? "",
    countText(parameterCount(layer)),
  ]);
  const trained = layers.flatMap(({ parameters }) => parameters.filter((one) => one.trained));
  const trainable = trained.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const fixed = trainable === total ? "" : `: ${countText(trainable)} trainable, ${countText(total - trainable)} fixed`;
  return layersTable(rows, `${total === 1 ? plural(1, "parameter") : `${countText(total)} parameters`}${fixed}`);
}

function kindOf(layer: PlannedLayer): string {
  const activation = "activation" in layer ? layer.activation.name : "linear";
  if (layer.kind === "activation") return activation;
  return activation === "linear" ? layer.kind : `${layer.kind} ${activation}`;
}
