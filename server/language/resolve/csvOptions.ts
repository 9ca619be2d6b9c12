/** Reads the options of `csv(...)`, which describe the format of the table's text. */
import type { sources } from "../../../engine/catalog/sources.ts";
import { CSV_FORMAT, type CsvFormat } from "../../../engine/data/csvFormat.ts";
import { issue } from "../diagnostics/issue.ts";
import type { Span } from "../syntax/span.ts";
import type { ValueNode } from "../syntax/tree.ts";
import type { ReadArguments } from "./argumentReader.ts";
import type { Scope } from "./scope.ts";

type CsvArguments = (typeof sources)["csv"]["arguments"];
type TextOption = "delimiter" | "decimal" | "thousands" | "comment";

/** Returns the format described by the options. Reports each invalid text and uses its default. */
export function csvFormat({ values, numbers }: ReadArguments<CsvArguments>, scope: Scope): CsvFormat {
  const refuse = (name: string, span: Span, wanted: string, text: string): void =>
    scope.report(issue("NN213", span, { message: `\`${name}\` must be ${wanted}, but it is ${JSON.stringify(text.slice(0, 20))}.` }));

  /** Returns the option's text; null for `none`, and for an absent or invalid option. */
  function textOf(name: TextOption, wanted: string, isRight: (text: string) => boolean): string | null {
    const value: ValueNode | undefined = values.get(name);
    if (value === undefined || (value.kind === "name" && value.text === "none" && name !== "decimal")) return null;
    const text = value.kind === "string" ? value.value : value.kind === "name" ? value.text : "";
    if (value.kind === "string" && isRight(text)) return text;
    refuse(name, value.span, wanted, text);
    return null;
  }

  const delimiter = textOf("delimiter", 'one character in quotes, such as ";" or "\\t"', (text) => /^[^"\n\r]$/u.test(text));
  const decimal = textOf("decimal", '"." or ","', (text) => text === "." || text === ",") ?? CSV_FORMAT.decimal;
  const thousands = textOf(
    "thousands",
    `one character in quotes that is no digit and not the decimal sign ${JSON.stringify(decimal)}, or none`,
    (text) => /^[^\d"\n\r+-]$/u.test(text) && text !== decimal,
  );
  const comment = textOf("comment", 'the text in quotes that begins a comment, such as "#", or none', (text) =>
    /^[^\s"][^\n\r]*$/.test(text),
  );
  return { header: numbers.header !== 0, delimiter, decimal, thousands, comment };
}
