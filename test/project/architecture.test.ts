/** The rooms and what each may import, compared with every import in the project. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";

interface Room {
  /** Rooms of the project besides itself. */
  readonly rooms: readonly string[];
  /** Packages, `node:` for Node's own modules. */
  readonly packages: readonly string[];
}

const LANGUAGE = ["syntax", "diagnostics", "resolve", "checks"].map((name) => `server/language/${name}`);

/**
 * The rooms by path; a file belongs to the longest matching path. Imports are allowed by room, by a folder in a room, or by file.
 * ARCHITECTURE.md has the same table.
 */
const ROOMS: Readonly<Record<string, Room>> = {
  "engine/catalog": { rooms: [], packages: [] },
  engine: { rooms: ["engine/catalog"], packages: ["papaparse", "valibot"] },
  "engine/kernels/assembly": { rooms: [], packages: [] },
  "server/language/syntax": { rooms: ["server/language/diagnostics", "engine/catalog"], packages: ["chevrotain"] },
  "server/language/diagnostics": { rooms: ["server/language/syntax", "engine/catalog"], packages: [] },
  "server/language/resolve": {
    rooms: ["server/language/syntax", "server/language/diagnostics", "engine/catalog", "engine/plan", "engine/host", "engine/data"],
    packages: ["fastest-levenshtein"],
  },
  "server/language/checks": {
    rooms: ["server/language/syntax", "server/language/diagnostics", "server/language/resolve", "engine/catalog", "engine/data"],
    packages: ["fraction.js", "yalps"],
  },
  "server/language": { rooms: [...LANGUAGE, "engine/catalog", "engine/plan"], packages: [] },
  "server/language/query": {
    rooms: ["server/language", "server/language/syntax", "server/language/resolve", "engine/catalog"],
    packages: ["chevrotain"],
  },
  "server/features": {
    rooms: ["server/language", ...LANGUAGE, "server/language/query", "server/protocol", "engine/catalog"],
    packages: ["vscode-languageserver", "vscode-languageserver-textdocument"],
  },
  server: {
    rooms: ["server/language", "server/language/syntax", "server/language/resolve", "server/features"],
    packages: ["valibot", "vscode-languageserver", "vscode-languageserver-textdocument", "node:"],
  },
  "client/runs": {
    rooms: ["client/messages", "engine/plan", "engine/events", "engine/files", "engine/data/fit", "server/regularFiles"],
    packages: ["valibot", "papaparse", "node:"],
  },
  "client/messages": {
    rooms: [
      "client/runs",
      "client/node/remoteReads",
      "engine/catalog",
      "engine/plan",
      "engine/events",
      "engine/inspect/views",
      "engine/data/fit",
    ],
    packages: ["valibot"],
  },
  "client/node": { rooms: ["client/messages", "client/runs", "engine"], packages: ["valibot", "node:"] },
  "client/terminal": {
    rooms: [
      "client/messages",
      "client/node",
      "client/runs",
      "engine",
      "engine/catalog",
      "server/language",
      ...LANGUAGE,
      "server/dataFiles",
      "server/locate",
      "server/nodeFiles",
      "server/regularFiles",
    ],
    packages: ["commander", "papaparse", "node:"],
  },
  "client/webview": {
    rooms: ["client/messages", "client/runs", "engine/catalog/metrics", "engine/plan", "engine/events", "engine/inspect/views"],
    packages: ["uplot", "@dagrejs/dagre", "@vscode-elements/elements"],
  },
  "client/editor": {
    rooms: [
      "client/messages",
      "client/runs",
      "client/node",
      "engine/plan",
      "server/protocol",
      "server/settings",
      "server/locate",
      "server/nodeFiles",
      "server/regularFiles",
    ],
    packages: ["vscode", "vscode-languageclient", "valibot", "node:"],
  },
};

/** Numbers become text in one file, and others' text becomes safe to show in another. Every room may import both. */
const NUMBER_TEXT = "engine/numberText.ts";
const TEXT = [NUMBER_TEXT, "engine/safeText.ts"];

/** The files that may import Chevrotain. */
const CHEVROTAIN = ["query/cursorPlace", "syntax/cst", "syntax/grammar", "syntax/lower", "syntax/parse", "syntax/tokens"].map(
  (name) => `server/language/${name}.ts`,
);

const files = ["engine", "server", "client"]
  .flatMap((folder) => readdirSync(inProject(folder), { recursive: true, withFileTypes: true }))
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
            target === `${allowed}.ts` || (target.startsWith(`${allowed}/`) && (!(allowed in ROOMS) || roomOf(target) === allowed)),
        );
        expect(isOwn || isAllowed || TEXT.includes(target) || from.endsWith(".css"), `${file} may not import ${target}`).toBe(true);
      } else
        expect(
          packages.some((name) => (name === "node:" ? from.startsWith("node:") : from === name || from.startsWith(`${name}/`))),
          `${file} may not import ${from}`,
        ).toBe(true);
    }
  });

  test("six files import Chevrotain", () => {
    expect(files.filter((file) => importsOf(file).some(({ from }) => from === "chevrotain")).sort()).toEqual([...CHEVROTAIN].sort());
  });

  test("features import only types of the protocol", () => {
    for (const file of files.filter((name) => name.startsWith("server/features/"))) {
      for (const { from, typeOnly } of importsOf(file))
        if (from.startsWith("vscode-")) expect(typeOnly, `${file}: import type from ${from}`).toBe(true);
    }
  });

  test("only engine/host.ts declares what the engine needs from its host, and no other file uses a host's global", () => {
    for (const file of files.filter((name) => name.startsWith("engine/") && name !== "engine/host.ts")) {
      expect(readFileSync(inProject(file), "utf8"), file).not.toMatch(
        /\b(?:process|Buffer|setTimeout|setImmediate|performance|document|window|globalThis|Date\.now|Math\.random)\b[.(]/,
      );
    }
  });

  test("one file writes numbers as text", () => {
    const writers = /\.to(?:Fixed|Precision|Exponential)\(|\.toLocaleString\("en"\)|Intl\.NumberFormat/;
    const scripts = readdirSync(inProject("scripts"), { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
    const all = [...files, ...scripts.map((file) => `scripts/${file}`)];
    expect(all.filter((file) => writers.test(readFileSync(inProject(file), "utf8")))).toEqual([NUMBER_TEXT]);
  });

  test("no cycle of imports", () => {
    const edges = new Map(
      files.map((file) => [
        file,
        importsOf(file)
          .filter(({ from }) => from.startsWith("."))
          .map(({ from }) => relative(inProject(), resolve(inProject(dirname(file)), from)))
          .map((target) => (target.endsWith(".ts") || target.endsWith(".css") ? target : `${target}.ts`)),
      ]),
    );
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(" → "));
      else if (!done.has(file)) for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(cycles).toEqual([]);
  });

  test("ARCHITECTURE.md has the same rooms", () => {
    const drawn = [...readFileSync(inProject("ARCHITECTURE.md"), "utf8").matchAll(/^\| `((?:engine|server|client)[\w/]*)` \|/gm)].map(
      ([, room]) => room,
    );
    expect(drawn.sort()).toEqual(Object.keys(ROOMS).sort());
  });

  test.each(["ARCHITECTURE.md", "docs/kernels.md"])("every file that %s names exists", (page) => {
    const named = [...readFileSync(inProject(page), "utf8").matchAll(/`([\w/]+\/[\w.]+\.ts)`/g)].map(([, path = ""]) => path);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((path) => !existsSync(inProject(path)))).toEqual([]);
  });

  test("files stay short", () => {
    for (const file of files) expect(readFileSync(inProject(file), "utf8").split("\n").length, file).toBeLessThanOrEqual(500);
  });
});
