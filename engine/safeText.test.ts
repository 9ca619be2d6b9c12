import { Marked } from "marked";
import { describe, expect, test } from "vitest";
import { markdownText, notificationText, plainText } from "./safeText.ts";

describe("plain text", () => {
  test.each([
    ["\n", "\\n"],
    ["\r\n", "\\u{d}\\n"],
    ["a\tb", "a\\tb"],
    ["\u001b[31mred", "\\u{1b}[31mred"],
    ["\u009b31m\u0007\u0000\u007f", "\\u{9b}31m\\u{7}\\u{0}\\u{7f}"],
    ["\u202egnp.exe\u2066\u200f\u061c", "\\u{202e}gnp.exe\\u{2066}\\u{200f}\\u{61c}"],
    ["a\u2028b\u2029c\u0085d", "a\\u{2028}b\\u{2029}c\\u{85}d"],
    ["half \ud800", "half \\u{d800}"],
    ["Größe 身長 😀 👩‍🚀 א", "Größe 身長 😀 👩‍🚀 א"],
  ])("of %j is %j", (text, plain) => {
    expect(plainText(text)).toBe(plain);
    expect(plainText(plain)).toBe(plain);
  });
});

describe("Markdown text", () => {
  const marked = new Marked({ gfm: true });
  test.each([
    "![b](https://example.invalid/c.png)",
    "[a](command:workbench.action.terminal.new)",
    "https://example.invalid/?a=1&b=2",
    "http://a.b www.example.invalid a@example.invalid",
    "<img src=x onerror=alert(1)>",
    "<https://example.invalid>",
    "&lt;img&gt; &#60;",
    "`code` **bold** _thin_ ~~gone~~ $(alert)",
    "\\![a](b) \\\\`c`",
    "a | b",
    "# head",
    "iris_setosa-1.5, 3 < 4",
  ])("%s is shown literally", async (text) => {
    const html = await marked.parse(`in **${markdownText(text)}** a line`);
    const shown = html
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">")
      .replaceAll("&quot;", '"')
      .replaceAll("&#39;", "'")
      .replaceAll("&amp;", "&");
    expect(html).not.toMatch(/<(?!\/?(?:p|strong)>)/);
    expect(shown).toBe(`<p>in <strong>${text}</strong> a line</p>\n`);
  });

  test("stays in its table cell and on its line", async () => {
    const html = await marked.parse(`| a | b |\n|---|---|\n| ${markdownText("x | y\n\n![](z)")} | 1 |`);
    expect(html.match(/<td>.*<\/td>/g)).toEqual(["<td>x | y\\n\\n![](z)</td>", "<td>1</td>"]);
  });
});

test("a notification has no link", () =>
  expect(notificationText("[a](command:b)\n[c](https://example.invalid)")).toBe("[a] (command:b)\\n[c] (https://example.invalid)"));
