/** package.json against the tables in the code, and the bundle's size. */
import { readFileSync, statSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
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
    const code = ["client/files.ts", "client/settings.ts", "client/training/trainings.ts", "client/extension.ts"]
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
