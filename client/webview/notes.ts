/** What went wrong in the run, or may. */
import type { RunState } from "../runs/runState.ts";
import { element, link, withCode } from "./dom.ts";
import type { Actions } from "./model.ts";

export function runNotes(actions: Actions) {
  const place = element("div", "message");
  place.setAttribute("role", "status");
  let shown = "";
  return {
    element: place,
    draw({ facts, end, warnings }: RunState): void {
      const failure = end?.kind === "failed" || end?.kind === "diverged" ? end : undefined;
      const notes = failure ? [...warnings, failure] : warnings;
      place.hidden = notes.length === 0;
      // Made anew only where there is news: a button under the pointer must not go away with each epoch.
      const wanted = `${facts.id} ${notes.length}`;
      if (shown === wanted) return;
      shown = wanted;
      place.classList.toggle("error", failure !== undefined);
      place.replaceChildren(
        ...notes.map((note) => {
          const text = element("span");
          text.append(...withCode(`${note.code ? `${note.code}: ` : ""}${note.message} `));
          return element(
            "p",
            "",
            text,
            link("Show the line", () => actions.reveal(note.at)),
          );
        }),
      );
    },
  };
}
