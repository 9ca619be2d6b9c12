/** layoutFaults finds each kind of fault. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBrowser } from "../../scripts/run/browser.ts";
import { layoutFaults } from "./faults.ts";

let browser: Browser;
let page: Page;
beforeAll(async () => {
  browser = await openBrowser();
  page = await browser.newPage({ viewport: { width: 400, height: 400 } });
});
afterAll(() => browser?.close());

const faultsOf = async (body: string): Promise<string[]> => {
  await page.setContent(`<!DOCTYPE html><body style="margin: 0; font: 16px monospace">${body}</body>`);
  return await layoutFaults(page);
};
const LONG = "a line of words that is longer than its box";

describe("a layout's faults", () => {
  test.each([
    ["a page without faults", `<p>${LONG}</p>`, []],
    ["a page that is too wide", `<div style="width: 500px; height: 10px"></div>`, ["the page is 500 px wide in a window of 400 px: div"]],
    ["a line that is cut off", `<p style="width: 100px; overflow: hidden; white-space: nowrap">${LONG}</p>`, [`"${LONG}" is cut off by p`]],
    ["a line that can be scrolled to", `<p style="width: 100px; overflow-x: auto; white-space: nowrap">${LONG}</p>`, []],
    ["a hidden line", `<p hidden style="width: 100px; overflow: hidden; white-space: nowrap">${LONG}</p>`, []],
    ["text beyond the edge", `<p style="position: fixed; left: 380px">${LONG}</p>`, [`"${LONG}" extends beyond the window's edge, in p`]],
    ["a word broken by letter", `<p style="width: 10px; overflow-wrap: anywhere">name</p>`, ['"name" is broken over 4 lines, in p']],
    ["overlapping text", `<p>one</p><p style="margin-top: -30px">two</p>`, [`"one" and "two" overlap, in p`]],
    ["text that is too small", `<p style="font-size: 10px">small</p>`, ['"small" is 10.0 px high, in p']],
    ["an empty chart", `<canvas width="10" height="10"></canvas>`, ["canvas is empty"]],
    [
      "a network that is not all in sight in Overview",
      `<div class="network-preview"><div class="graph" style="height: 20px; overflow: auto"><div style="height: 50px"></div></div></div>`,
      ["the network is 400 by 50 px in a box of 400 by 20 px"],
    ],
    [
      "a layer's name that is wider than its box",
      `<svg class="graph" width="300" height="50"><g class="node"><rect width="20" height="20"></rect><text y="15">hidden</text></g></svg>`,
      ['"hidden" is wider than its box'],
    ],
  ])("%s", async (_name, body, faults) => expect(await faultsOf(body)).toEqual(faults));

  test("a chart with a line on it is drawn", async () => {
    await page.setContent('<canvas width="10" height="10"></canvas>');
    await page.evaluate(() => document.querySelector("canvas")?.getContext("2d")?.fillRect(2, 2, 5, 5));
    expect(await layoutFaults(page)).toEqual([]);
  });
});
