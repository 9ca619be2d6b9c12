/** The theme's colours, as they are now. */

const PALETTE = [
  "--vscode-charts-blue",
  "--vscode-charts-orange",
  "--vscode-charts-green",
  "--vscode-charts-purple",
  "--vscode-charts-red",
  "--vscode-charts-yellow",
] as const;

export function colour(variable: string): string {
  return getComputedStyle(document.body).getPropertyValue(variable).trim() || "gray";
}

/** For the k-th line of a chart; beyond the palette the lines are dashed. */
export const lineColour = (k: number): string => colour(PALETTE[k % PALETTE.length] ?? PALETTE[0]);
export const lineDash = (k: number): number[] => (k < PALETTE.length ? [] : k < 2 * PALETTE.length ? [6, 3] : [2, 3]);
