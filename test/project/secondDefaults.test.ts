/** Only the catalog has defaults. A second default elsewhere would hide a setting that is missing, so the syntax trees of all files are searched for one. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { type Node, type SourceFile, SyntaxKind } from "typescript/unstable/ast";
import {
  isBinaryExpression,
  isBindingElement,
  isElementAccessExpression,
  isIdentifier,
  isParameterDeclaration,
  isPropertyAccessExpression,
  isStringLiteral,
} from "typescript/unstable/ast/is";
import { API } from "typescript/unstable/sync";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Argument } from "../../engine/catalog/arguments.ts";
import { catalog, names } from "../../engine/catalog/index.ts";
import { inProject } from "../../scripts/project.ts";

/** The arguments of the catalog that have a default. */
const withDefault = new Set(
  names(catalog).flatMap((part) =>
    Object.values(catalog[part] as Readonly<Record<string, { readonly arguments: Readonly<Record<string, Argument>> }>>).flatMap(
      ({ arguments: known }) => Object.keys(known).filter((name) => "default" in (known[name] ?? {})),
    ),
  ),
);

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
  return isElementAccessExpression(node) ? nameOf(node.argumentExpression) : undefined;
}

/** Returns the setting that a node gives a second default, and the default. */
function defaultIn(node: Node): { readonly name: string | undefined; readonly value: Node | undefined } | undefined {
  if (isBindingElement(node)) return { name: nameOf(node.propertyName ?? node.name), value: node.initializer };
  if (isParameterDeclaration(node)) return { name: nameOf(node.name), value: node.initializer };
  if (isBinaryExpression(node) && FALLBACKS.includes(node.operatorToken.kind)) return { name: nameOf(node.left), value: node.right };
  return undefined;
}

const CONSTANTS: readonly SyntaxKind[] = [
  SyntaxKind.NumericLiteral,
  SyntaxKind.PrefixUnaryExpression,
  SyntaxKind.StringLiteral,
  SyntaxKind.TrueKeyword,
  SyntaxKind.FalseKeyword,
];

/** Returns whether a value is written out or is a named constant. */
const isConstant = (value: Node): boolean => CONSTANTS.includes(value.kind) || (isIdentifier(value) && /^[A-Z][A-Z_\d]*$/.test(value.text));

/** Returns the text of each second default in a file. A default that is computed or read from another object is not one. */
function secondDefaults(file: SourceFile): string[] {
  const found: string[] = [];
  const visit = (node: Node): void => {
    const { name, value } = defaultIn(node) ?? {};
    if (name !== undefined && withDefault.has(name) && value && isConstant(value)) found.push(node.getText(file));
    node.forEachChild(visit);
  };
  visit(file);
  return found;
}

/** Returns the second defaults in the files of a TypeScript project, by file. */
function searched(config: string, isWanted: (file: string) => boolean): Map<string, string[]> {
  const api = new API({ cwd: inProject() });
  onTestFinished(() => api.close());
  const [project] = api.updateSnapshot({ openProject: config }).getProjects();
  if (!project) throw new Error(`${config} is no project.`);
  const files = project.rootFiles.filter((file) => !file.endsWith(".test.ts") && isWanted(relative(inProject(), file)));
  expect(files.length).toBeGreaterThan(0);
  return new Map(
    files.flatMap((path) => {
      const file = project.program.getSourceFile(path);
      if (!file) throw new Error(`${path} is not in ${config}.`);
      const found = secondDefaults(file);
      return found.length > 0 ? [[relative(inProject(), path), found] as const] : [];
    }),
  );
}

describe("only the catalog has defaults", () => {
  const EXAMPLES = [
    "{ beta_1 = 0.9 }",
    "{ rate: r = 0.9 }",
    '{ "epsilon": e = 1e-7 }',
    "settings.alpha ?? 1",
    "settings.alpha || 1",
    'settings["alpha"] ?? FALLBACK',
    "settings.alpha ??= 1",
    "momentum = 0",
  ];

  test("each form of a second default is found", () => {
    const folder = mkdtempSync(join(tmpdir(), "backprop-defaults-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ files: ["examples.ts"] }));
    const [beta, rate, epsilon, coalesced, or, element, assigned, parameter] = EXAMPLES;
    writeFileSync(
      join(folder, "examples.ts"),
      `const ${beta} = settings;\nconst f = (${rate}) => r;\nconst ${epsilon} = settings;\n${coalesced};\n${or};\n${element};\n${assigned};
       const g = (${parameter}) => 0;\nconst { noise = use.settings.noise, other = 1 } = settings;\nsettings.alpha ?? null;\nsettings.alpha + 1;\n`,
    );
    const texts = [...searched(join(folder, "tsconfig.json"), () => true).values()].flat();
    expect(texts).toEqual(EXAMPLES.map((example) => example.replace(/^\{ | \}$/g, "")));
  });

  test.each(["engine", "server/language", "server", "client", "client/editor", "client/terminal", "client/webview"])(
    "%s has none",
    (room) => {
      const found = searched(`${room}/tsconfig.json`, (file) => file.startsWith(`${room}/`) && !file.startsWith("engine/catalog/"));
      expect(Object.fromEntries(found)).toEqual({});
    },
  );
});
