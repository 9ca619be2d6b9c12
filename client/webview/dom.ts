/** Creates the page's elements and controls. */

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = "",
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

/** Creates an SVG element. The attributes are set one by one, because the page's policy forbids styles in markup. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number>>,
  ...children: (Node | string)[]
): SVGElementTagNameMap[K] {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/**
 * Returns a box that scrolls if its content is larger. It is then a Tab stop, so that the arrow keys can scroll it. `label` names it for a
 * screen reader.
 */
export function scrollBox(label: string, ...content: Node[]): HTMLElement {
  const box = element("div", "scroll", ...content);
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", label);
  new ResizeObserver(() => {
    // Heights are rounded: a box that a scale leaves short by a fraction of a pixel doesn't scroll.
    if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight + 1) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }).observe(box);
  return box;
}

export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

/** Sets a text whose words break after an underscore, as in `binary_crossentropy`, if a line is too short for the whole word. */
export function setWords(target: Element, text: string): void {
  if (target.textContent === text) return;
  const breakable = (word: string): Node =>
    element("span", "word", ...word.split(/(?<=_)/).flatMap((part, k) => (k === 0 ? [part] : [element("wbr"), part])));
  target.replaceChildren(...text.split(/(\s+)/).map((part) => (part.includes("_") ? breakable(part) : part)));
}

export function button(label: string, act: () => void, look: "primary" | "secondary" = "secondary"): HTMLElement {
  const made = document.createElement("vscode-button");
  made.textContent = label;
  if (look === "secondary") made.setAttribute("secondary", "");
  made.addEventListener("click", act);
  return made;
}

/** Outlines of the icons on a 16 by 16 grid. */
const ICONS = {
  play: "M4.5 2.8v10.4L13 8z",
  pause: "M4 3h2.6v10H4zM9.4 3H12v10H9.4z",
  more: "M2 8a1.3 1.3 0 1 0 2.6 0A1.3 1.3 0 1 0 2 8zm4.7 0a1.3 1.3 0 1 0 2.6 0 1.3 1.3 0 1 0-2.6 0zm4.7 0a1.3 1.3 0 1 0 2.6 0 1.3 1.3 0 1 0-2.6 0z",
  pin: "M9.7 1.6l4.7 4.7-1.2 1.2-.8-.2-2.7 2.7.2 2.2-1.1 1.1-3-3L2.500 13.600l-.1-.1L5.700 10.200l-3-3 1.100-1.100 2.200.2 2.700-2.700-.2-.8z",
  knobs:
    "M2 3.300h4.200a2 2 0 0 1 3.600 0H14v1.400H9.800a2 2 0 0 1-3.600 0H2zm0 4h7.200a2 2 0 0 1 3.600 0H14v1.400h-1.200a2 2 0 0 1-3.600 0H2zm0 4h1.200a2 2 0 0 1 3.600 0H14v1.400H6.800a2 2 0 0 1-3.600 0H2z",
  down: "M3.500 5.500h9L8 11z",
} as const;
type Icon = keyof typeof ICONS;

/** Returns a button with an icon, named by its label. */
export function iconButton(icon: Icon, label: string, act: () => void): HTMLButtonElement {
  const made = element("button", "icon");
  made.type = "button";
  setIcon(made, icon, label);
  made.addEventListener("click", act);
  return made;
}

export function setIcon(made: HTMLButtonElement, icon: Icon, label: string): void {
  if (made.title === label) return;
  made.title = label;
  made.setAttribute("aria-label", label);
  made.replaceChildren(svg("svg", { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" }, svg("path", { d: ICONS[icon] })));
}

/** Returns a button that looks like a link, for text that reveals a line of the file. */
export function link(label: string, act: () => void): HTMLButtonElement {
  const made = element("button", "link", label);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

export interface Choice {
  readonly element: HTMLElement;
  /** Sets the options and the chosen value. If the value is not an option, chooses the first option. */
  readonly set: (options: readonly { readonly value: string; readonly label: string }[], chosen: string) => void;
}

export function choice(label: string, change: (value: string) => void, position: "above" | "below" = "below"): Choice {
  const select = document.createElement("vscode-single-select");
  select.position = position;
  select.setAttribute("aria-label", label);
  select.label = label;
  select.addEventListener("change", () => change(select.value));
  let known = "";
  return {
    element: element("label", "field", element("span", "", label), select),
    set(options, chosen) {
      const shown = options.map(({ value, label: text }) => `${value}\t${text}`).join("\n");
      if (shown !== known) {
        known = shown;
        select.replaceChildren(
          ...options.map(({ value, label: text }) => {
            const option = document.createElement("vscode-option");
            option.value = value;
            option.textContent = text;
            return option;
          }),
        );
      }
      const value = options.some((one) => one.value === chosen) ? chosen : (options[0]?.value ?? "");
      // The element registers its options asynchronously.
      void select.updateComplete.then(() => {
        if (select.value !== value) select.value = value;
      });
    },
  };
}

export interface Checkbox {
  readonly element: HTMLElement;
  readonly set: (isOn: boolean) => void;
}

export function checkbox(label: string, change: (isOn: boolean) => void): Checkbox {
  const box = document.createElement("vscode-checkbox");
  box.label = label;
  box.addEventListener("change", () => change(box.checked));
  return {
    element: box,
    set(isOn) {
      if (box.checked !== isOn) box.checked = isOn;
    },
  };
}

export interface Slider {
  readonly element: HTMLElement;
  readonly set: (value: number, max: number, text: string) => void;
}

export function slider(
  label: string,
  options: { readonly min: number; readonly max: number; readonly step: number },
  change: (value: number) => void,
): Slider {
  const input = element("input");
  input.type = "range";
  input.min = String(options.min);
  input.max = String(options.max);
  input.step = String(options.step);
  input.setAttribute("aria-label", label);
  const output = element("output");
  input.addEventListener("input", () => change(Number(input.value)));
  return {
    element: element("label", "field", element("span", "", label), input, output),
    set(value, max, text) {
      if (input.max !== String(max)) input.max = String(max);
      if (document.activeElement !== input || input.value !== String(value)) input.value = String(value);
      input.setAttribute("aria-valuetext", text);
      setText(output, text);
    },
  };
}

/** Returns a message as nodes. Text between backticks is source code and becomes `<code>`. */
export function withCode(message: string): Node[] {
  return message.split("`").map((part, i) => (i % 2 === 0 ? document.createTextNode(part) : element("code", "", part)));
}

/** Returns the pointer's position in an element, and the element's size, in the element's own pixels at any panel scale. */
export function pointIn(target: Element, { clientX, clientY }: { readonly clientX: number; readonly clientY: number }) {
  const box = target.getBoundingClientRect();
  const scale = scaleOf(target);
  return { x: (clientX - box.left) / scale, y: (clientY - box.top) / scale, width: box.width / scale, height: box.height / scale };
}

/** Returns the panel's scale: how much larger the pointer's pixels are than the element's own. */
export const scaleOf = (target: Element): number => target.currentCSSZoom || 1;

/** Creates a canvas as wide as its container, at the screen's resolution. `paint` is called again when the size changes. */
export function sharpCanvas(
  className: string,
  height: number,
  paint: (context: CanvasRenderingContext2D, width: number, height: number) => void,
) {
  const canvas = element("canvas", className);
  const container = element("div", "canvas", canvas);
  const draw = (): void => {
    const width = container.clientWidth;
    if (width === 0) return;
    const ratio = (window.devicePixelRatio || 1) * scaleOf(container);
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== w || canvas.height !== h) {
      canvas.width = w;
      canvas.height = h;
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    const context = canvas.getContext("2d");
    if (!context) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    paint(context, width, height);
  };
  new ResizeObserver(draw).observe(container);
  return { element: container, canvas, draw };
}
