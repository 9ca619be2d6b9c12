/**
 * Only the catalog has defaults of arguments: a second default elsewhere may differ, or hide a setting that is missing. The syntax trees and types of
 * all files are searched for a default of a setting that is always there, and for a parameter that repeats a default of the catalog.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { type Node, SyntaxKind } from "typescript/unstable/ast";
import {
  isBinaryExpression,
  isBindingElement,
  isElementAccessExpression,
  isIdentifier,
  isNumericLiteral,
  isObjectBindingPattern,
  isParameterDeclaration,
  isPrefixUnaryExpression,
  isPropertyAccessExpression,
  isStringLiteral,
} from "typescript/unstable/ast/is";
import { API, type Project, type Type } from "typescript/unstable/sync";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Argument } from "../../engine/catalog/arguments.ts";
import { catalog, names } from "../../engine/catalog/index.ts";
import { inProject } from "../../scripts/project.ts";

/** The defaults in the catalog, by the argument's name. */
const DEFAULTS: ReadonlyMap<string, readonly unknown[]> = defaultsInCatalog();

function defaultsInCatalog(): Map<string, unknown[]> {
  const found = new Map<string, unknown[]>();
  for (const part of names(catalog))
    for (const { arguments: known } of Object.values<{ readonly arguments: Readonly<Record<string, Argument>> }>(catalog[part]))
      for (const [name, argument] of Object.entries(known))
        if ("default" in argument) found.set(name, [...(found.get(name) ?? []), argument.default]);
  return found;
}

const FALLBACKS: readonly SyntaxKind[] = [
  SyntaxKind.QuestionQuestionToken,
  SyntaxKind.BarBarToken,
  SyntaxKind.QuestionQuestionEqualsToken,
  SyntaxKind.BarBarEqualsToken,
];

/** Returns the name that an expression or a pattern ends in: `beta_1` of `settings.beta_1` and of `settings["beta_1"]`. */
function nameOf(node: Node | undefined): string | undefined {
  if (!node) return undefined;
  if (isIdentifier(node) || isStringLiteral(node)) return node.text;
  if (isPropertyAccessExpression(node)) return nameOf(node.name);
  // `settings["rate"]` names a setting; `places[k]` does not.
  const argument = isElementAccessExpression(node) ? node.argumentExpression : undefined;
  return argument && isStringLiteral(argument) ? argument.text : undefined;
}

/** Returns the value of a literal, or the name of a constant in capitals. */
function constantIn(node: Node): unknown {
  if (isNumericLiteral(node)) return Number(node.text);
  if (isStringLiteral(node)) return node.text;
  if (node.kind === SyntaxKind.TrueKeyword || node.kind === SyntaxKind.FalseKeyword) return node.kind === SyntaxKind.TrueKeyword;
  if (isPrefixUnaryExpression(node) && isNumericLiteral(node.operand)) return -Number(node.operand.text);
  return isIdentifier(node) && /^[A-Z][A-Z_\d]*$/.test(node.text) ? node.text : undefined;
}

/** Returns whether a node gives a setting a second default. */
function isSecondDefault(node: Node, { checker }: Project): boolean {
  const isAbsent = (type: Type | undefined): boolean =>
    type !== undefined && [checker.getUndefinedType(), checker.getNullType()].some((nothing) => checker.isTypeAssignableTo(nothing, type));
  const isDefault = (name: string | undefined, value: Node): boolean =>
    name !== undefined && DEFAULTS.has(name) && constantIn(value) !== undefined;

  if (isBinaryExpression(node) && FALLBACKS.includes(node.operatorToken.kind)) {
    const isRead = isPropertyAccessExpression(node.left) || isElementAccessExpression(node.left);
    return isRead && isDefault(nameOf(node.left), node.right) && !isAbsent(checker.getTypeAtLocation(node.left));
  }
  if (isBindingElement(node) && node.initializer && isObjectBindingPattern(node.parent)) {
    const name = nameOf(node.propertyName ?? node.name);
    if (!isDefault(name, node.initializer)) return false;
    const whole = checker.getTypeAtLocation(node.parent);
    const property = whole && checker.getPropertiesOfType(whole).find((one) => one.name === name);
    return !isAbsent(property && checker.getTypeOfSymbol(property));
  }
  if (isParameterDeclaration(node) && node.initializer)
    return DEFAULTS.get(nameOf(node.name) ?? "")?.includes(constantIn(node.initializer)) === true;
  return false;
}

/** Returns the second defaults in the files of a TypeScript project, by file. */
function searched(config: string, isWanted: (file: string) => boolean): Map<string, string[]> {
  const api = new API({ cwd: inProject() });
  onTestFinished(() => api.close());
  const [project] = api.updateSnapshot({ openProject: config }).getProjects();
  if (!project) throw new Error(`${config} is no project.`);
  const paths = project.rootFiles.filter((file) => !file.endsWith(".test.ts") && isWanted(relative(inProject(), file)));
  expect(paths.length).toBeGreaterThan(0);
  const found = new Map<string, string[]>();
  for (const path of paths) {
    const file = project.program.getSourceFile(path);
    if (!file) throw new Error(`${path} is not in ${config}.`);
    const visit = (node: Node): void => {
      const name = relative(inProject(), path);
      if (isSecondDefault(node, project)) found.set(name, [...(found.get(name) ?? []), node.getText(file)]);
      node.forEachChild(visit);
    };
    visit(file);
  }
  return found;
}

/** Lines with one second default each. */
const SECOND = [
  ["const { beta_1 = 0.5 } = settings;", "beta_1 = 0.5"],
  ["export const f = ({ rate: r = 0.9 }: Settings) => r;", "rate: r = 0.9"],
  ['export const { "epsilon": e = 1e-7 } = settings;', '"epsilon": e = 1e-7'],
  ["settings.alpha ?? 1;", "settings.alpha ?? 1"],
  ["settings.alpha || -1;", "settings.alpha || -1"],
  ['settings["alpha"] ?? FALLBACK;', 'settings["alpha"] ?? FALLBACK'],
  ["settings.alpha ??= 1;", "settings.alpha ??= 1"],
  ["export const g = (momentum = 0) => momentum;", "momentum = 0"],
] as const;

/** Lines without one: of a field that may be absent, of another name, of a value that is computed. */
const OTHERS = [
  "const { alpha: a = 1 } = absent;",
  "absent.alpha ?? 1;",
  "settings.alpha ?? settings.rate;",
  "export const h = (momentum = 3) => momentum;",
  "settings.other ?? 1;",
  "settings.alpha + 1;",
];

describe("only the catalog has defaults of arguments", () => {
  test("each form of a second default is found, and nothing else", () => {
    const folder = mkdtempSync(join(tmpdir(), "backprop-defaults-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: { strict: true }, files: ["examples.ts"] }));
    const lines = [
      "interface Settings { beta_1: number; rate: number; epsilon: number; alpha: number; other: number }",
      "declare const settings: Settings;",
      "declare const absent: { alpha?: number };",
      "declare const FALLBACK: number;",
      ...SECOND.map(([line]) => line),
      ...OTHERS,
    ];
    writeFileSync(join(folder, "examples.ts"), lines.join("\n"));
    const texts = [...searched(join(folder, "tsconfig.json"), () => true).values()].flat();
    expect(texts).toEqual(SECOND.map(([, text]) => text));
  });

  test.each(["engine", "server/language", "server", "client", "client/editor", "client/terminal", "client/webview"])(
    "%s has none",
    (room) => {
      const found = searched(`${room}/tsconfig.json`, (file) => file.startsWith(`${room}/`) && !file.startsWith("engine/catalog/"));
      expect(Object.fromEntries(found)).toEqual({});
    },
  );
});
