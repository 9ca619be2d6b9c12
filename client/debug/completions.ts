/** Completion of expressions in the debug console. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { functionNames } from "../../engine/debug/expression/evaluate.ts";
import { namesOf, tensorsOf } from "../../engine/debug/tensors.ts";
import type { Timeline } from "../../engine/debug/timeline.ts";

const FUNCTIONS: readonly string[] = [...functionNames, "why"];
const OPERATORS = ["and", "or", "not"] as const;
/** A layer and its member, possibly with indices: `hidden.kernel[0, 1].gr`. */
const MEMBER = /(?:^|[^\w.\]])(\w+)(?:\[[^\]]*\])?\.((?:[\w.]|\[[^\]]*\])*)$/;

/** Returns the possible continuations of the text: names, functions, operators, or the members of the layer it names. */
export function completionsOf(timeline: Timeline, text: string): DebugProtocol.CompletionItem[] {
  const [, layer, written = ""] = MEMBER.exec(text) ?? [];
  const step = layer === undefined ? undefined : timeline.learner.network.stepOf.get(layer);
  if (step) {
    // Indices may precede a member: `kernel[0, 1].grad` refers to the member `kernel.grad`.
    const begun = written.replaceAll(/\[[^\]]*\]/g, "");
    const last = written.slice(written.lastIndexOf("]") + 1).replace(/^\./, "");
    const done = begun.length - last.length;
    return tensorsOf(timeline, step)
      .map(({ name }) => name.slice(step.layer.id.length + 1))
      .filter((name) => name.startsWith(begun))
      .map((name) => item(name.slice(done), "property", text, last));
  }
  const [start = ""] = /\w*$/.exec(text) ?? [];
  return [
    ...namesOf(timeline).map((name) => item(name, "variable", text, start)),
    ...FUNCTIONS.map((name) => ({ ...item(name, "function", text, start), text: `${name}(` })),
    ...OPERATORS.map((name) => item(name, "keyword", text, start)),
  ].filter(({ label }) => label.startsWith(start));
}

const item = (
  label: string,
  type: "property" | "variable" | "function" | "keyword",
  text: string,
  begun: string,
): DebugProtocol.CompletionItem => ({
  label,
  type,
  start: text.length - begun.length,
  length: begun.length,
});
