/** What the panel keeps while it is hidden, moved, or over a reload of the window. An older version of the extension may have written it. */
import * as v from "valibot";
import { runId } from "../runs/runSchemas.ts";
import { count, list, name, object, read, share, text } from "./valueSchemas.ts";

const entries = {
  file: text,
  /** A run of the history that is shown; null: the newest. */
  run: v.nullable(runId),
  tab: name,
  compared: list(runId, 100),
  smoothing: share,
  isLogarithmic: v.boolean(),
  figure: name,
  parameter: text,
  stage: count,
};
export const panelMemory = object(entries);
export type PanelMemory = v.InferOutput<typeof panelMemory>;

/** What the page begins with where the editor has kept nothing of it. */
export const pageMemory = object({ file: entries.file, run: entries.run });
export type PageMemory = v.InferOutput<typeof pageMemory>;

const FRESH: PanelMemory = {
  file: "",
  run: null,
  tab: "loss",
  compared: [],
  smoothing: 0,
  isLogarithmic: false,
  figure: "norm",
  parameter: "",
  stage: 0,
};

/** Returns what the editor has kept, or a fresh memory of the page's file where that doesn't fit. */
export const memoryFrom = (page: unknown, kept: unknown): PanelMemory => read(panelMemory, kept) ?? { ...FRESH, ...read(pageMemory, page) };

/** Returns which file and run a restored panel showed; undefined where no file is known. */
export const shownIn = (kept: unknown): PageMemory | undefined =>
  read(v.object({ file: entries.file, run: v.fallback(entries.run, null) }), kept);
