/** What an entry of the table of diagnostics is. */

export type Severity = "error" | "warning" | "hint";

export interface Diagnostic<Parts> {
  readonly severity: Severity;
  readonly title: string;
  /** What is wrong and what to do, in one sentence with its numbers. */
  readonly message: (parts: Parts) => string;
  /** Why it matters, for the page of the code. */
  readonly explain: string;
  /** A file that gets this code and no other. */
  readonly example: string;
  /** What the quick fix does, where there is one. */
  readonly fix?: string;
}

const define =
  (severity: Severity) =>
  <Parts>(entry: Omit<Diagnostic<Parts>, "severity">): Diagnostic<Parts> => ({ severity, ...entry });
export const error = define("error");
export const warning = define("warning");
export const hint = define("hint");

/** Where the checker itself makes the whole sentence. */
export interface Said {
  readonly message: string;
}
export const said = ({ message }: Said): string => message;
/** The message has no parts. */
export type Nothing = Readonly<Record<string, never>>;

export interface Unknown {
  readonly name: string;
  /** The nearest known name. */
  readonly nearest?: string | undefined;
  /** What there is, where that is short enough to say. */
  readonly known?: readonly string[] | undefined;
}

/** Returns the message about an unknown name of that kind, `place` behind it: "There is no loss `msee`; did you mean `mse`?" */
export const unknown =
  (what: string, place = "") =>
  ({ name, nearest, known }: Unknown): string =>
    `There is no ${what} \`${name}\`${place}; ${meant(nearest, choiceOf(known))}`;

const choiceOf = (known: readonly string[] | undefined): string => {
  if (!known) return "look it up in the completion list.";
  return known.length === 1 ? `write \`${known[0]}\`.` : `choose from ${known.join(", ")}.`;
};

export const meant = (nearest: string | undefined, otherwise: string): string =>
  nearest === undefined ? otherwise : `did you mean \`${nearest}\`?`;

export const plural = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

/** The first few of many, and how many more. */
export function listed(names: readonly string[], most = 8): string {
  if (names.length <= most) return names.join(", ");
  return `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
}

/** A small trainable file, in which `layers` and `training` may have errors. */
export const trainable = (layers: string, training: string, data = SUM): string =>
  `model M {\n  input a, b\n${layers}}\n\n${data}\ntrain M on D {\n${training}}\n`;
export const SUM = "data D {\n  features a, b\n  target y\n  0 0 -> 0\n  0 1 -> 1\n  1 0 -> 1\n  1 1 -> 2\n}\n";
export const XOR = SUM.replace("-> 2", "-> 0");
export const IRIS = 'data D {\n  source csv("iris.csv")\n  target species\n}\n';
