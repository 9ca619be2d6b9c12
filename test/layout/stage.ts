/** A panel's page in plain Chromium: the built script and styles, the page's own security policy, an editor's theme. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { onTestFinished } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { PATIENCE } from "../../scripts/run/patience.ts";
import { FakeView } from "../fakeVscode.ts";
import { themes } from "./themes.ts";

export type Theme = keyof typeof themes;
export const TABS = ["Overview", "Loss", "Gradients", "Distributions", "Network", "Result", "One Step", "Runs"] as const;
export type Tab = (typeof TABS)[number];

/** Returns the body's classes as the editor sets them. A light theme of high contrast also has the class of high contrast. */
const bodyClass = (theme: Theme): string => `vscode-${theme}${theme === "high-contrast-light" ? " vscode-high-contrast" : ""}`;

/** Runs in the page before its scripts. Adds the editor's style sheet and `acquireVsCodeApi`. */
function prepare(css: string): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [sheet];
  const { say } = window as unknown as { say: (message: unknown) => void };
  let state: unknown;
  Object.assign(window, {
    acquireVsCodeApi: () => ({
      postMessage: (message: unknown) => say(message),
      getState: () => state,
      setState: (next: unknown) => (state = next),
    }),
  });
}

export class Stage {
  readonly page: Page;
  /** Errors and policy violations in the page's console. */
  readonly complaints: string[] = [];
  /** Unanswered questions, and messages that are not drawn yet. */
  #questions = 0;
  #drawings = 0;
  /** Messages so far, in both directions. */
  #messages = 0;
  #wake: () => void = () => undefined;
  /** The host's messages until the page's first one, since a navigation would lose them; undefined afterwards. */
  #early: object[] | undefined = [];
  #sent: Promise<unknown> = Promise.resolve();
  readonly #view: FakeView;

  private constructor(page: Page, view: FakeView) {
    this.page = page;
    this.#view = view;
  }

  /** Shows the panel in a page of its own until the test ends. The page loads only files of `dist`. */
  static async open(browser: Browser, view: FakeView, theme: Theme = "dark"): Promise<Stage> {
    const stage = new Stage(await browser.newPage({ viewport: { width: 760, height: 900 } }), view);
    onTestFinished(() => stage.#close());
    const { page } = stage;
    page.setDefaultTimeout(PATIENCE.event);
    page.on("console", (message) => message.type() === "error" && stage.complaints.push(message.text()));
    page.on("pageerror", (error) => stage.complaints.push(String(error)));
    view.onMessage = (message) => stage.#toPage(message as { kind: string });
    await page.exposeFunction("say", (message: { kind: string }) => stage.#fromPage(message));
    await page.addInitScript(prepare, readFileSync(inProject("test/layout/webview.css"), "utf8"));
    await page.route(`${FakeView.ORIGIN}/**`, (route) => {
      const { pathname } = new URL(route.request().url());
      if (pathname === "/") return route.fulfill({ body: view.webview.html, contentType: "text/html" });
      const path = fileURLToPath(`file://${pathname}`);
      return path.startsWith(inProject("dist")) ? route.fulfill({ path }) : route.abort();
    });
    await page.goto(`${FakeView.ORIGIN}/`);
    await stage.paint(theme);
    return stage;
  }

  /** Changes the editor's theme. */
  async paint(theme: Theme): Promise<void> {
    await this.page.evaluate(
      ([colours, className]) => {
        for (const [name, value] of Object.entries(colours)) document.documentElement.style.setProperty(name, value);
        document.body.className = className;
      },
      [themes[theme], bodyClass(theme)] as const,
    );
    await this.settled();
  }

  async tab(name: Tab): Promise<void> {
    const head = this.page.getByRole("tab", { name, exact: true });
    if (await head.isVisible()) await head.click();
    else {
      await this.page.locator(".more-tabs").click();
      await this.page.getByRole("menuitem", { name, exact: true }).click();
    }
    await this.settled();
  }

  async width(width: number): Promise<void> {
    await this.page.setViewportSize({ width, height: 900 });
    await this.settled();
  }

  /** Changes the panel's scale as the setting does. */
  async scale(scale: number): Promise<void> {
    await this.page.evaluate((data) => window.postMessage(data, "*"), { kind: "scale", scale });
    await this.settled();
  }

  /** Resolves when every question is answered, every message is drawn, and no new ones follow. */
  async settled(): Promise<void> {
    for (let before = -1; before !== this.#messages; ) {
      while (this.#questions > 0 || this.#drawings > 0) await new Promise<void>((wake) => (this.#wake = wake));
      before = this.#messages;
      // A change is drawn in the next frame, and everything that depends on a size in the frame after that.
      await this.page.evaluate(async () => {
        for (let k = 0; k < 3; k++) await new Promise(requestAnimationFrame);
      });
    }
  }

  async #close(): Promise<void> {
    this.#view.onMessage = () => undefined;
    this.#view.dispose();
    await this.#sent;
    await this.page.close();
  }

  /** Passes a message of the page to the host. */
  #fromPage(message: { kind: string }): void {
    this.#messages++;
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const held of early) this.#post(held);
    if (message.kind === "ask") this.#questions++;
    if (message.kind === "ready") this.#drawings++;
    if (message.kind === "drawn") this.#drawings = 0;
    this.#view.say(message);
    this.#wake();
  }

  /** Passes a message of the host to the page. */
  #toPage(message: { kind: string }): void {
    this.#messages++;
    if (message.kind === "answer" || message.kind === "problem") this.#questions--;
    if (message.kind === "snapshot" || message.kind === "events") this.#drawings++;
    if (this.#early) this.#early.push(message);
    else this.#post(message);
    this.#wake();
  }

  #post(message: object): void {
    this.#sent = Promise.all([this.#sent, this.page.evaluate((data) => window.postMessage(data, "*"), message)]);
  }
}
