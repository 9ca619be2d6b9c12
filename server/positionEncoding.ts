/**
 * Documents in the client's position encoding: UTF-16 code units, which every client supports, or UTF-8 bytes if the client prefers them
 * (Helix, Neovim). The library supports only UTF-16, so this file converts its positions line by line.
 */
import type { TextDocumentContentChangeEvent, TextDocumentsConfiguration } from "vscode-languageserver";
import { type Position, type Range, TextDocument } from "vscode-languageserver-textdocument";

export type PositionEncoding = "utf-16" | "utf-8";

/** Returns the client's first encoding that the server supports; UTF-16 if there is none. */
export const encodingFor = (offered: readonly string[] | undefined): PositionEncoding =>
  offered?.find((one): one is PositionEncoding => one === "utf-16" || one === "utf-8") ?? "utf-16";

export function documentsIn(encoding: PositionEncoding): TextDocumentsConfiguration<TextDocument> {
  return {
    create(uri, languageId, version, content) {
      const document = TextDocument.create(uri, languageId, version, content);
      return encoding === "utf-8" ? inBytes(document) : document;
    },
    update(document, changes, version) {
      if (!(document instanceof ByteDocument)) return TextDocument.update(document, changes, version);
      // One by one: the positions of each change refer to the text after the previous change.
      for (const change of changes) TextDocument.update(document.inner, [document.utf16Change(change)], version);
      TextDocument.update(document.inner, [], version);
      return document;
    },
  };
}

const inBytes = (inner: TextDocument): TextDocument => new ByteDocument(inner);

class ByteDocument implements TextDocument {
  readonly inner: TextDocument;
  constructor(inner: TextDocument) {
    this.inner = inner;
  }
  get uri(): string {
    return this.inner.uri;
  }
  get languageId(): string {
    return this.inner.languageId;
  }
  get version(): number {
    return this.inner.version;
  }
  get lineCount(): number {
    return this.inner.lineCount;
  }
  getEOLCharacters(line: number): string {
    return this.inner.getEOLCharacters(line);
  }
  getLineRange(line: number): Range {
    const { start, end } = this.inner.getLineRange(line);
    return { start, end: this.positionAt(this.inner.offsetAt(end)) };
  }
  getText(range?: Range): string {
    return this.inner.getText(range && this.utf16Range(range));
  }
  positionAt(offset: number): Position {
    const { line, character } = this.inner.positionAt(offset);
    return { line, character: Buffer.byteLength(this.line(line).slice(0, character)) };
  }
  offsetAt(position: Position): number {
    return this.inner.offsetAt(this.utf16Position(position));
  }
  utf16Change(change: TextDocumentContentChangeEvent): TextDocumentContentChangeEvent {
    return "range" in change ? { text: change.text, range: this.utf16Range(change.range) } : change;
  }
  private utf16Range({ start, end }: Range): Range {
    return { start: this.utf16Position(start), end: this.utf16Position(end) };
  }
  /**
   * Converts from bytes to UTF-16 units. A position inside a character moves to the character's start, a position past the line's end to
   * that end.
   */
  private utf16Position({ line, character }: Position): Position {
    let bytes = 0;
    let units = 0;
    for (const letter of this.line(line)) {
      bytes += Buffer.byteLength(letter);
      if (bytes > character) break;
      units += letter.length;
    }
    return { line, character: units };
  }
  private line(line: number): string {
    return this.inner.getText({ start: { line, character: 0 }, end: { line: line + 1, character: 0 } });
  }
}
