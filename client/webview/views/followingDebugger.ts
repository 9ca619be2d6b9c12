/** Shows the file's debug session while there is one, and the view's normal content afterwards. */
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
        // The other element is removed from the page, so that nothing can find it there.
        if (wanted !== shown) holder.replaceChildren(wanted.element);
        shown = wanted;
        wanted.draw(model, memory, mustRebuild);
      },
    };
  };
