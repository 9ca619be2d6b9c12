/** Parses a written Keras script and compares it with the plan. */
import { plural } from "../../numberText.ts";
import type { TrainingPlan } from "../../plan.ts";
import { safeNames } from "../names.ts";
import { isAllowedName } from "./layers.ts";
import { python, pythonText } from "./python.ts";

export interface ScriptFacts {
  /** The compared properties, as a list in words. */
  readonly compared: string;
  /** The properties that differ or are missing in the script. */
  readonly different: readonly string[];
}

/** Returns how the script differs from the plan in seed, epochs, batches, dense layers and the shapes of the initial weights. */
export function scriptFacts(script: string, { network: { layers }, training }: TrainingPlan): ScriptFacts {
  const different: string[] = [];
  const require = (fact: string, holds: boolean): void => void (holds || different.push(fact));
  const has = (line: string): boolean => script.includes(line);
  require("the seed", has(`\nSEED = ${training.seed}\n`));
  require("the epochs", has(`\nEPOCHS = ${training.epochs}\n`));
  require("the batches", has(`len(self.order) / ${training.batch ?? "len(train)"})`));
  const names = safeNames(
    layers.map(({ id }) => id),
    isAllowedName,
  );
  let parameters = 0;
  for (const layer of layers) {
    const name = names.of(layer.id);
    const lines = script.split("\n").filter((line) => [name, `${name}_sum`].some((one) => line.includes(`name=${pythonText(one)}`)));
    // A layer with a step function becomes a layer and an unnamed operation.
    require(`the layer ${layer.id}`, lines.length > 0 || layer.parameters.length === 0);
    if (layer.kind === "dense") require(`the units of ${layer.id}`, lines.some((line) => line.includes(`units=${layer.output.at(-1)},`)));
    if (layer.kind === "normalize") continue;
    const start = script
      .split("\n")
      .find(
        (line) => line.includes(".set_weights([") && [name, `${name}_sum`].some((one) => line.includes(`get_layer(${pythonText(one)})`)),
      );
    for (const { name: parameter, shape } of layer.parameters) {
      parameters++;
      require(`the start weights of ${layer.id}/${parameter}`, start?.includes(python(shape)) === true);
    }
  }
  return {
    compared: `the seed, the epochs, the batches, ${plural(layers.length, "layer")} and the shapes of ${plural(parameters, "parameter")}`,
    different,
  };
}
