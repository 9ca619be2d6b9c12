/** The table of rooms in ARCHITECTURE.md, compared with every import in the project. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { inProject, pathInProject } from "../../scripts/project.ts";

interface Room {
  /** Rooms of the project besides itself. */
  readonly rooms: readonly string[];
  /** Packages, `node:` for Node's own modules. */
  readonly packages: readonly string[];
}

/** Returns the rooms by path, from ARCHITECTURE.md. A file belongs to the longest matching path. Imports are allowed by room, by a folder in a room, or by file. */
function roomsIn(page: string): Readonly<Record<string, Room>> {
  const rows = [...page.matchAll(/^\| `((?:engine|server|client)[\w/]*)` \| .+ \| ([^|]+) \|$/gm)];
  return Object.fromEntries(
    rows.map(([, room = "", cell = ""]) => {
      const allowed = [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
      const isRoom = (name: string): boolean => /^(?:engine|server|client)\b/.test(name);
      return [room, { rooms: allowed.filter(isRoom), packages: allowed.filter((name) => !isRoom(name)) }];
    }),
  );
}

/** The packages of package.json, and `vscode`, which the editor provides. */
const PACKAGES: Readonly<Record<string, string>> = {
  ...(JSON.parse(readFileSync(inProject("package.json"), "utf8")) as { readonly devDependencies: Record<string, string> }).devDependencies,
  vscode: "",
};

const ROOMS = roomsIn(readFileSync(inProject("ARCHITECTURE.md"), "utf8"));

/** One file writes numbers as text, another makes foreign text safe to show. Every room may import both. */
const NUMBER_TEXT = "engine/numberText.ts";
const TEXT = [NUMBER_TEXT, "engine/safeText.ts"];

/** A notification's text may have links that the editor runs, so one file makes every text literal. */
const NOTIFICATIONS = "client/editor/notifications.ts";

/** The files that may import Chevrotain. */
const CHEVROTAIN = ["query/cursorPlace", "syntax/cst", "syntax/grammar", "syntax/lower", "syntax/parse", "syntax/tokens"].map(
  (name) => `server/language/${name}.ts`,
);

const files = ["engine", "server", "client"]
  .flatMap((folder) => readdirSync(inProject(folder), { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".test.ts") && !entry.name.endsWith(".d.ts"))
  .map((entry) => pathInProject(join(entry.parentPath, entry.name)));

const roomOf = (path: string): string =>
  Object.keys(ROOMS)
    .filter((room) => path.startsWith(`${room}/`))
    .sort((a, b) => b.length - a.length)[0] ?? "";

/** Returns whether an import is of a room, a folder of a room, a file or a package. A room is without the rooms below it. */
function isWithin(target: string, allowed: string): boolean {
  if (allowed === "node:") return target.startsWith(allowed);
  if (target === `${allowed}.ts` || target === allowed) return true;
  return target.startsWith(`${allowed}/`) && (!(allowed in ROOMS) || roomOf(target) === allowed);
}

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
        const target = pathInProject(resolve(inProject(dirname(file)), from));
        const isOwn = roomOf(target) === room;
        const isAllowed = rooms.some((allowed) => isWithin(target, allowed));
        expect(isOwn || isAllowed || TEXT.includes(target) || from.endsWith(".css"), `${file} may not import ${target}`).toBe(true);
      } else
        expect(
          packages.some((name) => isWithin(from, name)),
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

  test("one file of the client shows notifications, and every notification has a literal text", () => {
    const calls = files.flatMap((file) =>
      [...readFileSync(inProject(file), "utf8").matchAll(/show(?:Error|Information|Warning)Message(.{0,18})/g)].map(([, start]) => ({
        file,
        start,
      })),
    );
    expect([...new Set(calls.map(({ file }) => file))].filter((file) => file.startsWith("client/"))).toEqual([NOTIFICATIONS]);
    expect(calls.filter(({ start }) => start !== "(notificationText(")).toEqual([]);
  });

  test("no cycle of imports", () => {
    const edges = new Map(
      files.map((file) => [
        file,
        importsOf(file)
          .filter(({ from }) => from.startsWith("."))
          .map(({ from }) => pathInProject(resolve(inProject(dirname(file)), from)))
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

  test("the table of rooms has every room, in a form that can be checked", () => {
    for (const file of files) expect(roomOf(file), file).not.toBe("");
    for (const [room, { rooms, packages }] of Object.entries(ROOMS)) {
      expect(existsSync(inProject(room)), room).toBe(true);
      for (const name of rooms) expect(existsSync(inProject(name)) || existsSync(inProject(`${name}.ts`)), `${room}: ${name}`).toBe(true);
      for (const name of packages) expect(name === "node:" || name in PACKAGES, `${room}: ${name}`).toBe(true);
    }
  });

  test.each(Object.keys(ROOMS))("%s uses all that it may import", (room) => {
    const imports = files.filter((file) => roomOf(file) === room).flatMap((file) => importsOf(file).map((one) => ({ file, ...one })));
    const targets = imports.map(({ file, from }) => (from.startsWith(".") ? pathInProject(resolve(inProject(dirname(file)), from)) : from));
    const { rooms, packages } = ROOMS[room] ?? { rooms: [], packages: [] };
    expect([...rooms, ...packages].filter((name) => !targets.some((target) => isWithin(target, name)))).toEqual([]);
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
