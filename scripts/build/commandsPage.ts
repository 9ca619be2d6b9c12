/** The page of all commands and settings in VS Code, from package.json and the language server's code lenses. */
import { readFileSync } from "node:fs";
import { TextDocument } from "vscode-languageserver-textdocument";
import { codeLens } from "../../server/features/codeLens.ts";
import { rangesIn } from "../../server/features/ranges.ts";
import { analyse } from "../../server/language/analysis.ts";
import { inProject, ScriptError } from "../project.ts";

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

/** The parts of package.json that determine where a command appears. */
export interface Contributed {
  readonly commands: readonly Command[];
  readonly menus: Readonly<Record<string, readonly { readonly command: string; readonly when?: string }[]>>;
  readonly keybindings: readonly { readonly command: string; readonly key: string; readonly when?: string }[];
  readonly viewsWelcome: readonly { readonly view: string; readonly contents: string }[];
  readonly configuration: { readonly properties: Readonly<Record<string, Setting>> };
}

/** Returns the page as Markdown. Throws if a menu or a command's condition has no description. */
export function commandsPage(): string {
  const { contributes } = JSON.parse(readFileSync(inProject("package.json"), "utf8")) as { readonly contributes: Contributed };
  const places = commandPlaces(contributes);
  const commands = contributes.commands.flatMap((one) => {
    const where = places.get(one.command) ?? [];
    // A command without a place is run only by the walkthrough's buttons.
    return where.length === 0 ? [] : [`| **${one.category}: ${one.title}** | ${where.join(", ")} | \`${one.command}\` |`];
  });
  const settings = Object.entries(contributes.configuration.properties).map(
    ([name, setting]) =>
      `| \`${name}\` | ${valuesText(setting)} | \`${JSON.stringify(setting.default)}\` | ${setting.markdownDescription ?? setting.description ?? ""} |`,
  );
  return [
    "# Commands and settings",
    "[Reference](reference.md)",
    "## Commands",
    "A lens is a line of links above a block. After a training, the lens **Debug This Batch** above the line of a finding begins the debugger at " +
      "the mini-batch where it was found. F5 in a `.nn` file debugs its training.",
    `| command | where | id, for key bindings |\n|---|---|---|\n${commands.join("\n")}`,
    "## Settings",
    `| setting | values | default | effect |\n|---|---|---|---|\n${settings.join("\n")}`,
    "The codes for `backprop.severities` are on the page of [diagnostics](diagnostics.md).",
  ]
    .join("\n\n")
    .concat("\n");
}

/** Descriptions of the menus and views for users. */
const PLACES: Readonly<Record<string, string>> = {
  "editor/title": "the editor's title bar",
  "editor/title/run": "the editor's title bar",
  "editor/context": "the editor's menu",
  "explorer/context": "the Explorer's menu of a file",
  "file/newFile": "**File > New File...**",
  "view/title": "the title of the view **Runs**",
  "view/item/context": "a run in the view **Runs**",
  "debug/toolBar": "the debugger's toolbar",
  "debug/variables/context": "the menu of the debugger's variables",
  "backprop.runs": "the view **Runs** without a run",
  "workbench.debug.welcome": "the view **Run and Debug**",
};

/** When the palette shows a command or a key runs it, by the condition in package.json. */
const CONDITIONS: Readonly<Record<string, string>> = {
  "backprop.isEmptyFile": " in an empty `.nn` file",
  "debugType == nn && debugState == stopped": " while the debugger is paused",
};

/** Returns where each command appears, by its id. */
export function commandPlaces({ commands, menus, keybindings, viewsWelcome }: Contributed): ReadonlyMap<string, readonly string[]> {
  const { commandPalette = [], ...others } = menus;
  const lenses = sampleLenses();
  return new Map(
    commands.map(({ command }) => {
      const inPalette = commandPalette.find((one) => one.command === command);
      const places = [
        ...(inPalette?.when === "false" ? [] : [`the Command Palette${conditionText(inPalette?.when)}`]),
        ...lenses.filter((one) => one.command === command).map(({ title }) => `the lens **${title}**`),
        ...Object.entries(others).flatMap(([menu, items]) => (items.some((one) => one.command === command) ? [placeText(menu)] : [])),
        ...viewsWelcome.flatMap(({ view, contents }) => (contents.includes(`(command:${command})`) ? [placeText(view)] : [])),
        ...keybindings
          .filter((one) => one.command === command)
          .map(({ key, when }) => `the key ${key.replace(/^./, (first) => first.toUpperCase())}${conditionText(when)}`),
      ];
      return [command, [...new Set(places)]];
    }),
  );
}

/** The samples that together have every lens: one with a training and expectations, and one without a training. */
const SAMPLES = ["iris.nn", "gates.nn"];

/** Returns the lenses of the samples: the title without its icon, and the command. */
const sampleLenses = (): { readonly title: string; readonly command: string }[] =>
  SAMPLES.flatMap((name) => {
    const text = readFileSync(inProject("samples", name), "utf8");
    const lenses = codeLens(analyse(text), name, rangesIn(TextDocument.create(name, "nn", 0, text)));
    return lenses.flatMap(({ command }) => (command ? [{ ...command, title: command.title.replace(/^\$\([\w-]+\) /, "") }] : []));
  });

function placeText(name: string): string {
  const place = PLACES[name];
  if (place === undefined) throw new ScriptError(`scripts/build/commandsPage.ts has no words for the menu or view ${name}.`);
  return place;
}

function conditionText(when: string | undefined): string {
  if (when === undefined) return "";
  const text = Object.entries(CONDITIONS).find(([condition]) => when.includes(condition))?.[1];
  if (text === undefined) throw new ScriptError(`scripts/build/commandsPage.ts has no words for the condition ${when}.`);
  return text;
}

function valuesText({ type, enum: choices }: Setting): string {
  if (choices) return choices.map((choice) => `\`${choice}\``).join(", ");
  return (
    { boolean: "`true`, `false`", array: "a list of texts", object: "by code", integer: "a whole number", number: "a number" }[type] ??
    "a text"
  );
}
