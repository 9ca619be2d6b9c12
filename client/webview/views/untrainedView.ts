/** The panel of a file without a training: each model's drawing, its plane if any, its truth table, and a chosen row's path through the layers. */
import type { UntrainedView } from "../../../engine/inspect/views.ts";
import { formulaText } from "../../../engine/numberText.ts";
import { halfPlaneChart } from "../charts/halfPlaneChart.ts";
import type { Theme } from "../charts/theme.ts";
import { wiringGraph } from "../charts/wiringGraph.ts";
import { element, scrollBox, withCode } from "../dom.ts";
import type { Actions, UntrainedFile } from "../model.ts";
import { type RowWalk, rowWalk } from "./rowWalk.ts";
import { truthTable } from "./truthTable.ts";

/** The planes of at most this many outputs are drawn. */
const MOST_PLANES = 4;

export function untrainedView(actions: Actions) {
  const models = element("div", "models");
  let sections: ModelSection[] = [];
  let drawn: UntrainedFile["models"] | undefined;
  let fileName = "";
  return {
    element: element("div", "untrained", models),
    draw(file: UntrainedFile, theme: Theme, mustRebuild: boolean): void {
      if (file.models !== drawn || mustRebuild) {
        // The chosen rows stay chosen when the text changes.
        const rows = file.fileName === fileName ? sections.map(({ row }) => row()) : [];
        ({ fileName } = file);
        drawn = file.models;
        sections = file.models.map(({ name, view, problem }, k) =>
          view
            ? modelSection(view, { model: k, row: rows[k] ?? null, theme, actions })
            : {
                element: element("section", "model", element("h2", "", name || "A model without a name"), element("p", "note", problem)),
                row: () => null,
                walked: () => undefined,
              },
        );
        models.replaceChildren(...sections.map((section) => section.element));
      }
      const { walked } = file;
      if (walked) sections[walked.model]?.walked(walked);
    },
  };
}

interface ModelSection {
  readonly element: HTMLElement;
  /** Returns the chosen row. */
  readonly row: () => number | null;
  readonly walked: (walked: NonNullable<UntrainedFile["walked"]>) => void;
}

interface SectionFacts {
  readonly model: number;
  readonly row: number | null;
  readonly theme: Theme;
  readonly actions: Actions;
}

function modelSection(view: UntrainedView, { model, row, theme, actions }: SectionFacts): ModelSection {
  const { name, nodes, note } = view;
  let chosen = row !== null && row < view.rows.length ? row : null;
  let shown: NonNullable<UntrainedFile["walked"]> | undefined;
  const picture = scrollBox("The network");
  const table = element("div", "table-holder");
  const walk: RowWalk = rowWalk(actions, (at) => actions.send({ kind: "revealIn", model, at }));
  const choose = (next: number | null): void => {
    chosen = next;
    draw();
    table.querySelector<HTMLElement>("[aria-pressed=true]")?.focus();
  };
  const draw = (): void => {
    if (nodes.length > 0) picture.replaceChildren(wiringGraph(view, chosen === null ? undefined : view.rows[chosen]?.values, name, theme));
    table.replaceChildren(truthTable(view, chosen, choose));
    walk.element.hidden = chosen === null;
    if (chosen !== null) actions.send({ kind: "walkRow", model, row: chosen });
  };
  draw();
  return {
    element: element(
      "section",
      "model",
      element("h2", "", name),
      ...(note === "" ? [] : [element("p", "note", ...withCode(note))]),
      element(
        "div",
        "figures",
        ...(nodes.length > 0 ? [element("figure", "", picture, element("figcaption", "note", legendOf(view)))] : []),
        ...planesOf(view, theme),
        table,
      ),
      walk.element,
    ),
    row: () => chosen,
    walked(walked) {
      if (walked === shown || walked.row !== chosen) return;
      shown = walked;
      walk.draw(walked.stages, `Row ${walked.row + 1}, layer by layer`, theme);
    },
  };
}

function planesOf({ plane, inputs, outputs, rows }: UntrainedView, theme: Theme): HTMLElement[] {
  if (!plane) return [];
  const equations = plane.lines.map(({ unit, weights: [a, b], bias }) =>
    element("li", "", `${unit}: ${term(a, inputs[0] ?? "")} ${signedTerm(b, inputs[1] ?? "")} ${signedTerm(bias, "")} = 0`),
  );
  const charts = outputs.slice(0, MOST_PLANES).map((name, output) => {
    const chart = halfPlaneChart({ plane, inputs, rows, output, name }, theme);
    return element("div", "", ...(outputs.length > 1 ? [element("h3", "", name)] : []), chart);
  });
  const lines = plane.lines.length === 1 ? "On the line, z is 0." : "On each line, the z of its unit is 0.";
  const caption = `${lines} Orange is an output above 0, blue one of 0 or less.`;
  return [
    element(
      "figure",
      "",
      element("div", "planes", ...charts),
      element("ul", "equations", ...equations),
      element("figcaption", "note", caption),
    ),
  ];
}

const term = (factor: number, name: string): string => `${formulaText(factor, 6)}${name === "" ? "" : ` · ${name}`}`;
const signedTerm = (factor: number, name: string): string => `${factor < 0 ? "−" : "+"} ${term(Math.abs(factor), name)}`;

function legendOf({ nodes, edges }: UntrainedView): string {
  const parts = [
    ...(nodes.some(({ kind }) => kind === "neuron") ? ["≥ n: the neuron fires if n of its inputs or more are active."] : []),
    ...(edges.some(({ inhibits }) => inhibits) ? ["A dashed line inhibits."] : []),
    ...(nodes.some(({ kind }) => kind === "threshold") ? ["A step in the circle: the output is the step of z = Σ w · x + b."] : []),
    ...(edges.some(({ weight }) => weight !== null) ? ["Orange weights are positive, blue ones negative."] : []),
  ];
  return parts.join(" ");
}
