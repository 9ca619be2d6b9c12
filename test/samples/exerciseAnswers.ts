/** The commands and changes in samples/exercises/README.md, with their results. */
import { readFileSync } from "node:fs";
import { inProject } from "../../scripts/project.ts";

const page = readFileSync(inProject("samples/exercises/README.md"), "utf8").replaceAll(/\n {2}(?=\S)/g, " ");

export interface Answer {
  /** The command without `nn`. */
  readonly command: string;
  /** Parts of its output, each at least once. */
  readonly prints: readonly string[];
}

/** "- `nn summary x.nn` prints `10x50` and `703 parameters`." */
export const answers: readonly Answer[] = [...page.matchAll(/^- `nn ([^`]+)` prints (.*)\.$/gm)].map(([, command = "", printed = ""]) => ({
  command,
  prints: [...printed.matchAll(/`([^`]+)`/g)].map(([, part = ""]) => part),
}));

export interface Change {
  readonly from: string;
  readonly to: string;
  readonly code: string;
}

/** "- `dense 1 tanh` in place of `dense 1 sigmoid`: NN402", all of them in 07-outputs.nn. */
export const changes: readonly Change[] = [...page.matchAll(/^- `([^`]+)` in place of `([^`]+)`: (NN\d+)$/gm)].map(
  ([, to = "", from = "", code = ""]) => ({ from, to, code }),
);
