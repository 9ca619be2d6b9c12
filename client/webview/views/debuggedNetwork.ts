/** The network of a debugged training: the current mini-batch's results so far, and the current layer. */
import { newRun } from "../../runs/runState.ts";
import { element, setText } from "../dom.ts";
import { type Actions, type DebuggedStop, type Model, noAnswers, type View } from "../model.ts";
import { networkPicture } from "./networkPicture.ts";

export function debuggedNetwork(actions: Actions): View {
  const picture = networkPicture(actions);
  const place = element("p", "note debugged-place");
  const note = element("p", "note");
  let drawn: DebuggedStop["network"] = null;
  return {
    element: element("div", "tab", place, picture.element, note),
    draw(model, _memory, mustRebuild) {
      actions.askDebugged("network");
      const network = model.debugged?.network;
      if (!network) return;
      setText(place, `Debugging: ${network.place}.`);
      setText(note, NOTES[network.isBackward ? "gradient" : "activation"]);
      const isOther = network !== drawn;
      drawn = network;
      picture.draw(asRun(model, network), network.isBackward ? "gradient" : "activation", "units", mustRebuild || isOther, network.layer);
    },
  };
}

const NOTES = {
  activation: "The outputs of this mini-batch so far: orange is positive, blue is negative. What it has not computed yet has no colour.",
  gradient: "The gradients of this mini-batch so far: orange is positive, blue is negative. What it has not computed yet has no colour.",
} as const;

/** Returns a model whose run has the debugged network as its only snapshot. */
function asRun(model: Model, { layers, snapshot }: NonNullable<DebuggedStop["network"]>): Model {
  const run = newRun({ id: "debugged", file: model.file, fileName: model.fileName, run: "", model: "", begun: 0, seed: 0, lines: {} });
  const started = {
    kind: "started",
    model: "",
    run: "",
    layers,
    rows: { train: 0, validation: 0, test: 0 },
    epochs: 0,
    batchesPerEpoch: 1,
    precision: "float32",
    kernels: "",
    loadSeconds: 0,
  } as const;
  return { ...model, answers: noAnswers(), state: { ...run, started, snapshots: [snapshot] } };
}
