/** The run's warnings and its failure. */
import type { RunState } from "../runs/runState.ts";
import { element, link, withCode } from "./dom.ts";
import type { Actions } from "./model.ts";

export function runNotes(actions: Actions) {
  const container = element("div", "message");
  container.setAttribute("role", "status");
  let shown = "";
  return {
    element: container,
    draw({ facts, end, warnings }: RunState): void {
      const failure = end?.kind === "failed" || end?.kind === "diverged" ? end : undefined;
      const notes = failure ? [...warnings, failure] : warnings;
      container.hidden = notes.length === 0;
      // Rebuilt only if the notes changed, so that a button under the pointer is not replaced at every epoch.
      const wanted = `${facts.id} ${notes.length}`;
      if (shown === wanted) return;
      shown = wanted;
      container.classList.toggle("error", failure !== undefined);
      container.replaceChildren(
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
