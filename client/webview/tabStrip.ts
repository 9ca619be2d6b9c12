/** The tabs in one line. Tabs that don't fit are in a menu at its end. The arrow keys move between the tabs. */
import { element, setText } from "./dom.ts";
import { menuOf } from "./menu.ts";

export interface TabStrip {
  readonly element: HTMLElement;
  /** Shows only the tabs with these ids. */
  readonly offer: (ids: readonly string[]) => void;
  readonly choose: (id: string) => void;
}

interface TabFacts {
  readonly id: string;
  readonly label: string;
  readonly body: HTMLElement;
}

export function tabStrip(tabs: readonly TabFacts[], onChoice: (id: string) => void): TabStrip {
  const list = element("div", "tablist");
  list.setAttribute("role", "tablist");
  list.setAttribute("aria-label", "Views");
  const opener = element("button", "more-tabs", "More");
  opener.type = "button";
  const menu = menuOf(opener);
  const heads = tabs.map(({ id, label, body }) => {
    const head = element("button", "tab-head", label);
    head.type = "button";
    head.id = `tab-${id}`;
    head.setAttribute("role", "tab");
    head.setAttribute("aria-controls", `view-${id}`);
    body.id = `view-${id}`;
    body.setAttribute("role", "tabpanel");
    body.setAttribute("aria-labelledby", head.id);
    head.addEventListener("click", () => onChoice(id));
    return head;
  });
  list.append(...heads);
  list.addEventListener("keydown", (event) => {
    const shown = heads.filter(({ hidden }) => !hidden);
    const at = shown.indexOf(document.activeElement as HTMLButtonElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: shown.length - 1 }[event.key];
    if (to === undefined || at < 0) return;
    event.preventDefault();
    const head = shown[(to + shown.length) % shown.length];
    head?.focus();
    head?.click();
  });
  const strip = element("div", "tabs", list, menu.element);
  let chosen = "";
  let offered: readonly string[] = tabs.map(({ id }) => id);
  /** The chosen tab is always in the line. */
  const arrange = (): void => {
    const available = strip.clientWidth;
    if (available === 0) return;
    heads.forEach((head, k) => {
      head.hidden = !offered.includes(tabs[k]?.id ?? "");
    });
    menu.element.hidden = false;
    const widths = heads.map(({ offsetWidth }) => offsetWidth);
    const own = heads.findIndex((_, k) => tabs[k]?.id === chosen);
    let left = available - (widths.reduce((sum, width) => sum + width, 0) <= available ? 0 : menu.element.offsetWidth) - (widths[own] ?? 0);
    const hidden = tabs.filter(({ id }, k) => {
      if (k === own || !offered.includes(id)) return false;
      left -= widths[k] ?? 0;
      return left < 0;
    });
    heads.forEach((head, k) => {
      head.hidden ||= hidden.some((one) => one === tabs[k]);
    });
    menu.element.hidden = hidden.length === 0;
    menu.set(hidden.map(({ id, label }) => ({ label, act: () => onChoice(id) })));
    setText(opener, `${hidden.length} more`);
  };
  new ResizeObserver(arrange).observe(strip);

  return {
    element: strip,
    offer(ids) {
      if (ids.join() === offered.join()) return;
      offered = ids;
      arrange();
    },
    choose(id) {
      if (chosen === id) return;
      chosen = id;
      tabs.forEach((tab, k) => {
        const isChosen = tab.id === id;
        const head = heads[k];
        tab.body.hidden = !isChosen;
        head?.setAttribute("aria-selected", String(isChosen));
        if (head) head.tabIndex = isChosen ? 0 : -1;
      });
      arrange();
    },
  };
}
