/** Elements in few words. */

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

/** `attributes` are set one by one: the page's policy has no place for styles in markup. */
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

export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

export function button(label: string, act: () => void, look: "primary" | "secondary" = "secondary"): HTMLElement {
  const made = document.createElement("vscode-button");
  made.textContent = label;
  if (look === "secondary") made.setAttribute("secondary", "");
  made.addEventListener("click", act);
  return made;
}

/** Text that leads to a line of the file. */
export function link(label: string, act: () => void): HTMLButtonElement {
  const made = element("button", "link", label);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

export interface Choice {
  readonly element: HTMLElement;
  /** The options, and which is chosen; the first where it is none of them. */
  readonly set: (options: readonly { readonly value: string; readonly label: string }[], chosen: string) => void;
}

export function choice(label: string, change: (value: string) => void): Choice {
  const select = document.createElement("vscode-single-select");
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
      // Its options are known to it in a moment only.
      void select.updateComplete.then(() => {
        if (select.value !== value) select.value = value;
      });
    },
  };
}

export interface Tick {
  readonly element: HTMLElement;
  readonly set: (isOn: boolean) => void;
}

export function tick(label: string, change: (isOn: boolean) => void): Tick {
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
  const told = element("output");
  input.addEventListener("input", () => change(Number(input.value)));
  return {
    element: element("label", "field", element("span", "", label), input, told),
    set(value, max, text) {
      if (input.max !== String(max)) input.max = String(max);
      if (document.activeElement !== input || input.value !== String(value)) input.value = String(value);
      input.setAttribute("aria-valuetext", text);
      setText(told, text);
    },
  };
}

/** What a message has between backticks is the language's own words. */
export function withCode(message: string): Node[] {
  return message.split("`").map((part, i) => (i % 2 === 0 ? document.createTextNode(part) : element("code", "", part)));
}

/** A canvas as wide as its place and sharp on any screen; `paint` is called again when its size changes. */
export function sharpCanvas(
  className: string,
  height: number,
  paint: (context: CanvasRenderingContext2D, width: number, height: number) => void,
) {
  const canvas = element("canvas", className);
  const place = element("div", "canvas", canvas);
  const draw = (): void => {
    const width = place.clientWidth;
    if (width === 0) return;
    const ratio = window.devicePixelRatio || 1;
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
  new ResizeObserver(draw).observe(place);
  return { element: place, canvas, draw };
}
