/** package.json against the tables in the code, and the bundle's size. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import type { Template } from "../../client/template.ts";
import { inProject } from "../../scripts/project.ts";
import { diagnostics } from "../../server/language/diagnostics.ts";

// The editor's module exists in the editor alone; the table of commands needs none of it to be read.
vi.mock("vscode", () => ({ Uri: class {}, workspace: {}, window: {}, commands: {} }));

const manifest = JSON.parse(readFileSync(inProject("package.json"), "utf8"));

describe("the manifest", () => {
  test("has exactly the commands that the extension registers", async () => {
    const { COMMANDS } = await import("../../client/commands.ts");
    expect(manifest.contributes.commands.map(({ command }: { command: string }) => command).sort()).toEqual(Object.keys(COMMANDS).sort());
  });

  test("has exactly the settings that the code reads", () => {
    const code = [
      "client/files.ts",
      "client/settings.ts",
      "client/training/trainings.ts",
      "client/extension.ts",
      "client/commands.ts",
      "client/runs/settings.ts",
      "client/training/gradientHints.ts",
    ]
      .map((file) => readFileSync(inProject(file), "utf8"))
      .join("\n");
    for (const setting of Object.keys(manifest.contributes.configuration.properties))
      expect(code).toContain(`"${setting.replace("backprop.", "")}"`);
  });

  test("offers each diagnostic's severity with the table's title and default", () => {
    const offered = manifest.contributes.configuration.properties["backprop.severities"].properties;
    const wanted = Object.entries(diagnostics).map(([code, { title, severity }]) => [code, severity, title.replaceAll("`", "")]);
    expect(
      Object.entries(offered as Record<string, { default: string; description: string }>).map(([code, one]) => [
        code,
        one.default,
        one.description,
      ]),
    ).toEqual(wanted);
  });

  test("activates for .nn files and their panel alone", () => {
    expect(manifest.activationEvents).toEqual(["onWebviewPanel:backprop.training"]);
    expect(manifest.contributes.languages.map(({ extensions }: { extensions: string[] }) => extensions)).toEqual([[".nn"]]);
  });

  test("the walkthrough's buttons are commands, and its pictures are there", async () => {
    const { COMMANDS } = await import("../../client/commands.ts");
    const steps: { description: string; media: { svg?: string; markdown?: string }; completionEvents: string[] }[] =
      manifest.contributes.walkthroughs[0].steps;
    expect(steps.length).toBeGreaterThanOrEqual(5);
    for (const { description, media, completionEvents } of steps) {
      const button = /\(command:([\w.]+)(?:\?([^)]*))?\)/.exec(description);
      expect(Object.keys(COMMANDS)).toContain(button?.[1]);
      if (button?.[2]) expect(JSON.parse(decodeURIComponent(button[2]))).toBeInstanceOf(Array);
      expect(completionEvents).toEqual([`onCommand:${button?.[1]}`]);
      expect(existsSync(inProject(media.svg ?? media.markdown ?? "none"))).toBe(true);
    }
  });

  test("every sample of the samples' page can begin a new file, with the data that it reads", () => {
    const offered = JSON.parse(readFileSync(inProject("dist/samples/templates.json"), "utf8")) as Template[];
    const samples = readdirSync(inProject("samples")).filter((name) => name.endsWith(".nn"));
    expect(offered.map(({ file }) => file).sort()).toEqual(samples.sort());
    expect(offered.find(({ file }) => file === "digits.nn")?.data).toEqual([
      "mnist-train-images-idx3-ubyte.gz",
      "mnist-train-labels-idx1-ubyte.gz",
    ]);
    for (const { file, data } of offered)
      for (const name of [file, ...data]) expect(existsSync(inProject("dist/samples", name)), name).toBe(true);
  });

  test("the problem matchers read what the terminal writes", () => {
    const [findings, failures] = (manifest.contributes.problemMatchers as { pattern: { regexp: string } }[]).map(
      ({ pattern }) => new RegExp(pattern.regexp),
    );
    expect(findings?.exec("a/b.nn:6:5: hint NN506: 6 hidden layers")?.slice(1)).toEqual([
      "a/b.nn",
      "6",
      "5",
      "hint",
      "NN506",
      "6 hidden layers",
    ]);
    expect(findings?.exec("b.nn:6: warning NN603: it vanishes")?.slice(1)).toEqual([
      "b.nn",
      "6",
      undefined,
      "warning",
      "NN603",
      "it vanishes",
    ]);
    expect(failures?.exec("b.nn:7: failed: 1 1 -> 0 (it is 1)")?.slice(1)).toEqual(["b.nn", "7", "1 1 -> 0 (it is 1)"]);
  });

  test("client and server together stay under 1.5 MB", () => {
    const size = ["extension.cjs", "language.cjs", "server.cjs"].reduce((sum, name) => sum + statSync(inProject("dist", name)).size, 0);
    console.log(`extension, language client and server: ${(size / 1e6).toFixed(2)} MB`);
    expect(size).toBeLessThan(1.5e6);
  });

  test("nothing of a machine or a registry is in the lock files", () => {
    for (const file of ["package-lock.json", "test/workbench/package-lock.json"])
      expect(readFileSync(inProject(file), "utf8")).not.toContain('"resolved"');
  });
});
