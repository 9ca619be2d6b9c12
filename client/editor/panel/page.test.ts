/** The page's security policy. test/layout/policy.test.ts tests in a browser what the policy blocks. */
import { describe, expect, test, vi } from "vitest";
import type * as vscode from "vscode";
import { FakeView, fakeVscode } from "../../../test/fakeVscode.ts";

const fake = fakeVscode();
vi.mock("vscode", () => fake.vscode);
const { panelPage } = await import("./page.ts");

const pageOf = (file: string): string => {
  const root = fake.vscode.Uri.file("/extension/dist") as unknown as vscode.Uri;
  return panelPage(new FakeView().webview as unknown as vscode.Webview, root, { file, isPinned: false, run: null, speed: "full" });
};
const nonceOf = (page: string): string => /<script nonce="([^"]+)"/.exec(page)?.[1] ?? "";

describe("the panel's page", () => {
  const page = pageOf("file:///iris.nn");

  test("has a policy that allows its own script by nonce, its own styles and fonts, and images that it creates itself", () => {
    const policies = [...page.matchAll(/<meta http-equiv="Content-Security-Policy" content="([^"]*)">/g)].map(([, policy]) => policy);
    expect(policies).toEqual([
      [
        "default-src 'none'",
        `style-src ${FakeView.ORIGIN}`,
        `script-src 'nonce-${nonceOf(page)}'`,
        `font-src ${FakeView.ORIGIN}`,
        "img-src blob: data:",
        "base-uri 'none'",
        "form-action 'none'",
      ].join("; "),
    ]);
    expect(page.indexOf("Content-Security-Policy")).toBeLessThan(page.search(/<link|<script/));
  });

  test("has an unguessable nonce, a new one each time", () => {
    expect(nonceOf(page)).toMatch(/^[\w-]{20,}$/);
    expect(nonceOf(pageOf("file:///iris.nn"))).not.toBe(nonceOf(page));
  });

  test("has one script and nothing that the policy would refuse", () => {
    expect(page.match(/<script\b[^>]*>/g)).toEqual([`<script nonce="${nonceOf(page)}" src="${FakeView.ORIGIN}/extension/dist/panel.js">`]);
    expect(page).not.toMatch(/\son\w+=|\sstyle=|<style|javascript:/i);
  });

  test("escapes markup in a file's name", () => {
    const hostile = pageOf(`file:///"><script>alert('1')</script>&.nn`);
    expect(hostile.match(/<script\b/g)).toHaveLength(1);
    expect(hostile).toContain("&#60;script&#62;");
  });
});
