/** The preview of a file without runs: its networks, their settings, and what prevents a training. */
import type { PlannedTraining } from "../messages/panelMessages.ts";
import { newRun } from "../runs/runState.ts";
import { layerGraph } from "./charts/layerGraph.ts";
import { element, setText, setWords, withCode } from "./dom.ts";
import type { Actions, Model } from "./model.ts";

export function filePreview(actions: Actions) {
  const lead = element("p", "note");
  const list = element("div", "planned-list");
  const own = element("div", "views file-preview", lead, list);
  let drawn: Model["planned"] = null;
  let width = 0;
  new ResizeObserver(() => {
    if (own.clientWidth === width) return;
    width = own.clientWidth;
    actions.redraw();
  }).observe(own);
  let drawnWidth = 0;

  return {
    element: own,
    draw(model: Model, mustRebuild: boolean): void {
      const { planned } = model;
      setText(lead, leadText(planned));
      if (planned === drawn && width === drawnWidth && !mustRebuild) return;
      drawn = planned;
      drawnWidth = width;
      list.replaceChildren(
        ...(planned ?? []).map((one, k) => {
          // Several trainings of one model share its picture.
          const isFirst = planned?.findIndex(({ model: name }) => name === one.model) === k;
          return trainingPreview(one, isFirst ? networkOf(one, model, width, actions) : []);
        }),
      );
    },
  };
}

function leadText(planned: Model["planned"]): string {
  if (!planned) return "";
  if (planned.length === 0) return "This file has no train block, so there is nothing to train.";
  return "Not trained yet. Train Model shows the loss, the gradients and the result here while the network learns.";
}

function trainingPreview({ run, model: name, settings, problem }: PlannedTraining, network: readonly HTMLElement[]): HTMLElement {
  const title = element("h2", "", run);
  if (name !== run) title.append(element("small", "", name));
  const section = element("section", "planned", title);
  if (problem) section.append(element("p", "", `It can't be trained yet, line ${problem.line}: `, ...withCode(problem.message)));
  const facts = element("dl", "run-facts");
  for (const { name: label, value } of settings) {
    const definition = element("dd");
    setWords(definition, value);
    facts.append(element("div", "", element("dt", "", label), definition));
  }
  section.append(...network, facts);
  return section;
}

/** Returns the picture of the network with its caption, or nothing if the training has no plan. */
function networkOf({ run, model: name, layers }: PlannedTraining, model: Model, width: number, actions: Actions): readonly HTMLElement[] {
  if (layers.length === 0 || width === 0) return [];
  const caption = element("p", "note", "The layers with their output shapes and numbers of parameters.");
  // The graph draws a run's gradients. Before the first epoch there are none.
  const state = newRun({ id: "", file: model.file, fileName: model.fileName, run, model: name, begun: 0, seed: 0, lines: {} });
  const graph = layerGraph(
    { state, layers, paint: "gradient", lit: [], planes: null, theme: model.theme, width: width - 28, height: null },
    undefined,
    {
      describe: (text) => setText(caption, text),
      reveal: actions.reveal,
    },
  );
  return [element("div", "graph", graph), caption];
}
