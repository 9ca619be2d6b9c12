/** Lines that belong elsewhere in the file: a `let` inside a block, an optimizer's argument, a part of the data, a line in the wrong block. */
import { aliases } from "../../../engine/catalog/aliases.ts";
import type { Arguments } from "../../../engine/catalog/arguments.ts";
import { needlessLines, parts, scheduleWords } from "../../../engine/catalog/foreign.ts";
import { catalog, directives, entryOf, isName, names } from "../../../engine/catalog/index.ts";
import { fix } from "../diagnostics/fixes.ts";
import type { Fix } from "../diagnostics/issue.ts";
import { Let, Name, NumberToken } from "../syntax/tokens.ts";
import type { FileLine } from "./fileLines.ts";
import { type BlockKind, type ForeignCode, imageAt, type Line, textOf, typeAt } from "./line.ts";

export interface Move {
  readonly code?: ForeignCode;
  readonly says: string;
  /** What to do. */
  readonly advice: string;
  /** The fixes, not including the removal of the line. */
  readonly fixes: readonly Fix[];
  /** The replacement of the line. If absent, the line is removed. */
  readonly stays?: string;
  /** Where the line is read instead. */
  readonly insertion?: { readonly token: number; readonly offset: number; readonly text: string };
  /** Whether the line is read at the beginning of the file. */
  readonly isHoisted?: true;
}

type Place = NonNullable<Move["insertion"]>;

export interface Neighbours {
  /** Returns a block's first line with that word. */
  readonly lineOf: (blockNumber: number, word: string) => FileLine | undefined;
  /** Returns the first lines of all blocks of a kind. */
  readonly blocks: (kind: BlockKind) => readonly FileLine[];
  /** Returns the end of a block's last line. */
  readonly endOf: (head: FileLine) => { readonly token: number; readonly offset: number; readonly isClosed: boolean } | undefined;
}

export function neighboursOf(lines: readonly FileLine[]): Neighbours {
  let known: { byWord: Map<string, FileLine>; heads: FileLine[]; last: Map<number, FileLine> } | undefined;
  const facts = (): NonNullable<typeof known> => {
    if (known) return known;
    const byWord = new Map<string, FileLine>();
    const last = new Map<number, FileLine>();
    const heads: FileLine[] = [];
    for (const line of lines) {
      if (line.block === undefined) continue;
      if (line.isTop) heads.push(line);
      const key = `${line.blockNumber} ${imageAt(line, 0)}`;
      if (!line.isTop && !byWord.has(key)) byWord.set(key, line);
      last.set(line.blockNumber, line);
    }
    known = { byWord, heads, last };
    return known;
  };
  return {
    lineOf: (blockNumber, word) => facts().byWord.get(`${blockNumber} ${word}`),
    blocks: (kind) => facts().heads.filter(({ block }) => block === kind),
    endOf(head) {
      const line = facts().last.get(head.blockNumber);
      return line && line !== head ? { token: line.to, offset: line.base + line.text.length, isClosed: line.isLast } : undefined;
    },
  };
}

/** Returns where a line belongs; undefined if it is in the right place. `line` is the line as repaired so far. */
export function moveOf(line: Line, written: FileLine, neighbours: Neighbours): Move | undefined {
  if (line.isTop || line.text === "") return undefined;
  if (typeAt(line, 0) === Let && imageAt(line, 2) === "=") return written.isClosed ? declaration(line, written, neighbours) : undefined;
  const word = imageAt(line, 0);
  if (!isWord(line) || line.block === undefined || line.block === "expect") return undefined;
  const own: object = line.block === "model" ? catalog.layers : directives[line.block];
  if (isName(own, word)) return undefined;
  if (line.block === "train") {
    const needless = entryOf(needlessLines, word.toLowerCase());
    if (needless !== undefined) return { says: needless, advice: "remove this line", fixes: [fix("Remove this line")] };
    if (scheduleWords.has(word.toLowerCase()))
      return {
        says: "A schedule is the optimizer's learning rate",
        advice: "write it as in `optimizer sgd(learning_rate=step_decay(0.1, steps=1000, rate=0.5))` and remove this line",
        fixes: [],
      };
    if (word === "validation_data")
      return {
        says: "The validation part belongs to the data",
        advice: "write `split validation=0.2` in the `data` block and remove this line",
        fixes: [],
      };
    const argument = optimizerArgument(word);
    if (argument !== undefined) return toOptimizer(argument, line, written, neighbours);
    if (isName(catalog.stops.early_stopping.arguments, word) && line.tokens.length === 2) return toStop(line, written, neighbours);
    if (isName(catalog.layers, word) || isName(catalog.activations, word))
      return { says: `\`${word}\` is a layer`, advice: "move this line into the `model` block", fixes: [] };
    if (isName(catalog.layers.dense.arguments, word))
      return {
        says: `\`${word}\` is an argument of \`dense\``,
        advice: `write \`${word}=${textOf(line, 1)}\` on the lines of its layers`,
        fixes: [],
      };
  }
  const part = entryOf(parts, word.toLowerCase());
  if (part !== undefined && line.block !== "model" && typeAt(line, 1) === NumberToken && line.tokens.length === 2)
    return toSplit(part, line, written, neighbours);
  return toBlock(line, written, neighbours);
}

const isWord = (line: Line): boolean => typeAt(line, 0) === Name && imageAt(line, 1) !== ":" && imageAt(line, 1) !== "->";

/** A `let` inside a block is moved before it. */
function declaration(line: Line, written: FileLine, neighbours: Neighbours): Move | undefined {
  const head = neighbours.blocks(written.block ?? "model").find(({ blockNumber }) => blockNumber === written.blockNumber);
  if (!head) return undefined;
  return {
    code: "NN101",
    says: "A `let` stands outside of the blocks",
    advice: `move \`${line.text}\` before this \`${written.block}\` block`,
    fixes: [
      fix(`Move it before this \`${written.block}\` block`, {
        span: { start: head.base, end: head.base },
        text: line.text + written.lineBreak,
      }),
    ],
    isHoisted: true,
  };
}

const OPTIMIZER_ARGUMENTS: ReadonlySet<string> = new Set(
  Object.values(catalog.optimizers).flatMap(({ arguments: known }) => names(known as Arguments)),
);

const optimizerArgument = (word: string): string | undefined => {
  const name = entryOf(aliases, word.toLowerCase()) ?? word;
  return OPTIMIZER_ARGUMENTS.has(name) ? name : undefined;
};

const havingArgument = (argument: string): string =>
  names(catalog.optimizers).find((name) => isName(catalog.optimizers[name].arguments, argument)) ?? "sgd";

/** `learning_rate 0.1` is an argument of the optimizer. */
function toOptimizer(argument: string, line: Line, written: FileLine, { lineOf }: Neighbours): Move | undefined {
  const value = textOf(line, 1);
  if (value === "" || line.tokens.length > 2) return undefined;
  const says = `\`${imageAt(line, 0)}\` is an argument of the optimizer`;
  const optimizer = lineOf(written.blockNumber, "optimizer");
  const fallback = argument === "momentum" || argument === "nesterov" ? "sgd" : "rmsprop";
  const name = optimizer ? imageAt(optimizer, 1) : fallback;
  const known = (entryOf(catalog.optimizers, name) as { arguments: Arguments } | undefined)?.arguments;
  if (!optimizer) {
    if (!known || !isName(known, argument))
      return {
        says,
        advice: `write it in parentheses after an optimizer that has it, such as \`${havingArgument(argument)}(${argument}=${value})\``,
        fixes: [],
      };
    const stays = `optimizer ${name}(${argument}=${value})`;
    const isCertain = argument === "learning_rate";
    return {
      says,
      advice: `write \`${stays}\``,
      stays,
      fixes: [{ ...fix(`Change to \`${stays}\``), ...(isCertain ? {} : { isGuess: true }) }],
    };
  }
  const isWritten = optimizer.tokens.some(({ image }) => image === argument);
  const unnamed = typeAt(optimizer, 3) === NumberToken && argument === names(known ?? {})[0];
  if (!known || isWritten || unnamed || !isName(known, argument))
    return {
      says,
      advice:
        known && !isName(known, argument)
          ? `\`${name}\` has no \`${argument}\`, so remove this line or choose another optimizer`
          : "write it there",
      fixes: [],
    };
  const end = optimizer.base + optimizer.text.length;
  const isCall = imageAt(optimizer, -1) === ")";
  if (!isCall && optimizer.tokens.length !== 2) return { says, advice: "write it there", fixes: [] };
  const text = `${argument}=${value}`;
  const isEmpty = imageAt(optimizer, -2) === "(";
  const at = isCall ? end - 1 : end;
  const added = { span: { start: at, end: at }, text: isCall ? `${isEmpty ? "" : ", "}${text}` : `(${text})` };
  const whole = isCall ? `${optimizer.text.slice(0, -1)}${added.text})` : optimizer.text + added.text;
  return { says, advice: `write \`${whole}\``, fixes: [fix(`Move it to \`${whole}\``, added)] };
}

/** `patience 3` is an argument of early stopping. */
function toStop(line: Line, written: FileLine, { lineOf }: Neighbours): Move {
  const argument = `${imageAt(line, 0)}=${textOf(line, 1)}`;
  const says = `\`${imageAt(line, 0)}\` is an argument of \`early_stopping\``;
  const stays = `stop early_stopping(${argument})`;
  if (lineOf(written.blockNumber, "stop")) return { says, advice: `write \`${argument}\` there`, fixes: [] };
  return { says, advice: `write \`${stays}\``, stays, fixes: [fix(`Change to \`${stays}\``)] };
}

/** `validation_split 0.2` is a part of the `split` line of the data. */
function toSplit(part: string, line: Line, written: FileLine, neighbours: Neighbours): Move | undefined {
  const text = `${part}=${imageAt(line, 1)}`;
  const [head, other] = neighbours.blocks("data");
  if (!head || other) return { says: `\`${imageAt(line, 0)}\` belongs to the data`, advice: `write \`split ${text}\` there`, fixes: [] };
  const split = neighbours.lineOf(head.blockNumber, "split");
  const says = `The parts of the data are on the \`split\` line${line.block === "data" ? "" : ` of \`${imageAt(head, 1)}\``}`;
  if (split?.text.includes(`${part}=`)) return { says, advice: "remove this line", fixes: [fix("Remove this line")] };
  if (split) {
    const end = split.base + split.text.length;
    const whole = `${split.text} ${text}`;
    return { says, advice: `write \`${whole}\``, fixes: [fix(`Move it to \`${whole}\``, { span: { start: end, end }, text: ` ${text}` })] };
  }
  const whole = `split ${text}`;
  if (line.block === "data") return { says, advice: `write \`${whole}\``, stays: whole, fixes: [fix(`Change to \`${whole}\``)] };
  return inserted(whole, says, written, head, neighbours);
}

const BLOCKS = ["data", "train"] as const;

/** A directive that belongs to another block. */
function toBlock(line: Line, written: FileLine, neighbours: Neighbours): Move | undefined {
  const word = imageAt(line, 0);
  const kind = BLOCKS.find((one) => one !== line.block && isName(directives[one], word));
  if (kind === undefined) return undefined;
  const [head, other] = neighbours.blocks(kind);
  const says = `\`${word}\` belongs in a \`${kind}\` block`;
  if (!head || other) return { says, advice: "move this line there", fixes: [] };
  if (neighbours.lineOf(head.blockNumber, word))
    return { says, advice: "which has one already, so remove this line", fixes: [fix("Remove this line")] };
  return inserted(line.text, says, written, head, neighbours);
}

/** Moves a line to the end of a block. */
function inserted(text: string, says: string, written: FileLine, head: FileLine, { endOf }: Neighbours): Move {
  const end = endOf(head);
  const name = textOf(head, 0);
  const title = `Move it to \`${name}\``;
  const advice = `write \`${text}\` in \`${name}\``;
  if (!end) return { says, advice, fixes: [] };
  const insertion: Place = { ...end, text };
  return {
    says,
    advice,
    insertion,
    fixes: [fix(title, { span: { start: end.offset, end: end.offset }, text: `${written.lineBreak}${written.indent || "  "}${text}` })],
  };
}
