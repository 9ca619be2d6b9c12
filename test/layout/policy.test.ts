/** The page's security policy in a real browser. client/editor/panel/page.test.ts tests the policy's text. */
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import type { FakeView } from "../fakeVscode.ts";
import { openedForTests } from "./opened.ts";

const ELSEWHERE = "https://elsewhere.test";
const { host, stageOf } = openedForTests();

/** The effects of an attack on the page. */
interface Attack {
  /** The directives that refused parts of the attack. */
  readonly refused: readonly string[];
  readonly ran: readonly string[];
  /** Paths that were requested from another server. */
  readonly asked: readonly string[];
}

/** Inserts scripts, handlers and requests into the page as an attacker would, and waits until the browser has decided on each. */
async function attack(page: Page): Promise<Attack> {
  const asked: string[] = [];
  await page.route(`${ELSEWHERE}/**`, async (route) => {
    const { pathname } = new URL(route.request().url());
    asked.push(pathname);
    if (pathname === "/script.js") await route.fulfill({ contentType: "text/javascript", body: 'ran.push("remote script")' });
    else await route.fulfill({ body: "" });
  });
  const { refused, ran } = await page.evaluate(async (elsewhere) => {
    const found = { refused: [] as string[], ran: [] as string[] };
    Object.assign(window, { ran: found.ran });
    addEventListener("securitypolicyviolation", ({ effectiveDirective }) => found.refused.push(effectiveDirective));
    const settled = (element: HTMLElement): Promise<void> =>
      new Promise((done) => {
        element.onload = element.onerror = () => done();
        document.body.append(element);
      });
    const inline = document.createElement("script");
    inline.textContent = 'ran.push("inline script")';
    document.body.append(inline);

    const handled = document.createElement("button");
    handled.setAttribute("onclick", 'ran.push("inline handler")');
    document.body.append(handled);
    handled.click();

    const image = document.createElement("img");
    image.src = `${elsewhere}/image.png`;
    await settled(image);
    const remote = document.createElement("script");
    remote.src = `${elsewhere}/script.js`;
    await settled(remote);
    await fetch(`${elsewhere}/data`).catch(() => undefined);

    const frame = document.createElement("iframe");
    frame.name = "answer";
    document.body.append(frame);
    const form = document.createElement("form");
    Object.assign(form, { action: `${elsewhere}/form`, method: "post", target: frame.name });
    document.body.append(form);
    const sent = new Promise<void>((done) => {
      frame.onload = () => done();
      addEventListener("securitypolicyviolation", ({ effectiveDirective }) => effectiveDirective === "form-action" && done());
    });
    form.submit();
    await sent;
    const base = document.createElement("base");
    base.href = `${elsewhere}/`;
    document.head.append(base);
    if (document.baseURI.startsWith(elsewhere)) found.ran.push("base address");
    // Violations are reported in tasks of their own, which all run within two frames.
    for (let k = 0; k < 2; k++) await new Promise(requestAnimationFrame);
    return found;
  }, ELSEWHERE);
  return { refused: refused.sort(), ran, asked };
}

const openPage = async (view: FakeView): Promise<Page> => (await stageOf(view)).page;

describe("the panel's page in a browser", () => {
  test("runs no inserted script, requests nothing from another server, sends no form and keeps its base address", async () => {
    expect(await attack(await openPage(host().show("iris.nn")))).toEqual({
      refused: ["base-uri", "connect-src", "form-action", "frame-src", "img-src", "script-src-attr", "script-src-elem", "script-src-elem"],
      ran: [],
      asked: [],
    });
  });

  test("would do all of this without its policy", async () => {
    const view = host().show("xor.nn");
    view.webview.html = view.webview.html.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, "");
    expect(await attack(await openPage(view))).toEqual({
      refused: [],
      ran: ["inline script", "inline handler", "remote script", "base address"],
      asked: ["/image.png", "/script.js", "/data", "/form"],
    });
  });
});
