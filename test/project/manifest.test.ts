/** package.json agrees with the tables in the code; the bundle stays small. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import { templatesFrom } from "../../client/editor/template.ts";
import { manifestText } from "../../scripts/build/severities.ts";
import { inProject } from "../../scripts/project.ts";
import { diagnostics } from "../../server/language/diagnostics/table.ts";
import { readSetting, validSetting } from "../../server/settings.ts";

// The module `vscode` exists only in the editor. The table of commands does not need it.
vi.mock("vscode", () => ({ Uri: class {}, workspace: {}, window: {}, commands: {} }));

const manifest = JSON.parse(readFileSync(inProject("package.json"), "utf8"));

/** A setting as package.json declares it. */
interface Declared {
  readonly type: "string" | "boolean" | "integer" | "number" | "array" | "object";
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, { readonly enum: readonly string[] }>>;
  readonly default: unknown;
  readonly scope: string;
}
const declared: Readonly<Record<string, Declared>> = manifest.contributes.configuration.properties;

/** Returns values that the declaration accepts and refuses, including those at its limits. */
function examplesOf({ type, enum: choices, minimum = -1, maximum = 1000, properties = {} }: Declared): {
  accepted: unknown[];
  refused: unknown[];
} {
  switch (type) {
    case "boolean":
      return { accepted: [true, false], refused: [0, "true", []] };
    case "string":
      return { accepted: [...(choices ?? ["", "a"])], refused: [1, true, [], ...(choices ? ["", "another"] : [])] };
    case "integer":
    case "number":
      return {
        accepted: [minimum, maximum, Math.floor((minimum + maximum) / 2)],
        refused: [minimum - 1, maximum + 1, "1", true, ...(type === "integer" ? [minimum + 0.5] : [])],
      };
    case "array":
      return { accepted: [[], ["a", "b"]], refused: ["a", {}, 1] };
    case "object":
      return {
        accepted: [{}, ...Object.entries(properties).flatMap(([name, one]) => one.enum.map((choice) => ({ [name]: choice })))],
        refused: ["a", 1, true],
      };
  }
}

describe("the manifest", () => {
  test("has exactly the commands that the extension registers", async () => {
    const { COMMANDS } = await import("../../client/editor/commands.ts");
    expect(manifest.contributes.commands.map(({ command }: { command: string }) => command).sort()).toEqual(Object.keys(COMMANDS).sort());
  });

  test("declares exactly the settings of the table, with their scopes and defaults", async () => {
    const { SETTINGS } = await import("../../client/editor/editorSettings.ts");
    expect(
      Object.fromEntries(Object.entries(declared).map(([name, { scope, default: byDefault }]) => [name, { scope, default: byDefault }])),
    ).toEqual(
      Object.fromEntries(
        Object.entries(SETTINGS).map(([name, { scope, default: byDefault }]) => [`backprop.${name}`, { scope, default: byDefault }]),
      ),
    );
  });

  test("declares for each setting the values that the table accepts, and no others", async () => {
    const { SETTINGS } = await import("../../client/editor/editorSettings.ts");
    for (const [name, setting] of Object.entries(SETTINGS)) {
      const one = declared[`backprop.${name}`];
      if (!one) throw new Error(`package.json does not declare ${name}.`);
      const { accepted, refused } = examplesOf(one);
      expect(accepted.length, name).toBeGreaterThan(0);
      for (const value of accepted) expect(validSetting<unknown>(setting, value), `${name} ${JSON.stringify(value)}`).toEqual(value);
      for (const value of [undefined, null, ...refused])
        expect(readSetting<unknown>(setting, value), `${name} ${JSON.stringify(value)}`).toEqual(setting.default);
    }
  });

  test("one file of the editor and one of the server read settings, and only the table of messages sends our requests", () => {
    const sources = ["client", "server"]
      .flatMap((room) => readdirSync(inProject(room), { recursive: true, encoding: "utf8" }).map((name) => `${room}/${name}`))
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
    const having = (pattern: RegExp): string[] => sources.filter((name) => pattern.test(readFileSync(inProject(name), "utf8")));
    expect(having(/getConfiguration\(|affectsConfiguration\(/)).toEqual(["client/editor/editorSettings.ts", "server/server.ts"]);
    expect(having(/\.sendRequest\b|\.sendNotification\b/)).toEqual(["server/protocol.ts", "server/showMessage.ts"]);
  });

  test("offers each diagnostic's severity with the table's title and default, as `npm run manifest` writes them", () => {
    const offered = manifest.contributes.configuration.properties["backprop.severities"].properties;
    expect(offered.NN101).toMatchObject({ default: "error", description: "Unexpected token" });
    expect(Object.keys(offered)).toEqual(Object.keys(diagnostics));
    expect(readFileSync(inProject("package.json"), "utf8")).toBe(manifestText());
  });

  test("compiles against exactly the editor's interface that it asks for", () => {
    const lock = JSON.parse(readFileSync(inProject("package-lock.json"), "utf8"));
    const asked = String(manifest.engines.vscode).replace(/^\^/, "");
    expect(manifest.devDependencies["@types/vscode"]).toBe(asked);
    expect(lock.packages["node_modules/@types/vscode"].version).toBe(asked);
  });

  test("has an icon of 256 by 256 pixels", () => {
    const icon = readFileSync(inProject(manifest.icon));
    expect(icon.subarray(1, 4).toString()).toBe("PNG");
    expect([icon.readUInt32BE(16), icon.readUInt32BE(20)]).toEqual([256, 256]);
  });

  test("lets an untrusted workspace neither choose where runs are saved nor how many, nor a program, and keeps the paths of a machine on it", () => {
    expect(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations).toEqual([
      "backprop.runs.folder",
      "backprop.runs.keep",
      "backprop.engine",
      "backprop.python",
    ]);
    // A workspace can't set the settings of a machine, and Settings Sync leaves them out.
    for (const name of ["dataFolders", "engine", "python"]) expect(declared[`backprop.${name}`]?.scope).toBe("machine");
    const menu: { command: string; when: string }[] = manifest.contributes.menus["view/item/context"];
    const changes = menu.filter(({ command }) => /rename|delete/.test(command));
    expect(changes).toHaveLength(3);
    for (const { when } of changes) expect(when).toContain("isWorkspaceTrusted");
  });

  test("activates only for .nn files, their panel and their debugger", () => {
    expect(manifest.activationEvents).toEqual(["onWebviewPanel:backprop.training", "onDebugResolve:nn", "onDebugDynamicConfigurations:nn"]);
    expect(manifest.contributes.languages.map(({ extensions }: { extensions: string[] }) => extensions)).toEqual([[".nn"]]);
  });

  test("the walkthrough's buttons are commands, and its pictures exist", async () => {
    const { COMMANDS } = await import("../../client/editor/commands.ts");
    const { STEPS } = await import("../../client/editor/walkthrough.ts");
    const steps: { id: string; description: string; media: { svg?: string; markdown?: string }; completionEvents: string[] }[] =
      manifest.contributes.walkthroughs[0].steps;
    expect(steps.map(({ id }) => id)).toEqual(STEPS);
    for (const { id, description, media, completionEvents } of steps) {
      const buttons = [...description.matchAll(/\(command:(?:toSide:)?([\w.]+)(?:\?([^)]*))?\)/g)];
      expect(buttons.length, id).toBeGreaterThan(0);
      for (const [, name, given] of buttons) {
        expect(Object.keys(COMMANDS)).toContain(name);
        const args: unknown = given === undefined ? [] : JSON.parse(decodeURIComponent(given));
        expect(args).toBeInstanceOf(Array);
        for (const [, sample = ""] of JSON.stringify(args).matchAll(/"([\w-]+\.nn)"/g))
          expect(existsSync(inProject("samples", sample)), sample).toBe(true);
      }
      expect(completionEvents).toEqual([`onContext:backprop.done.${id}`]);
      expect(existsSync(inProject(media.svg ?? media.markdown ?? "none"))).toBe(true);
    }
  });

  test("every sample on the pages of the samples and exercises is a template for a new file, with its data files", () => {
    const offered = templatesFrom(readFileSync(inProject("dist/samples/templates.json"), "utf8"));
    const samples = ["samples", "samples/exercises"].flatMap((folder) =>
      readdirSync(inProject(folder)).filter((name) => name.endsWith(".nn")),
    );
    expect(offered.map(({ file }) => file).sort()).toEqual(samples.sort());
    for (const name of ["digits.nn", "10-learning-rate.nn"])
      expect(offered.find(({ file }) => file === name)?.data).toEqual([
        "mnist-train-images-idx3-ubyte.gz",
        "mnist-train-labels-idx1-ubyte.gz",
        "mnist-test-images-idx3-ubyte.gz",
        "mnist-test-labels-idx1-ubyte.gz",
      ]);
    // A new file is in the same folder as its data.
    expect(readFileSync(inProject("dist/samples/10-learning-rate.nn"), "utf8")).not.toContain("../");
    for (const { file, data } of offered)
      for (const name of [file, ...data]) expect(existsSync(inProject("dist/samples", name)), name).toBe(true);
  });

  test("the problem matchers match the terminal's output", () => {
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
    const files = new Set(["extension.js", "server.js"]);
    // They share files with each other and with the other programs. A set that grows while it is iterated includes what was added.
    for (const name of files)
      for (const [, shared = ""] of readFileSync(inProject("dist", name), "utf8").matchAll(/"\.\/(shared-\w+\.js)"/g)) files.add(shared);
    const size = [...files].reduce((sum, name) => sum + statSync(inProject("dist", name)).size, 0);
    console.log(`extension, language client and server: ${(size / 1e6).toFixed(2)} MB`);
    expect(size).toBeLessThan(1.5e6);
  });

  test("the lock files name no machine and no registry", () => {
    for (const file of ["package-lock.json", "test/workbench/package-lock.json"])
      expect(readFileSync(inProject(file), "utf8")).not.toContain('"resolved"');
  });
});
