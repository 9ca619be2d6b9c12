/** A view that shows the file's debug session while there is one, and afterwards what it showed before. */
import { element } from "../dom.ts";
import type { Actions, View } from "../model.ts";

export const followingDebugger =
  (makeOwn: (actions: Actions) => View, makeDebugged: (actions: Actions) => View) =>
  (actions: Actions): View => {
    const own = makeOwn(actions);
    let debugged: View | undefined;
    let shown = own;
    const holder = element("div", "", own.element);
    return {
      element: holder,
      draw(model, memory, mustRebuild) {
        if (model.debugged) debugged ??= makeDebugged(actions);
        const wanted = model.debugged && debugged ? debugged : own;
        // The other one is not in the page, where it could be found.
        if (wanted !== shown) holder.replaceChildren(wanted.element);
        shown = wanted;
        wanted.draw(model, memory, mustRebuild);
      },
    };
  };
