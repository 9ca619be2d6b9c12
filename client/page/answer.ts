/** The network's answer: one bar per class, or numbers in the target's units. */
import { classLabels } from "../../engine/data/fit.ts";
import type { Prediction } from "../../engine/evaluate/predictor.ts";
import type { PageContent } from "../../engine/exchange/page/content.ts";
import { numberText, rounded } from "../../engine/numberText.ts";
import { element } from "./element.ts";

export interface Answer {
  readonly element: HTMLElement;
  readonly show: (prediction: Prediction) => void;
}

export function answerSection({ fit, outputs }: PageContent): Answer {
  const place = element("div", { "aria-live": "polite" });
  return {
    element: place,
    show({ outputs: found }) {
      place.replaceChildren(
        ...found.flatMap(({ layer, values, chosen }, k) => {
          const target = fit.targets[k];
          const title = found.length > 1 ? [element("h3", {}, layer)] : [];
          if (chosen === null) return [...title, ...values.map((value, j) => line(target?.columns[j] ?? layer, numberText(value)))];
          const loss = outputs.find((one) => one.layer === layer)?.loss.name;
          const isSigned = loss === "hinge" || loss === "squared_hinge";
          const scores = values.length === 1 ? pair(values[0] ?? 0, isSigned) : values;
          const labels = classLabels(target, isSigned ? "sign" : "one_hot", scores.length);
          return [
            ...title,
            element("p", { class: "answer" }, chosen),
            ...scores.map((score, j) => bar(labels[j] ?? String(j), score, labels[j] === chosen)),
          ];
        }),
      );
    },
  };
}

/** The two classes' shares from a single output. */
const pair = (value: number, isSigned: boolean): number[] => {
  const share = isSigned ? (value + 1) / 2 : value;
  return [1 - share, share];
};

const line = (name: string, value: string): HTMLElement => element("p", {}, `${name}: `, element("span", { class: "answer" }, value));

function bar(name: string, score: number, isChosen: boolean): HTMLElement {
  const fill = element("i", {});
  fill.style.width = `${100 * Math.max(0, Math.min(1, score))}%`;
  return element(
    "div",
    { class: isChosen ? "score chosen" : "score" },
    element("span", {}, name),
    element("div", { class: "bar" }, fill),
    element("span", { class: "value" }, numberText(rounded(score, 3))),
  );
}
