/** A sample that a new file can begin as. */
export interface Template {
  readonly file: string;
  /** What it shows, in one sentence. */
  readonly idea: string;
  /** Files that it reads, which lie beside it. */
  readonly data: readonly string[];
}

export function templatesFrom(text: string): Template[] {
  const value: unknown = JSON.parse(text);
  return Array.isArray(value) ? (value as Template[]) : [];
}
