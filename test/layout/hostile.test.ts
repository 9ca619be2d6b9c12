/**
 * The panel's messages and page with hostile names, without the page's security policy, which would hide a mistake: no element, request or
 * dialog comes from a name. test/layout/policy.test.ts tests the policy.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import Papa from "papaparse";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { escapedText } from "../../server/language/syntax/writtenName.ts";
import type { FakeView } from "../fakeVscode.ts";
import { HOSTILE, MARKUP } from "../hostile.ts";
import { openedForTests } from "./opened.ts";
import { TABS } from "./stage.ts";

const { host, stageOf } = openedForTests();

const NAMES = [...MARKUP, ...HOSTILE];
const quoted = (name: string): string => `"${escapedText(name)}"`;
const columns = NAMES.map((name) => `column ${name}`);
const classes = NAMES.map((name) => `class ${name}`);
const rows = Array.from({ length: 4 * NAMES.length }, (_, i) => [
  ...columns.map((_name, j) => ((i * 7 + j * 3) % 10) / 10),
  classes[i % classes.length],
]);
/** The language allows only identifiers here. A message may have any text, for example from a stored run. */
const STAND_INS: Readonly<Record<string, string>> = {
  "standin.nn": `file ${MARKUP[2]}`,
  RunName: `run ${MARKUP[1]}`,
  first_layer: `first ${MARKUP[0]}`,
  last_layer: `last ${MARKUP[3]}`,
};
const TEXT = `model M {
  input ${columns.map(quoted).join(", ")}
  first_layer: dense 4 relu
  last_layer: dense ${classes.length} softmax
}
data D {
  source csv("hostile.csv")
  target target
  split validation=0.5
}
RunName: train M on D {
  loss sparse_categorical_crossentropy
  metrics accuracy
  epochs 3
}
`;

/** Replaces each stand-in by its hostile name in all texts of a message, including field names. `back` reverses this. */
function renamed(value: unknown, pairs: readonly (readonly [string, string])[]): unknown {
  if (typeof value === "string") return pairs.reduce((text, [from, to]) => text.replaceAll(from, to), value);
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map((one) => renamed(one, pairs));
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [String(renamed(key, pairs)), renamed(one, pairs)]));
}

/** Puts hostile names into every message to the view, and takes them out of its answers. */
function withHostileNames(view: FakeView): FakeView {
  const pairs = Object.entries(STAND_INS);
  const back = pairs.map(([from, to]) => [to, from] as const);
  const post = view.webview.postMessage;
  const say = view.say.bind(view);
  view.webview.postMessage = async (message) => await post(renamed(message, pairs));
  view.say = (message) => say(renamed(message, back));
  return view;
}

/** Returns the markup of what a name must never become: handlers, and elements that load, run, send or frame something. Includes shadow trees. */
const createdFromNames = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const elements = (root: Document | ShadowRoot): Element[] =>
      [...root.querySelectorAll("*")].flatMap((one) => [one, ...(one.shadowRoot ? elements(one.shadowRoot) : [])]);
    const own = ["panel.js", "panel.css"];
    return elements(document)
      .filter((one) => {
        const address = one.getAttribute("src") ?? one.getAttribute("href");
        if (one.getAttributeNames().some((name) => name.startsWith("on"))) return true;
        if (one.matches("script, link")) return !own.includes(address?.split("/").at(-1) ?? "");
        return (
          address !== null ||
          one.matches("img, image, iframe, object, embed, form:not(.cells), base, video, audio, foreignObject, marquee, b, a")
        );
      })
      .map((one) => one.outerHTML.slice(0, 200));
  });

/** Returns all text of the page, shadow trees, labels and tooltips included. */
const textOf = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const texts = (root: Document | ShadowRoot): string[] => [
      root instanceof Document ? root.body.textContent : (root.textContent ?? ""),
      ...[...root.querySelectorAll("*")].flatMap((one) => [
        ...["title", "aria-label", "label"].map((name) => one.getAttribute(name) ?? ""),
        ...(one.shadowRoot ? texts(one.shadowRoot) : []),
      ]),
    ];
    return texts(document).join("\n");
  });

describe("names that are markup", () => {
  test("show as they are in every tab, and nothing is created, requested or run", async () => {
    const file = "standin.nn";
    writeFileSync(join(host().folder, "hostile.csv"), Papa.unparse([[...columns, "target"], ...rows], { newline: "\n" }));
    const view = withHostileNames(host().show(file));
    view.webview.html = view.webview.html.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, "");
    await host().train(file, TEXT);
    const stage = await stageOf(view);
    const { page } = stage;
    const requested: string[] = [];
    const dialogs: string[] = [];
    page.on("request", (request) => requested.push(request.url()));
    page.on("dialog", (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    await view.webview.postMessage({
      kind: "notices",
      run: await host().newestRun(),
      notices: NAMES.map((message) => ({ kind: "data", message })),
    });
    let text = "";
    for (const tab of TABS) {
      await stage.tab(tab);
      expect(await createdFromNames(page), tab).toEqual([]);
      text += await textOf(page);
    }
    expect(
      [...Object.values(STAND_INS), ...classes, ...columns.slice(0, MARKUP.length), ...NAMES].filter((name) => !text.includes(name)),
    ).toEqual([]);
    expect({ requested, dialogs, complaints: stage.complaints }).toEqual({ requested: [], dialogs: [], complaints: [] });
  });
});
