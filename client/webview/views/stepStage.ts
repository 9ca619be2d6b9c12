/** The content of one stage of One Step: its formula and text, its matrices, and the chosen number's working or the student's answer. */
import type { WalkStage, WeightPath } from "../../../engine/inspect/views.ts";
import { layerKey } from "../../../engine/plan.ts";
import type { Question } from "../../messages/questions.ts";
import type { Theme } from "../charts/theme.ts";
import { button, element, link, setText, withCode } from "../dom.ts";
import type { Actions } from "../model.ts";
import { judgeNumber } from "./judgedNumber.ts";
import { type ChosenNumber, matrixTable, numberAt, outlineUsed, type ShownMatrix } from "./stepMatrix.ts";
import { pathDrawing } from "./stepPath.ts";

/** The student's progress in filling in numbers. */
export interface FilledIn {
  readonly isOn: boolean;
  /** The keys of the numbers that were filled in or shown. */
  readonly solved: Set<string>;
}

/** A weight by its layer, input and unit. */
export type WeightPlace = NonNullable<Extract<Question, { kind: "walk" }>["weight"]>;

export interface StageContext {
  /** The weight's path, for the stage that shows it. */
  readonly path: WeightPath | null;
  readonly showPath: (weight: WeightPlace) => void;
  readonly theme: Theme;
  readonly actions: Actions;
  readonly filledIn: FilledIn;
  /** Redraws the stage after a number was filled in, with a remark about it. */
  readonly redraw: (says: string) => void;
}

/** Whether the stage summarizes the results of both passes. */
export const isSummary = ({ pass, layer }: WalkStage): boolean => pass === "backward" && layer === null;

export function stageContent(stage: WalkStage, id: string, context: StageContext, says = ""): HTMLElement[] {
  const { title, formula, words, matrices, layer } = stage;
  const { filledIn, theme, actions } = context;
  const heading = element("h2", "", title);
  if (layer !== null)
    heading.append(
      " ",
      link("Show the line", () => actions.reveal(layerKey(layer))),
    );
  const working = element("p", "working");
  working.setAttribute("role", "status");
  let weight: WeightPlace = { layer: layer ?? "", input: 0, unit: 0 };
  const toPath = link("Show this weight's path to the loss", () => context.showPath(weight));
  const toDerivation = link("Write out its gradient", () => actions.send({ kind: "writeGradient", weight }));
  for (const one of [toPath, toDerivation]) one.hidden = true;
  const form = answerForm(context);
  const isGap = (key: string): boolean => filledIn.isOn && !filledIn.solved.has(key);
  let shown: readonly ShownMatrix[] = [];
  const choose = (number: ChosenNumber): void => {
    outlineUsed(shown, number);
    const gap = isGap(number.key);
    working.hidden = gap;
    form.element.hidden = !gap;
    if (gap) form.ask(number);
    else setText(working, number.lines.join("\n"));
    for (const one of [toPath, toDerivation]) one.hidden = gap || number.matrix !== "∂L/∂W";
    weight = { layer: layer ?? "", input: number.row, unit: number.column };
  };
  const hasWorkings = matrices.some(({ workings }) => workings);
  const numbers = matrices.flatMap((matrix, k) =>
    matrix.values.flatMap((row, i) => row.flatMap((_, j) => numberAt(matrix, `${id} ${k}`, i, j) ?? [])),
  );
  // The first gap, otherwise the first number with a working.
  const first = numbers.find(({ key }) => isGap(key)) ?? numbers[0];
  form.element.hidden = true;
  const judged = element("p", "judgement", says);
  judged.setAttribute("role", "status");
  shown = matrices.map((matrix, k) => matrixTable(matrix, `${id} ${k}`, theme, { choose, isGap }));
  if (first) choose(first);
  const hint = filledIn.isOn
    ? "Compute a number that is marked ?, type it and press Enter."
    : "Point at a number, or move to it with Tab, to see how it is computed.";
  return [
    heading,
    ...(formula ? [element("p", "formula", ...withCode(formula))] : []),
    element("p", "", words),
    ...(hasWorkings
      ? [element("p", "note", hint), ...(says === "" ? [] : [judged]), working, form.element, element("p", "links", toPath, toDerivation)]
      : []),
    ...(isSummary(stage) && context.path ? pathDrawing(context.path, theme) : []),
    element("div", "matrices", ...shown.map((one) => one.element)),
  ];
}

/** Returns the form for a student's number. */
function answerForm({ filledIn, redraw }: StageContext): {
  readonly element: HTMLFormElement;
  readonly ask: (number: ChosenNumber) => void;
} {
  const question = element("span", "question");
  const input = element("input");
  input.type = "text";
  input.inputMode = "decimal";
  input.autocomplete = "off";
  const says = element("p", "judgement");
  says.setAttribute("role", "status");
  let asked: ChosenNumber | undefined;
  const solve = (opening: string): void => {
    if (!asked) return;
    filledIn.solved.add(asked.key);
    redraw(`${opening}${asked.lines.join("; ")}`);
  };
  const check = (): void => {
    if (!asked) return;
    const judgement = judgeNumber(input.value, asked.value, asked.slips);
    if (judgement.isRight) solve(`${judgement.says} `);
    else setText(says, judgement.says);
  };
  const form = element(
    "form",
    "answer",
    element("label", "", question, input),
    button("Check", check, "primary"),
    button("Show the working", () => solve("")),
    says,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    check();
  });
  // The arrow keys move within the typed text, not between the stages.
  input.addEventListener("keydown", (event) => event.stopPropagation());
  return {
    element: form,
    ask(number) {
      if (asked?.key === number.key) return;
      asked = number;
      setText(question, `${number.place}: ${number.formula} = `);
      input.value = "";
      setText(says, "");
    },
  };
}
