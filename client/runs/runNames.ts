/** Names of runs drawn together in one chart. */

interface NamedRun {
  readonly name: string;
  readonly seed: number | null;
  /** Milliseconds since 1970. */
  readonly begun: number;
}

/** Returns a name for each run. Runs of the same name are distinguished by their seeds, start times or numbers. */
export function distinctNames(runs: readonly NamedRun[]): string[] {
  const groups = Map.groupBy(runs.keys(), (k) => runs[k]?.name ?? "");
  const names = runs.map(({ name }) => name);
  for (const [name, group] of groups) {
    if (group.length === 1) continue;
    const marks = [...(group.every((k) => runs[k]?.seed !== null) ? [seedMark] : []), timeMark].map((mark) =>
      group.map((k) => mark(runs[k])),
    );
    const distinct = marks.find((all) => new Set(all).size === group.length) ?? group.map((_, i) => `${i + 1}`);
    for (const [i, k] of group.entries()) names[k] = `${name}, ${distinct[i]}`;
  }
  return names;
}

const seedMark = (run: NamedRun | undefined): string => `seed ${run?.seed}`;

const timeMark = (run: NamedRun | undefined): string => `${timeText(run?.begun ?? 0)}:${two(new Date(run?.begun ?? 0).getSeconds())}`;

const two = (value: number): string => String(value).padStart(2, "0");

/** Returns a run's start time for display, such as `2026-11-25 14:03`. */
export function timeText(milliseconds: number): string {
  const at = new Date(milliseconds);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clockText(milliseconds)}`;
}

/** Returns the time of day, such as `14:03`. */
export function clockText(milliseconds: number): string {
  const at = new Date(milliseconds);
  return `${two(at.getHours())}:${two(at.getMinutes())}`;
}
