/** A button that opens a menu. The arrow keys move in it; Escape and a click elsewhere close it. */
import { element } from "./dom.ts";

export interface MenuEntry {
  readonly label: string;
  readonly act: () => void;
}

export interface Menu {
  readonly element: HTMLElement;
  /** Replaces the entries, unless they have the same labels. */
  readonly set: (entries: readonly MenuEntry[]) => void;
}

export function menuOf(opener: HTMLButtonElement): Menu {
  const list = element("div", "menu");
  list.setAttribute("role", "menu");
  list.setAttribute("aria-label", opener.title || (opener.textContent ?? ""));
  list.hidden = true;
  const container = element("div", "menu-holder", opener, list);
  opener.setAttribute("aria-haspopup", "menu");
  opener.setAttribute("aria-expanded", "false");
  const show = (isOpen: boolean): void => {
    list.hidden = !isOpen;
    opener.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) items()[0]?.focus();
  };
  const items = (): HTMLElement[] => [...list.querySelectorAll<HTMLElement>("[role=menuitem]")];
  opener.addEventListener("click", () => show(list.hidden !== false));
  container.addEventListener("focusout", ({ relatedTarget }) => {
    if (!(relatedTarget instanceof Node && container.contains(relatedTarget))) show(false);
  });
  list.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      show(false);
      opener.focus();
      return;
    }
    const all = items();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    all[(to + all.length) % all.length]?.focus();
  });
  let known = "";
  return {
    element: container,
    set(entries) {
      const labels = entries.map(({ label }) => label).join("\n");
      if (labels === known) return;
      known = labels;
      list.replaceChildren(
        ...entries.map(({ label, act }) => {
          const item = element("button", "", label);
          item.type = "button";
          item.tabIndex = -1;
          item.setAttribute("role", "menuitem");
          item.addEventListener("click", () => {
            show(false);
            opener.focus();
            act();
          });
          return item;
        }),
      );
    },
  };
}
