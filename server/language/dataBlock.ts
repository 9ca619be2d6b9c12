/** Writes a table's `data` block from the facts about its columns. It is a starting point in which the target is guessed. */
import type { ColumnFacts } from "./resolve/columnFacts.ts";
import type { ResolvedData } from "./resolve/data.ts";
import { writtenName } from "./syntax/writtenName.ts";

/** Usual names of a target. */
const TARGETS = /^(target|label|class|species|outcome|y)$/i;
/** A column with more words, such as names or remarks, says little about other rows. */
const MOST_WORDS = 20;
/** Whole numbers are classes if there are at most this many. */
const MOST_CLASSES = 20;
/** The maximum number of classes that a comment lists. */
const MOST_LISTED = 6;

/** Returns the block; undefined if the columns are unknown. `path` is the file's path, `name` the data's name. */
export function dataBlock(
  { columns = [], index }: Pick<ResolvedData, "columns" | "index">,
  path: string,
  name: string,
): string | undefined {
  const target = columns.find((column) => TARGETS.test(column.name)) ?? columns.at(-1);
  if (!target || columns.length < 2) return undefined;
  const features = columns.filter((column) => column !== target);
  const isIgnored = (column: ColumnFacts): boolean =>
    (index !== undefined && column === columns[0]) || column.kind === "empty" || column.words.length > MOST_WORDS;
  const used = features.filter((column) => !isIgnored(column));
  const oneHot = used.filter(({ kind }) => kind === "text");
  const classes = classesOf(target);
  const lines = [
    `source csv(${JSON.stringify(path)})`,
    ...listLine("ignore", features.filter(isIgnored)),
    `target ${writtenName(target.name)}${classes ? `  # ${classes}` : ""}`,
    ...listLine("one_hot", oneHot),
    ...missingLine(used, target),
    "scale  standard",
    ...(classes ? [] : ["scale_target standard"]),
    "split  validation=0.2",
  ];
  return `data ${name} {\n${lines.map((line) => `  ${line}\n`).join("")}}\n`;
}

/** Describes a target's classes in words; undefined if it is a number to predict. */
function classesOf({ kind, counts, isWhole }: ColumnFacts): string | undefined {
  const values = [...counts.keys()];
  if (kind !== "text" && !(isWhole && values.length > 1 && values.length <= MOST_CLASSES)) return undefined;
  const rest = values.length > MOST_LISTED ? ", ..." : "";
  return `${values.length} classes: ${values.slice(0, MOST_LISTED).join(", ")}${rest}`;
}

const listLine = (directive: string, columns: readonly ColumnFacts[]): string[] =>
  columns.length > 0 ? [`${directive} ${columns.map(({ name }) => writtenName(name)).join(", ")}`] : [];

/** Gaps in numbers are filled in; a row without a word or target is left out. */
function missingLine(used: readonly ColumnFacts[], target: ColumnFacts): string[] {
  if (target.gaps > 0 || used.some(({ kind, gaps }) => kind === "text" && gaps > 0)) return ["missing drop"];
  return used.some(({ gaps }) => gaps > 0) ? ["missing mean"] : [];
}

/** Returns an unused name for a file's data: the file's name as a capitalized word. */
export function dataName(path: string, taken: readonly string[]): string {
  const [stem = ""] = (path.split("/").at(-1) ?? "").split(".");
  const words = stem.split(/[^\p{L}\d]+/u).filter((word) => word !== "");
  const joined = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  const name = /^\p{L}/u.test(joined) ? joined : `Data${joined}`;
  for (let k = 1; ; k++) {
    const candidate = k === 1 ? name : `${name}${k}`;
    if (!taken.includes(candidate)) return candidate;
  }
}
