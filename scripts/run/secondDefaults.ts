/**
 * Only the catalog defines defaults of arguments: a second default elsewhere may differ, or hide a missing setting. TypeScript itself
 * accepts a default for a value that is never absent. So the type check searches all files, using the compiler's types, for a default of a
 * setting that is never absent, and for a parameter that repeats a catalog default.
 */
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
import type { Argument } from "../../engine/catalog/arguments.ts";
import { catalog, names } from "../../engine/catalog/index.ts";
import { inProject, pathInProject, ScriptError } from "../project.ts";

/** The catalog's defaults, by argument name. */
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

/** Returns the last name in an expression or pattern: `beta_1` in `settings.beta_1` and in `settings["beta_1"]`. */
function nameOf(node: Node | undefined): string | undefined {
  if (!node) return undefined;
  if (isIdentifier(node) || isStringLiteral(node)) return node.text;
  if (isPropertyAccessExpression(node)) return nameOf(node.name);
  // `settings["rate"]` names a setting; `places[k]` does not.
  const argument = isElementAccessExpression(node) ? node.argumentExpression : undefined;
  return argument && isStringLiteral(argument) ? argument.text : undefined;
}

/** Returns a literal's value, or the name of a constant in capitals. */
function constantIn(node: Node): unknown {
  if (isNumericLiteral(node)) return Number(node.text);
  if (isStringLiteral(node)) return node.text;
  if (node.kind === SyntaxKind.TrueKeyword || node.kind === SyntaxKind.FalseKeyword) return node.kind === SyntaxKind.TrueKeyword;
  if (isPrefixUnaryExpression(node) && isNumericLiteral(node.operand)) return -Number(node.operand.text);
  return isIdentifier(node) && /^[A-Z][A-Z_\d]*$/.test(node.text) ? node.text : undefined;
}

/** Returns whether a node defines a second default for a setting. */
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

/** A default of a setting outside the catalog, reported like a compiler error: file, line, column and source text. */
export interface SecondDefault {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

/** Returns the second defaults in the files of a TypeScript project, except tests. Throws if the project has no wanted files. */
export function secondDefaults(config: string, isWanted: (file: string) => boolean): SecondDefault[] {
  const api = new API({ cwd: inProject() });
  try {
    const [project] = api.updateSnapshot({ openProject: config }).getProjects();
    const files = project?.rootFiles.filter((file) => !file.endsWith(".test.ts") && isWanted(pathInProject(file))) ?? [];
    if (!project || files.length === 0) throw new ScriptError(`${config} has no files to search for defaults.`);
    return files.flatMap((file) => inFile(project, file));
  } finally {
    api.close();
  }
}

function inFile(project: Project, path: string): SecondDefault[] {
  const source = project.program.getSourceFile(path);
  if (!source) throw new ScriptError(`${path} is not in its TypeScript project.`);
  const found: SecondDefault[] = [];
  const visit = (node: Node): void => {
    if (isSecondDefault(node, project)) {
      const before = source.text.slice(0, node.getStart(source)).split("\n");
      found.push({
        file: pathInProject(path),
        line: before.length,
        column: (before.at(-1)?.length ?? 0) + 1,
        text: node.getText(source),
      });
    }
    node.forEachChild(visit);
  };
  visit(source);
  return found;
}
