/**
 * The samples in the extension's package. The walkthrough opens copies in the extension's storage, with their data beside them. The user can change,
 * train and debug them without opening a folder or answering a question.
 */
import * as vscode from "vscode";
import { gzipFromPacked, packedName } from "../node/packedSample.ts";
import { baseName } from "./fileNames.ts";
import { isPanel } from "./panel/editorGroups.ts";
import { type Template, templatesFrom } from "./template.ts";

export class Samples {
  readonly #package: vscode.Uri;
  readonly #copies: vscode.Uri;
  readonly #shown = new vscode.EventEmitter<string>();
  /** Fires with a sample's name when its copy was shown. */
  readonly onShown = this.#shown.event;

  /** `samples` is the folder in the package, `copies` the folder in the storage. */
  constructor(samples: vscode.Uri, copies: vscode.Uri) {
    this.#package = samples;
    this.#copies = copies;
  }

  /** Returns the templates in the order of their documentation pages. */
  async templates(): Promise<readonly Template[]> {
    return templatesFrom(textFrom(await this.read("templates.json")));
  }

  /** Returns a file from the package. The package stores gzip files in another compression; a build folder contains them unchanged. */
  async read(name: string): Promise<Uint8Array> {
    const bytesOf = async (file: string): Promise<Uint8Array> =>
      await vscode.workspace.fs.readFile(vscode.Uri.joinPath(this.#package, file));
    if (!name.endsWith(".gz")) return await bytesOf(name);
    const packed = await bytesOf(packedName(name)).catch(() => undefined);
    return packed ? await gzipFromPacked(packed) : await bytesOf(name);
  }

  /** Shows the sample's open copy, or else a fresh one. Returns undefined if there is no sample with that name. */
  async show(name: string): Promise<vscode.Uri | undefined> {
    const template = (await this.templates()).find(({ file }) => file === name);
    if (!template) return undefined;
    const copy = this.#open(name) ?? (await this.#copy(template));
    await vscode.window.showTextDocument(copy, { viewColumn: columnOf(copy) ?? besideWalkthrough(), preview: false });
    this.#shown.fire(name);
    return copy;
  }

  /**
   * Shows a copy when one of the package's own samples becomes active, for example by a link in a diagnostic's page. Editing the package's file would
   * change the template.
   */
  showCopies(): vscode.Disposable {
    const show = (editor: vscode.TextEditor | undefined): void => {
      if (editor && isIn(editor.document.uri, this.#package)) void this.#replace(editor.document.uri);
    };
    show(vscode.window.activeTextEditor);
    return vscode.window.onDidChangeActiveTextEditor(show);
  }

  async #replace(original: vscode.Uri): Promise<void> {
    if (!(await this.show(baseName(original.toString())))) return;
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
    const unchanged = tabs.filter(
      ({ input, isDirty }) => input instanceof vscode.TabInputText && input.uri.toString() === original.toString() && !isDirty,
    );
    if (unchanged.length > 0) await vscode.window.tabGroups.close(unchanged, true);
  }

  /** Returns the name of the sample that the document copies; undefined for any other document. */
  nameOf(document: vscode.Uri): string | undefined {
    return isIn(document, this.#copies) ? baseName(document.toString()).replace(/-\d+\.nn$/, ".nn") : undefined;
  }

  #open(name: string): vscode.Uri | undefined {
    return openTexts().find((uri) => this.nameOf(uri) === name);
  }

  /** Returns a copy with the sample's text. A changed copy belongs to the user and is left unchanged. */
  async #copy({ file, data }: Template): Promise<vscode.Uri> {
    const bytes = await this.read(file);
    for (const name of data) {
      const beside = vscode.Uri.joinPath(this.#copies, name);
      if ((await textAt(beside)) === undefined) await vscode.workspace.fs.writeFile(beside, await this.read(name));
    }
    for (let k = 1; ; k++) {
      const copy = vscode.Uri.joinPath(this.#copies, k === 1 ? file : file.replace(/\.nn$/, `-${k}.nn`));
      const text = await textAt(copy);
      if (text === undefined) await vscode.workspace.fs.writeFile(copy, bytes);
      if (text === undefined || text === textFrom(bytes)) return copy;
    }
  }
}

const isIn = (file: vscode.Uri, folder: vscode.Uri): boolean => vscode.Uri.joinPath(file, "..").toString() === folder.toString();

const textFrom = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Returns a file's text; undefined if there is no such file. */
async function textAt(file: vscode.Uri): Promise<string | undefined> {
  try {
    return textFrom(await vscode.workspace.fs.readFile(file));
  } catch {
    return undefined;
  }
}

/** Returns the files in text editor tabs, visible tabs first. */
export function openTexts(): vscode.Uri[] {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  const texts = tabs.flatMap(({ input, isActive }) => (input instanceof vscode.TabInputText ? [{ uri: input.uri, isActive }] : []));
  return [...texts.filter(({ isActive }) => isActive), ...texts.filter(({ isActive }) => !isActive)].map(({ uri }) => uri);
}

/** Returns the group with a tab for the file. */
const columnOf = (file: vscode.Uri): vscode.ViewColumn | undefined =>
  vscode.window.tabGroups.all.find(({ tabs }) =>
    tabs.some(({ input }) => input instanceof vscode.TabInputText && input.uri.toString() === file.toString()),
  )?.viewColumn;

/** Returns a group where a file covers neither the walkthrough nor a panel: first one showing a text, then one without either, then a new one. */
export function besideWalkthrough(): vscode.ViewColumn {
  const { activeTabGroup, all } = vscode.window.tabGroups;
  const hasText = [activeTabGroup, ...all].find(({ activeTab }) => activeTab?.input instanceof vscode.TabInputText);
  // The editor does not tell extensions about the walkthrough's tab: its input is undefined.
  const isFree = ({ tabs }: vscode.TabGroup): boolean => tabs.every((tab) => tab.input !== undefined && !isPanel(tab));
  return (hasText ?? all.find(isFree))?.viewColumn ?? vscode.ViewColumn.Beside;
}
