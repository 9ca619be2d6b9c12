/** The timeline of a run's epochs, shared by all views: play, speed, a slider with marks, and the button that follows the newest epoch. */
import { countText, numberText } from "../../engine/numberText.ts";
import { causesFirst } from "../../engine/training/findingOrder.ts";
import { isPace, type Pace } from "../../engine/training/pace.ts";
import type { PanelMemory } from "../messages/panelMemory.ts";
import { epochAt } from "../runs/history.ts";
import { epochsDone, isOver, type RunState, restoredEpoch } from "../runs/runState.ts";
import { choice, element, iconButton, setIcon, setText } from "./dom.ts";
import { type Actions, type Model, shownEpoch } from "./model.ts";

const SPEED_WORDS: { readonly [P in Pace]: string } = {
  full: "Full speed",
  "100": "100 epochs/s",
  "10": "10 epochs/s",
  "1": "1 epoch/s",
  step: "One at a click",
};

export function timeline(actions: Actions) {
  let isPlaying = false;
  let isStepped = false;
  const play = iconButton("play", "Play", () => (isStepped ? actions.send({ kind: "step" }) : actions.play(!isPlaying)));
  let isByClick = false;
  const playLabel = (): string => {
    if (isPlaying) return "Pause playing";
    if (isStepped) return "Train one epoch";
    return isByClick ? "Next epoch" : "Play from this epoch";
  };
  const takeSpeed = (value: string): void => {
    if (!isPace(value)) return;
    actions.remember({ speed: value });
    actions.send({ kind: "pace", pace: value });
  };
  // The timeline is at the bottom of the window, so there is no room for a list below it.
  const speed = choice("Speed", takeSpeed, "above");
  const slider = element("input");
  slider.type = "range";
  slider.min = "0";
  slider.step = "1";
  slider.setAttribute("aria-label", "Epoch");
  slider.addEventListener("input", () => actions.seek(Number(slider.value)));
  const marks = element("span", "marks");
  const position = element("output", "position");
  const live = element("button", "live", "Live");
  live.type = "button";
  live.addEventListener("click", () => actions.seek(null));

  return {
    element: element("footer", "timeline", play, speed.element, element("span", "slider", slider, marks), position, live),
    draw(model: Model, memory: PanelMemory, state: RunState): void {
      isPlaying = model.isPlaying;
      // One click trains one epoch if the newest is shown.
      isStepped = memory.speed === "step" && !isOver(state) && model.answers.cursor === null;
      isByClick = memory.speed === "step";
      setIcon(play, isPlaying ? "pause" : "play", playLabel());
      speed.set(
        Object.entries(SPEED_WORDS).map(([value, label]) => ({ value, label })),
        memory.speed,
      );
      const end = epochsDone(state);
      const shown = shownEpoch(model);
      if (slider.max !== String(end)) slider.max = String(end);
      if (slider.value !== String(shown)) slider.value = String(shown);
      slider.style.setProperty("--share", String(end > 0 ? shown / end : 0));
      slider.setAttribute("aria-valuetext", spokenEpoch(state, shown));
      setText(position, `${countText(shown)} / ${countText(end)}`);
      setText(live, isOver(state) ? "Final" : "Live");
      live.title = liveTitle(state);
      live.setAttribute("aria-pressed", String(model.answers.cursor === null));
      drawMarks(marks, marksOf(state), end, actions.seek);
    },
  };
}

function liveTitle(state: RunState): string {
  if (!isOver(state)) return "Follow the newest epoch";
  const restored = restoredEpoch(state);
  return restored === null
    ? "Show the final weights, those after the last epoch"
    : `Show the final weights: early stopping restored those of epoch ${countText(restored)}, the best`;
}

function spokenEpoch({ history }: RunState, shown: number): string {
  const loss = epochAt(history, shown)?.loss;
  return `epoch ${countText(shown)}${loss === undefined ? "" : `, loss ${numberText(loss)}`}`;
}

interface Mark {
  readonly epoch: number;
  readonly kind: "best" | "finding" | "failure" | "continued";
  readonly words: string;
}

/** Draws a button for each marked epoch. It moves the timeline there. */
function drawMarks(holder: HTMLElement, marks: readonly Mark[], end: number, seek: Actions["seek"]): void {
  const wanted = `${end} ${marks.map(({ epoch, kind, words }) => `${epoch} ${kind} ${words}`).join("|")}`;
  // Rebuilt only if the marks changed, so that a button under the pointer is not replaced in every frame.
  if (holder.dataset["shown"] === wanted) return;
  holder.dataset["shown"] = wanted;
  holder.replaceChildren(
    ...marks.map(({ epoch, kind, words }) => {
      const mark = element("button", `mark ${kind}`);
      mark.type = "button";
      mark.style.setProperty("--share", String(end > 0 ? Math.min(1, epoch / end) : 0));
      mark.title = words;
      mark.setAttribute("aria-label", words);
      mark.addEventListener("click", () => seek(Math.min(epoch, end)));
      return mark;
    }),
  );
}

/** Returns the marks: the epoch from which the run continues, the best epoch, each epoch with findings, and the epoch in which it failed. */
function marksOf({ history, started, warnings, end, continued }: RunState): Mark[] {
  const best = history?.best;
  const isValidated = (started?.rows.validation ?? 0) > 0;
  const marks: Mark[] = [];
  if (continued !== undefined)
    marks.push({
      epoch: continued,
      kind: "continued",
      words: `Epoch ${countText(continued)}: this run continues from here, with the weights of an earlier run`,
    });
  if (best && isValidated)
    marks.push({
      epoch: best.epoch,
      kind: "best",
      words: `Epoch ${countText(best.epoch)}: the best validation loss, ${numberText(best.loss)}`,
    });
  const found = Map.groupBy(
    warnings.filter(({ epoch }) => epoch !== undefined),
    ({ epoch }) => epoch ?? 0,
  );
  for (const [epoch, all] of found)
    marks.push({
      epoch,
      kind: "finding",
      words: `Epoch ${countText(epoch)}: ${causesFirst(all)
        .map(({ code, message }) => `${code}: ${message.replaceAll("`", "")}`)
        .join("\n")}`,
    });
  if (end?.kind === "diverged")
    marks.push({ epoch: end.epoch, kind: "failure", words: `Epoch ${countText(end.epoch)}: ${end.message.replaceAll("`", "")}` });
  return marks;
}
