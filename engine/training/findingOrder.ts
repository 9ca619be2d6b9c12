/** The order of a training's findings: causes before their consequences. */

/** Each finding is a likelier cause than those after it. Unlisted codes come last. */
const CAUSES_FIRST: readonly string[] = ["NN605", "NN604", "NN601", "NN608", "NN602", "NN603", "NN606", "NN607", "NN611", "NN609", "NN610"];

/** Returns the findings with the likeliest cause first. Findings with the same code keep their order. */
export function causesFirst<F extends { readonly code: string | null }>(findings: readonly F[]): F[] {
  const rank = ({ code }: F): number => (code === null ? -1 : CAUSES_FIRST.indexOf(code) + 1 || CAUSES_FIRST.length + 1);
  return [...findings].sort((a, b) => rank(a) - rank(b));
}
