/** The entries of the table of diagnostics: their type, and the building blocks of their messages and examples. */

export type Severity = "error" | "warning" | "hint";

export interface Diagnostic<Parts> {
  readonly severity: Severity;
  readonly title: string;
  /** Returns one sentence: what is wrong, with its numbers, and what to do. */
  readonly message: (parts: Parts) => string;
  /** Why it matters. Shown on the code's page. */
  readonly explain: string;
  /** A file with only this finding. */
  readonly example: string;
  /** The effect of the quick fix; absent if there is none. */
  readonly fix?: string;
}

const define =
  (severity: Severity) =>
  <Parts>(entry: Omit<Diagnostic<Parts>, "severity">): Diagnostic<Parts> => ({ severity, ...entry });
export const error = define("error");
export const warning = define("warning");
export const hint = define("hint");

/** The parts of a message that the checker writes as a whole. */
export interface WholeMessage {
  readonly message: string;
}
export const wholeMessage = ({ message }: WholeMessage): string => message;
/** Returns a message that can also be written as a whole, for example for a repaired line. */
export const orWhole =
  <Parts>(message: (parts: Parts) => string) =>
  (parts: Parts | WholeMessage): string =>
    isWhole(parts) ? parts.message : message(parts);
const isWhole = (parts: unknown): parts is WholeMessage => typeof parts === "object" && parts !== null && "message" in parts;
/** No parts, for a message without any. */
export type Nothing = Readonly<Record<string, never>>;

export interface Unknown {
  readonly name: string;
  /** The nearest known name. */
  readonly nearest?: string | undefined;
  /** The known names, if they are few enough to list. */
  readonly known?: readonly string[] | undefined;
}

/** Returns the message about an unknown name: "There is no loss `msee`; did you mean `mse`?" `what` is the noun, `place` follows the name. */
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

/** Returns the names joined by commas. If there are more than `most`, lists the first ones and counts the others. */
export function listed(names: readonly string[], most = 8): string {
  if (names.length <= most) return names.join(", ");
  return `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
}

/** Returns a small file with one training. An example puts its mistake into `layers`, `training` or `data`. */
export const trainable = (layers: string, training: string, data = SUM): string =>
  `model M {\n  input a, b\n${layers}}\n\n${data}\ntrain M on D {\n${training}}\n`;
export const SUM = "data D {\n  features a, b\n  target y\n  0 0 -> 0\n  0 1 -> 1\n  1 0 -> 1\n  1 1 -> 2\n}\n";
export const XOR = SUM.replace("-> 2", "-> 0");
export const IRIS = 'data D {\n  source csv("iris.csv")\n  target species\n}\n';
