/** The lines of runs in the current text of their documents. They come from the language server and are cached by document version. */
import * as vscode from "vscode";
import type { TrainingChoice } from "../../../server/protocol.ts";
import { textHash } from "../../runs/textHash.ts";
import { linesOfSameText, type MatchedLines, matchedLines, NO_LINES } from "./matchedLines.ts";
import type { OpenRun } from "./savedRun.ts";

interface Known {
  readonly version: number;
  readonly hash: string;
  /** The trainings in the text, requested on first use. */
  choices: Promise<readonly TrainingChoice[]> | undefined;
}

export class DocumentLines implements vscode.Disposable {
  readonly #refreshed = new vscode.EventEmitter<void>();
  /** Fires when the server has started, because lines that were unknown may now be known. */
  readonly onRefresh: vscode.Event<void> = this.#refreshed.event;
  readonly #choicesOf: (document: vscode.Uri) => Promise<readonly TrainingChoice[]>;
  readonly #known = new WeakMap<vscode.TextDocument, Known>();

  constructor(choicesOf: (document: vscode.Uri) => Promise<readonly TrainingChoice[]>) {
    this.#choicesOf = choicesOf;
  }

  /** Returns the run's lines in its document's current text; none while the text has errors or can't be read. */
  async of({ run: { facts }, plan }: OpenRun): Promise<MatchedLines> {
    let known: Known | undefined;
    try {
      const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(facts.file));
      known = this.#stateOf(document);
      if (known.hash === facts.text) return linesOfSameText(facts);
      known.choices ??= this.#choicesOf(document.uri);
      return matchedLines(plan, facts, await known.choices);
    } catch {
      // The file may be gone, or the server may not be running. The next call tries again.
      if (known) known.choices = undefined;
      return NO_LINES;
    }
  }

  refresh(): void {
    this.#refreshed.fire();
  }

  dispose(): void {
    this.#refreshed.dispose();
  }

  #stateOf(document: vscode.TextDocument): Known {
    const known = this.#known.get(document);
    if (known?.version === document.version) return known;
    const fresh: Known = { version: document.version, hash: textHash(document.getText()), choices: undefined };
    this.#known.set(document, fresh);
    return fresh;
  }
}
