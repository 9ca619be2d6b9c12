/** Values without a name. They are assigned to an entry's arguments in the catalog's order, whatever kind of value they are. */
import type { Arguments } from "../../../engine/catalog/arguments.ts";
import { names } from "../../../engine/catalog/index.ts";
import { argumentRemoved, fix } from "../diagnostics/fixes.ts";
import { issue } from "../diagnostics/issue.ts";
import type { ArgumentNode, ValueNode } from "../syntax/tree.ts";
import { isMeantFor, isRequired } from "./argumentKinds.ts";
import { resolved, type Scope } from "./scope.ts";
import { kindText, shown } from "./valueText.ts";

export interface UnnamedSubject {
  readonly name: string;
  readonly arguments: Arguments;
  /** The arguments that may be written without names, in order. */
  readonly order: readonly string[];
}

type Unnamed = ArgumentNode & { readonly value: ValueNode };

/** Passes each unnamed value to `take` with its argument's name, up to the first misplaced value. If there is one, reports it and returns false. */
export function readUnnamed(
  nodes: readonly ArgumentNode[],
  subject: UnnamedSubject,
  written: (name: string) => boolean,
  take: (name: string, value: ValueNode) => void,
  scope: Scope,
): boolean {
  const unnamed = nodes.filter((node): node is Unnamed => !node.name && node.value !== undefined);
  let placed = true;
  /** The previous values, by the place that each took. */
  const before: Unnamed[] = [];
  for (const node of unnamed) {
    const name = subject.order[before.length];
    const spec = name === undefined ? undefined : subject.arguments[name];
    const value = resolved(node.value, scope);
    if (name === undefined || !spec) {
      reportSurplus(node, value, before, subject, scope);
      return false;
    }
    const isRepeated = !isMeantFor(spec, value) && before.some((_one, k) => isOfPlace(subject, k, value));
    if (isRepeated) {
      // If there are many, reporting the first is enough.
      if (placed) reportSurplus(node, value, before, subject, scope);
      placed = false;
      continue;
    }
    before.push(node);
    if (written(name)) {
      scope.report(issue("NN210", node.span, { what: "argument", name }, { fixes: [argumentRemoved(node.span, scope, "Remove it")] }));
      placed = false;
      continue;
    }
    const owner = isMeantFor(spec, value) ? name : ownerOf(node, value, name, unnamed, subject, scope);
    if (owner === undefined) return false;
    take(owner, node.value);
  }
  return placed;
}

/** Whether the value fits the k-th place. */
function isOfPlace({ order, arguments: known }: UnnamedSubject, k: number, value: ValueNode): boolean {
  const spec = known[order[k] ?? ""];
  return spec !== undefined && isMeantFor(spec, value);
}

/** Returns the argument to which a misplaced value belongs; undefined if it must move, which is reported. */
function ownerOf(
  node: Unnamed,
  value: ValueNode,
  name: string,
  unnamed: readonly Unnamed[],
  subject: UnnamedSubject,
  scope: Scope,
): string | undefined {
  const { order, arguments: known } = subject;
  const spec = known[name];
  const belongsTo = names(known).find((other) => other !== name && known[other] !== undefined && isMeantFor(known[other], value));
  if (belongsTo === undefined || !spec) return name;
  const at = order.indexOf(belongsTo);
  const later = at < 0 ? [] : unnamed.slice(unnamed.indexOf(node) + 1);
  const swapped = later.find((other) => isMeantFor(spec, resolved(other.value, scope)));
  const text = (span: { start: number; end: number }): string => scope.text.slice(span.start, span.end);
  if (swapped) {
    const title = `Swap \`${shown(value)}\` and \`${shown(swapped.value)}\``;
    const changes = [
      { span: node.span, text: text(swapped.span) },
      { span: swapped.span, text: text(node.span) },
    ];
    const message = `\`${subject.name}\` takes its \`${name}\` before its \`${belongsTo}\`; swap \`${shown(value)}\` and \`${shown(swapped.value)}\`.`;
    scope.report(issue("NN213", node.span, { message }, { fixes: [fix(title, ...changes)] }));
    return undefined;
  }
  // A required argument that is missing has its own message.
  if (at >= 0 && isRequired(spec)) return belongsTo;
  const named = `${belongsTo}=${text(node.value.span)}`;
  const message = `\`${shown(value)}\` stands in the place of \`${name}\`, but it is ${kindText(value)}; write \`${belongsTo}=${shown(value)}\`.`;
  scope.report(issue("NN213", node.span, { message }, { fixes: [fix(`Change to \`${named}\``, { span: node.span, text: named })] }));
  return undefined;
}

function reportSurplus(node: Unnamed, value: ValueNode, before: readonly Unnamed[], subject: UnnamedSubject, scope: Scope): void {
  const same = before.findIndex((one) => resolved(one.value, scope).kind === value.kind);
  const taken = subject.order[same];
  const first = before[same];
  const surplus = taken !== undefined && first ? { taken, first: shown(first.value), kind: kindText(value) } : { order: subject.order };
  const parts = { of: subject.name, name: shown(node.value), known: names(subject.arguments), surplus };
  scope.report(issue("NN207", node.span, parts, { fixes: [argumentRemoved(node.span, scope, `Remove \`${shown(node.value)}\``)] }));
}
