/** Finds layout faults of a page, in the page itself. */
import type { Page } from "playwright-core";

/** Returns a line for each fault: a page that is too wide, text that is cut off, broken by letter or overlaps other text, an empty chart. */
export const layoutFaults = (page: Page): Promise<string[]> => page.evaluate(findFaults);

/** Runs in the page, so it uses nothing from outside itself. Returns the faults, each once. */
function findFaults(): string[] {
  interface Box {
    readonly left: number;
    readonly right: number;
    readonly top: number;
    readonly bottom: number;
  }
  interface Text extends Box {
    readonly node: Node;
    readonly words: string;
  }
  /** Allows for rounding and for slanted letters, in pixels. */
  const SLACK = 1.5;
  /** The least readable font size, in pixels. */
  const LEAST_TEXT = 10.99;
  /** Letters of a word on each of several lines. A word with fewer is unreadable. */
  const LEAST_LETTERS = 3;
  const faults: string[] = [];
  const { clientWidth, scrollWidth } = document.documentElement;

  const parentOf = (node: Node): Element | null => {
    const parent = node instanceof Element && node.assignedSlot ? node.assignedSlot : node.parentNode;
    return parent instanceof ShadowRoot ? parent.host : parent instanceof Element ? parent : null;
  };
  const nameOf = (element: Element): string => {
    const own = `${element.tagName.toLowerCase()}${[...element.classList].map((one) => `.${one}`).join("")}`;
    const parent = parentOf(element);
    return parent && parent !== document.body ? `${nameOf(parent).split(" ").at(-1)} ${own}` : own;
  };
  const elements = (root: Document | ShadowRoot): Element[] =>
    [...root.querySelectorAll("*")].flatMap((one) => [one, ...(one.shadowRoot ? elements(one.shadowRoot) : [])]);
  /** The scale of a matrix, which may turn the text as well. */
  const scaleOf = (matrix: DOMMatrix | null): number => (matrix ? Math.hypot(matrix.a, matrix.b) : 1);
  const isSeen = (element: Element): boolean =>
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true });

  /** Returns the part of the box that its ancestors leave visible. Adds a fault if an ancestor cuts it off without scrolling. */
  const seenPart = ({ node, words, ...box }: Text): Box | undefined => {
    let { left, right, top, bottom } = box;
    for (let element = parentOf(node); element; element = parentOf(element)) {
      const { overflowX, overflowY } = getComputedStyle(element);
      if (overflowX === "visible" && overflowY === "visible") continue;
      if (element === document.documentElement || element === document.body) continue;
      const clip = element.getBoundingClientRect();
      // Text only for screen readers.
      if (clip.width <= 3 && clip.height <= 3) return undefined;
      const isCut = left < clip.left - SLACK || right > clip.right + SLACK;
      if (isCut && (overflowX === "hidden" || overflowX === "clip")) {
        faults.push(`"${words}" is cut off by ${nameOf(element)}`);
        return undefined;
      }
      left = Math.max(left, clip.left);
      right = Math.min(right, clip.right);
      top = Math.max(top, clip.top);
      bottom = Math.min(bottom, clip.bottom);
      if (right - left < 1 || bottom - top < 1) return undefined;
    }
    if (left < -SLACK || right > clientWidth + SLACK)
      faults.push(`"${words}" extends beyond the window's edge, in ${nameOf(parentOf(node) as Element)}`);
    return { left, right, top, bottom };
  };

  const all = elements(document).filter(isSeen);
  if (scrollWidth > clientWidth) {
    const widest = all.filter((one) => one.getBoundingClientRect().right > clientWidth + SLACK).map(nameOf);
    faults.push(`the page is ${scrollWidth} px wide in a window of ${clientWidth} px: ${widest.at(-1) ?? "no single element"}`);
  }

  const texts: (Text & { readonly seen: Box })[] = [];
  for (const element of all) {
    for (const node of element.childNodes) {
      const words = node.nodeType === Node.TEXT_NODE ? (node.textContent ?? "").trim().slice(0, 60) : "";
      if (words === "" || element instanceof HTMLStyleElement || element instanceof HTMLScriptElement) continue;
      const size =
        Number.parseFloat(getComputedStyle(element).fontSize) *
        (element instanceof SVGGraphicsElement ? scaleOf(element.getScreenCTM()) : 1);
      if (size < LEAST_TEXT && !(element instanceof HTMLOptionElement))
        faults.push(`"${words}" is ${size.toFixed(1)} px high, in ${nameOf(element)}`);
      const range = document.createRange();
      range.selectNodeContents(node);
      const boxes = range.getClientRects();
      if (boxes.length > 1 && words.length < LEAST_LETTERS * boxes.length && !/\s/.test(words))
        faults.push(`"${words}" is broken over ${boxes.length} lines, in ${nameOf(element)}`);
      for (const { left, right, top, bottom } of boxes) {
        const text = { node, words, left, right, top, bottom };
        const seen = seenPart(text);
        if (seen) texts.push({ ...text, seen });
      }
    }
  }
  texts.sort((a, b) => a.seen.top - b.seen.top);
  for (const [k, { node, words, seen }] of texts.entries()) {
    for (const other of texts.slice(k + 1)) {
      if (other.seen.top >= seen.bottom - 3) break;
      const across = Math.min(seen.right, other.seen.right) - Math.max(seen.left, other.seen.left);
      if (other.node !== node && across > 2)
        faults.push(`"${words}" and "${other.words}" overlap, in ${nameOf(parentOf(node) as Element)}`);
    }
  }

  for (const node of document.querySelectorAll(".graph .node")) {
    const box = node.querySelector("rect")?.getBoundingClientRect();
    for (const text of node.querySelectorAll("text")) {
      const { left, right } = text.getBoundingClientRect();
      if (box && (left < box.left || right > box.right)) faults.push(`"${text.textContent}" is wider than its box`);
    }
  }

  // The samples' networks are in sight in Overview. A deeper one scrolls in its box.
  for (const box of document.querySelectorAll(".network-preview .graph"))
    if (isSeen(box) && (box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1))
      faults.push(`the network is ${box.scrollWidth} by ${box.scrollHeight} px in a box of ${box.clientWidth} by ${box.clientHeight} px`);

  // A wide matrix may scroll in its box. The table of runs folds its columns instead.
  for (const box of document.querySelectorAll(".runs .scroll"))
    if (isSeen(box) && box.scrollWidth > box.clientWidth)
      faults.push(`the table of runs is ${box.scrollWidth} px wide in a box of ${box.clientWidth} px`);

  for (const canvas of document.querySelectorAll("canvas")) {
    // A canvas to draw on is empty at first.
    if (!isSeen(canvas) || canvas.clientWidth === 0 || canvas.getAttribute("role") === "application") continue;
    const { data } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: new Uint8ClampedArray(4) };
    const pixels = new Uint32Array(data.buffer);
    if (pixels.every((pixel) => pixel === pixels[0])) faults.push(`${nameOf(canvas)} is empty`);
  }
  return [...new Set(faults)];
}
