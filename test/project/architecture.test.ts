/** The rooms and who may import whom, read from every import in the project. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { catalog, names } from "../../engine/catalog/index.ts";
import { inProject } from "../../scripts/project.ts";

interface Room {
  /** Rooms of ours besides itself. */
  readonly rooms: readonly string[];
  /** Packages, `node:` for Node's own modules. */
  readonly packages: readonly string[];
}

/** The longest matching path is a file's room. */
const ROOMS: Readonly<Record<string, Room>> = {
  "engine/catalog": { rooms: [], packages: [] },
  engine: { rooms: ["engine/catalog"], packages: ["papaparse", "valibot"] },
  "server/language": {
    rooms: ["engine/catalog", "engine/plan", "engine/host", "engine/data"],
    packages: ["chevrotain", "fastest-levenshtein", "fraction.js", "yalps"],
  },
  "server/features": {
    rooms: ["engine/catalog", "server/language", "server/protocol"],
    packages: ["vscode-languageserver", "vscode-languageserver-textdocument"],
  },
  server: {
    rooms: ["server/language", "server/features"],
    packages: ["valibot", "vscode-languageserver", "vscode-languageserver-textdocument", "node:"],
  },
  "client/cli": {
    rooms: [
      "engine",
      "engine/catalog",
      "server/language",
      "server/dataFiles",
      "server/locate",
      "server/nodeFiles",
      "client/format",
      "client/kernels",
      "client/schemas",
      "client/threads",
      "client/unpack",
    ],
    packages: ["commander", "papaparse", "node:"],
  },
  "client/panel/webview": {
    rooms: [
      "engine/plan",
      "engine/events",
      "engine/inspect/views",
      "client/inspect/questions",
      "client/panel/memory",
      "client/panel/messages",
      "client/runs/history",
      "client/runs/runState",
      "client/runs/schemas",
      "client/format",
    ],
    packages: ["uplot", "@dagrejs/dagre", "@vscode-elements/elements"],
  },
  client: {
    rooms: ["engine", "engine/catalog", "server/protocol", "server/settings", "server/locate", "server/nodeFiles"],
    packages: ["vscode", "vscode-languageclient", "papaparse", "valibot", "node:"],
  },
};

/** Of a room whose files are named one by one above. */
const CHEVROTAIN = ["tokens", "grammar", "cst", "lower", "parse", "place"].map((name) => `server/language/${name}.ts`);

const files = Object.keys(ROOMS)
  .filter((room) => !room.includes("/"))
  .flatMap((room) => readdirSync(inProject(room), { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".test.ts") && !entry.name.endsWith(".d.ts"))
  .map((entry) => relative(inProject(), join(entry.parentPath, entry.name)));

const roomOf = (path: string): string =>
  Object.keys(ROOMS)
    .filter((room) => path.startsWith(`${room}/`))
    .sort((a, b) => b.length - a.length)[0] ?? "";

function importsOf(file: string): { from: string; typeOnly: boolean }[] {
  const text = readFileSync(inProject(file), "utf8");
  return [...text.matchAll(/^(?:import|export)\s+(type\s)?(?:[\w*{}\s,]+?\sfrom\s+)?"([^"]+)";/gm)].map(([, type, from]) => ({
    from: from ?? "",
    typeOnly: type !== undefined,
  }));
}

describe("architecture", () => {
  test.each(files)("%s imports only what its room may", (file) => {
    const room = roomOf(file);
    const { rooms, packages } = ROOMS[room] ?? { rooms: [], packages: [] };
    for (const { from } of importsOf(file)) {
      if (from.startsWith(".")) {
        const target = relative(inProject(), resolve(inProject(dirname(file)), from));
        const isOwn = roomOf(target) === room;
        const isAllowed = rooms.some(
          (allowed) =>
            target === `${allowed}.ts` || (target.startsWith(`${allowed}/`) && (allowed !== "engine" || roomOf(target) === "engine")),
        );
        expect(isOwn || isAllowed || from.endsWith(".css"), `${file} may not import ${target}`).toBe(true);
      } else
        expect(
          packages.some((name) => (name === "node:" ? from.startsWith("node:") : from === name || from.startsWith(`${name}/`))),
          `${file} may not import ${from}`,
        ).toBe(true);
    }
  });

  test("Chevrotain is seen by six files", () => {
    expect(files.filter((file) => importsOf(file).some(({ from }) => from === "chevrotain")).sort()).toEqual([...CHEVROTAIN].sort());
  });

  test("features take the protocol's types alone", () => {
    for (const file of files.filter((name) => name.startsWith("server/features/"))) {
      for (const { from, typeOnly } of importsOf(file))
        if (from.startsWith("vscode-")) expect(typeOnly, `${file}: import type from ${from}`).toBe(true);
    }
  });

  test("one file in the engine declares what it needs of its host, and none reaches for it elsewhere", () => {
    for (const file of files.filter((name) => name.startsWith("engine/") && name !== "engine/host.ts")) {
      expect(readFileSync(inProject(file), "utf8"), file).not.toMatch(
        /\b(?:process|Buffer|setTimeout|setImmediate|performance|document|window|globalThis|Date\.now|Math\.random)\b[.(]/,
      );
    }
  });

  test("no default of the catalog stands again in another file", () => {
    // `{ beta_1 = 0.9 }`, `settings.beta_1 ?? 0.9`: the plan holds every setting, and a second default would hide a missing one.
    const settings = names(catalog).flatMap((part) =>
      Object.values(catalog[part] as Readonly<Record<string, { readonly arguments: object }>>).flatMap((entry) =>
        Object.keys(entry.arguments),
      ),
    );
    const word = `\\b(?:${[...new Set(settings)].join("|")})\\b`;
    const code = '[^{}"\u0060]*';
    const number = "-?[\\d.]";
    const again = new RegExp(
      `\\{${code}${word}\\s*=\\s*${number}${code}\\}\\s*[=:)]|(?:settings|numbers)\\.${word}\\s*\\?\\?\\s*${number}`,
    );
    for (const one of ["const { beta_1 = 0.9 } = settings", "({ delta = 1 }) => delta", "settings.alpha ?? 1"]) expect(one).toMatch(again);
    for (const file of files.filter((name) => /^(?:engine|server\/language)\//.test(name) && !name.startsWith("engine/catalog/")))
      expect(readFileSync(inProject(file), "utf8"), file).not.toMatch(again);
  });

  test("files stay short", () => {
    for (const file of files) expect(readFileSync(inProject(file), "utf8").split("\n").length, file).toBeLessThanOrEqual(500);
  });
});
