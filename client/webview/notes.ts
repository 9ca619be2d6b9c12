/** The run's main finding or failure and the host's notices about it. Other findings are folded. */
import { causesFirst } from "../../engine/training/findingOrder.ts";
import type { Notice } from "../messages/panelMessages.ts";
import type { RunState } from "../runs/runState.ts";
import { USUAL_SEEDS } from "../runs/seedResults.ts";
import { element, link, withCode } from "./dom.ts";
import type { Actions, Model } from "./model.ts";

export function runNotes(actions: Actions) {
  const container = element("div", "message");
  container.setAttribute("role", "status");
  let shown = "";
  return {
    element: container,
    draw({ notices }: Model, { facts, end, warnings }: RunState): void {
      const failure = end?.kind === "failed" || end?.kind === "diverged" ? end : undefined;
      const notes = failure ? [...warnings, failure] : warnings;
      container.hidden = notes.length + notices.length === 0;
      // Rebuilt only if the notes changed, so that a button under the pointer is not replaced in every epoch.
      const wanted = `${facts.id} ${notes.length} ${notices.map(({ message }) => message).join("\n")}`;
      if (shown === wanted) return;
      shown = wanted;
      container.classList.toggle("error", failure !== undefined || notices.some(({ kind }) => kind === "unsaved"));
      container.replaceChildren(...notices.map((notice) => noticeItem(notice, actions)), ...findingItems(notes, facts, actions));
    },
  };
}

type Note = Pick<RunState["warnings"][number], "message" | "at"> & { readonly code: string | null };

/** Returns the likeliest cause as a sentence, and the other findings folded under their number. */
function findingItems(notes: readonly Note[], facts: RunState["facts"], actions: Actions): HTMLElement[] {
  const [main, ...others] = causesFirst(notes).map((note) => findingItem(note, facts, actions));
  if (!main || others.length === 0) return main ? [main] : [];
  return [main, element("details", "", element("summary", "", `${others.length} more`), ...others)];
}

function findingItem({ code, message, at }: Note, { series }: RunState["facts"], actions: Actions): HTMLElement {
  const text = element("span", "", ...withCode(`${code ? `${code}: ` : ""}${message}`));
  const item = element(
    "p",
    "",
    text,
    link("Show the line", () => actions.reveal(at)),
  );
  // A run that ends in a local minimum: other initial weights may lead further.
  if (code === "NN610" && series === undefined) item.append(link(`Train with ${USUAL_SEEDS} seeds`, () => actions.again("seeds")));
  return item;
}

function noticeItem({ kind, message }: Notice, { send }: Actions): HTMLElement {
  const item = element("p", "notice", element("span", "", message));
  if (kind === "unsaved") item.append(link("Export the weights…", () => send({ kind: "exportWeights" })));
  if (kind === "data") item.append(link("Train again", () => send({ kind: "train" })));
  return item;
}
