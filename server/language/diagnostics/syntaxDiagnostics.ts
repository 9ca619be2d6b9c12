/** NN1xx: the text does not follow the grammar. */
import { error, type Nothing, orWhole, type WholeMessage, wholeMessage } from "./define.ts";

export const syntax = {
  NN101: error({
    title: "Unexpected token",
    message: (parts: WholeMessage) => wholeMessage(parts),
    explain: "The line does not follow the grammar here. The rest of the file is still checked.",
    example: "model M {\n  input 4\n  dense ) 3\n  dense 1\n}\n",
  }),
  NN102: error({
    title: "Unclosed block",
    message: ({ block }: { block: string }) => `This ${block} block is not closed; add \`}\` at its end.`,
    explain: "Every `{` needs its `}`. The message is on the opening line, because the right place for `}` can only be guessed.",
    example: "model M {\n  input 4\n  dense 3 relu\n",
    fix: "Adds `}` after the block's last line.",
  }),
  NN103: error({
    title: "Unclosed string",
    message: (_: Nothing) => 'This string is not closed; add `"` at its end.',
    explain: "A string begins and ends with a double quote on one line.",
    example: 'data D {\n  source csv("iris.csv)\n}\n',
    fix: 'Adds `"` at its end.',
  }),
  NN104: error({
    title: "Malformed number",
    message: orWhole(({ text, isTooLarge }: { text: string; isTooLarge: boolean }) =>
      isTooLarge
        ? `\`${text}\` is too large; a number is at most 1.8e308.`
        : `\`${text}\` is not a number; write a number as 12, 0.5, 1e-3 or 1_000, and a shape as 28x28.`,
    ),
    explain: "A number has digits, at most one point and one exponent, and is at most 1.8e308.",
    example: "model M {\n  input 4\n  dropout 0.5.1\n  dense 1\n}\n",
  }),
} as const;
