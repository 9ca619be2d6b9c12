/** The page of all commands and settings in VS Code, from package.json. */
import { readFileSync } from "node:fs";
import { inProject } from "../project.ts";

interface Command {
  readonly command: string;
  readonly title: string;
  readonly category?: string;
}

interface Setting {
  readonly type: string;
  readonly enum?: readonly string[];
  readonly default: unknown;
  readonly description?: string;
  readonly markdownDescription?: string;
}

interface Contributed {
  readonly commands: readonly Command[];
  readonly menus: Readonly<Record<string, readonly { readonly command: string; readonly when?: string }[]>>;
  readonly configuration: { readonly properties: Readonly<Record<string, Setting>> };
}

/** Returns the page as Markdown. */
export function commandsPage(): string {
  const { contributes } = JSON.parse(readFileSync(inProject("package.json"), "utf8")) as { readonly contributes: Contributed };
  const commands = contributes.commands.map(
    (one) => `| **${one.category}: ${one.title}** | ${placesOf(one, contributes).join(", ")} | \`${one.command}\` |`,
  );
  const settings = Object.entries(contributes.configuration.properties).map(
    ([name, setting]) =>
      `| \`${name}\` | ${valuesText(setting)} | \`${JSON.stringify(setting.default)}\` | ${setting.markdownDescription ?? setting.description ?? ""} |`,
  );
  return [
    "# Commands and settings",
    "[Reference](reference.md)",
    "## Commands",
    `| command | where | id, for key bindings |\n|---|---|---|\n${commands.join("\n")}`,
    "## Settings",
    `| setting | values | default | effect |\n|---|---|---|---|\n${settings.join("\n")}`,
    "The codes for `backprop.severities` are on the page of [diagnostics](diagnostics.md).",
  ]
    .join("\n\n")
    .concat("\n");
}

/** The menus, as a user would look for them. */
const PLACES: Readonly<Record<string, string>> = {
  "editor/title": "the editor's title bar",
  "file/newFile": "**File > New File...**",
  "view/item/context": "a run in the view **Runs**",
};

function placesOf({ command }: Command, { menus }: Contributed): string[] {
  const palette = menus["commandPalette"]?.find((one) => one.command === command);
  return [
    ...(palette?.when === "false" ? [] : [`the Command Palette${palette ? ", in a `.nn` file" : ""}`]),
    ...Object.entries(PLACES).flatMap(([menu, place]) => (menus[menu]?.some((one) => one.command === command) ? [place] : [])),
  ];
}

function valuesText({ type, enum: choices }: Setting): string {
  if (choices) return choices.map((choice) => `\`${choice}\``).join(", ");
  return (
    { boolean: "`true`, `false`", array: "a list of texts", object: "by code", integer: "a whole number", number: "a number" }[type] ??
    "a text"
  );
}
