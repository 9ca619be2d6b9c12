/** A view that shows the file's debug session while there is one, and afterwards what it showed before. */
import { element } from "../dom.ts";
import type { Actions, View } from "../model.ts";

export const followingDebugger =
  (makeOwn: (actions: Actions) => View, makeDebugged: (actions: Actions) => View) =>
  (actions: Actions): View => {
    const [own, debugged] = [makeOwn(actions), makeDebugged(actions)];
    return {
      element: element("div", "", own.element, debugged.element),
      draw(model, memory, mustRebuild) {
        own.element.hidden = model.debugged !== null;
        debugged.element.hidden = model.debugged === null;
        (model.debugged ? debugged : own).draw(model, memory, mustRebuild);
      },
    };
  };
