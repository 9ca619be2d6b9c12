/** Writes the metrics of a script: Keras' own, and classes for the metrics that Keras lacks. */

import type { TargetForm } from "../../catalog/losses.ts";
import { formOf } from "../../data/fit.ts";
import type { OutputPlan, TrainingPlan } from "../../plan.ts";
import { python } from "./python.ts";
import { metricsOf, type OutputMetric } from "./settings.ts";

export const AUC_THRESHOLDS = 2000;

interface Measured {
  readonly form: TargetForm;
  /** The number of units of one classification. */
  readonly units: number;
}

function measured(plan: TrainingPlan, output: OutputPlan): Measured {
  const form = formOf(plan, output);
  const shape = plan.network.layers.find(({ id }) => id === output.layer)?.output ?? [];
  return { form, units: form === "one_hot" ? (shape.at(-1) ?? 1) : shape.reduce((product, axis) => product * axis, 1) };
}

/** Returns an output's metrics as expressions, and the names of the omitted metrics. */
export function scriptMetrics(
  plan: TrainingPlan,
  output: OutputPlan,
): { readonly texts: readonly string[]; readonly left: readonly string[] } {
  const of = measured(plan, output);
  const all = metricsOf(plan, output).map((metric) => ({
    name: metric.name,
    text: metric.keras === null ? ownMetric(metric, of) : python(metric.keras),
  }));
  return { texts: all.flatMap(({ text }) => text ?? []), left: all.flatMap(({ name, text }) => (text === null ? [name] : [])) };
}

function ownMetric({ name }: OutputMetric, { form, units }: Measured): string | null {
  const target = form === "class_index" ? "index" : units > 1 && form !== "binary" ? "one_hot" : "units";
  if (name === "precision" || name === "recall" || name === "f1")
    return `ClassScore(${python(name)}, ${units}, ${python(target)}, ${form === "sign" ? 0 : 0.5})`;
  // Keras' thresholds are between 0 and 1.
  if (name === "auc" && (form === "class_index" || form === "binary" || form === "one_hot"))
    return `ClassAUC(${units}, ${python(target === "index")})`;
  return null;
}

/** Returns the classes required by the script's metrics. */
export function metricClasses(plan: TrainingPlan): string {
  const texts = plan.training.outputs.flatMap((output) => scriptMetrics(plan, output).texts).join();
  return (texts.includes("ClassScore(") ? CLASS_SCORE : "") + (texts.includes("ClassAUC(") ? CLASS_AUC : "");
}

const CLASS_SCORE = `class ClassScore(keras.metrics.Metric):
    """Precision, recall or F1 as Backprop computes it: the mean over the classes that occur; for a single unit, the score of class 1."""

    def __init__(self, name, units, target, boundary):
        super().__init__(name=name)
        self.units, self.target, self.boundary = units, target, boundary
        self.hits, self.predicted, self.actual = (self.add_variable((units,), "zeros", name=one) for one in ("hits", "predicted", "actual"))

    def update_state(self, y_true, y_pred, sample_weight=None):
        ops = keras.ops
        y_pred = ops.reshape(y_pred, (-1, self.units))
        if self.target == "units":
            found = ops.cast(y_pred > self.boundary, "float32")
            wanted = ops.cast(ops.reshape(y_true, (-1, self.units)) > self.boundary, "float32")
        else:
            index = y_true if self.target == "index" else ops.argmax(ops.reshape(y_true, (-1, self.units)), axis=-1)
            wanted = ops.one_hot(ops.cast(ops.reshape(index, (-1,)), "int32"), self.units)
            found = ops.one_hot(ops.argmax(y_pred, axis=-1), self.units)
        self.hits.assign_add(ops.sum(found * wanted, axis=0))
        self.predicted.assign_add(ops.sum(found, axis=0))
        self.actual.assign_add(ops.sum(wanted, axis=0))

    def result(self):
        ops = keras.ops
        predicted, actual = ops.convert_to_tensor(self.predicted), ops.convert_to_tensor(self.actual)
        of = {"precision": predicted, "recall": actual, "f1": (predicted + actual) / 2}[self.name]
        scores = ops.convert_to_tensor(self.hits) / ops.maximum(of, 0.5)
        if self.units == 1:
            return scores[0]
        occurs = ops.cast(predicted + actual > 0, "float32")
        return ops.sum(scores * occurs) / ops.maximum(ops.sum(occurs), 1.0)


`;

const CLASS_AUC = `class ClassAUC(keras.metrics.AUC):
    """The area under the ROC curve; for several classes, the mean of each class against the others."""

    def __init__(self, units, is_index):
        several = {"multi_label": True, "num_labels": units} if units > 1 else {}
        super().__init__(num_thresholds=${AUC_THRESHOLDS}, name="auc", **several)
        self.units, self.is_index = units, is_index

    def update_state(self, y_true, y_pred, sample_weight=None):
        if self.is_index:
            y_true = keras.ops.one_hot(keras.ops.cast(keras.ops.reshape(y_true, (-1,)), "int32"), self.units)
        super().update_state(keras.ops.reshape(y_true, (-1, self.units)), keras.ops.reshape(y_pred, (-1, self.units)))


`;
