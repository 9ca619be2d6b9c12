/** `--set NAME=VALUE`: overrides values of a file's `let` declarations for one command. The file on the disk is unchanged. */
import { InvalidArgumentError } from "commander";
import { parse } from "../../server/language/syntax/parse.ts";

export interface LetValue {
  readonly name: string;
  /** A number or a word, as in a file. */
  readonly value: string;
}

/** Parses `rate=0.3`. Throws an `InvalidArgumentError` for any other text. */
export function letValue(text: string, before: readonly LetValue[] = []): LetValue[] {
  const match = /^([A-Za-z_]\w*)=([-+]?[\w.]+(?:[eE][-+]?\d+)?)$/.exec(text);
  const [, name, value] = match ?? [];
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError("It must be the name of a `let` and its value, such as rate=0.3.");
  return [...before.filter((one) => one.name !== name), { name, value }];
}

/** Returns the text with the values in its `let` lines replaced. Throws a RangeError with a message for the user if no `let` declares a name. */
export function withLetValues(text: string, values: readonly LetValue[], file: string): string {
  const lets = parse(text).tree.blocks.flatMap((block) => (block.kind === "let" && block.name && block.value ? [block] : []));
  const changes = values.map(({ name, value }) => {
    const found = lets.find((one) => one.name?.text === name);
    if (!found?.value) {
      const known = lets.map((one) => one.name?.text ?? "");
      const which = known.length === 0 ? "it has no `let`" : `it has ${known.join(", ")}`;
      throw new RangeError(`${file} has no \`let ${name}\` to set; ${which}.`);
    }
    return { span: found.value.span, value };
  });
  // From the end of the text, so that the earlier spans stay valid.
  return changes
    .sort((a, b) => b.span.start - a.span.start)
    .reduce((all, { span, value }) => `${all.slice(0, span.start)}${value}${all.slice(span.end)}`, text);
}
