/**
 * The panel's state. The editor saves it across reloads and while the panel is hidden or moved. An older version of the extension may have
 * written it.
 */
import * as v from "valibot";
import { runId } from "../runs/runSchemas.ts";
import { count, list, name, object, pace, read, share, text } from "./valueSchemas.ts";

const entries = {
  file: text,
  /** Whether the panel stays with the file. Otherwise it follows the active editor. */
  isPinned: v.boolean(),
  /** The shown run; null for the newest. */
  run: v.nullable(runId),
  tab: name,
  /** The pace of playback and training. */
  speed: pace,
  compared: list(runId, 100),
  smoothing: share,
  isLogarithmic: v.boolean(),
  /** The statistic in the Gradients view, under the name used in saved memories. */
  figure: name,
  parameter: text,
  stage: count,
  /** Whether the knobs are shown, and whether every edit of the file starts a training. An older memory lacks both. */
  showsKnobs: v.exactOptional(v.boolean(), false),
  trainsOnChange: v.exactOptional(v.boolean(), false),
};
export const panelMemory = object(entries);
export type PanelMemory = v.InferOutput<typeof panelMemory>;

/** The memory of a new page before the editor has saved one. */
export const pageMemory = object({ file: entries.file, isPinned: entries.isPinned, run: entries.run, speed: entries.speed });
export type PageMemory = v.InferOutput<typeof pageMemory>;

const FRESH: PanelMemory = {
  file: "",
  isPinned: false,
  run: null,
  tab: "overview",
  speed: "full",
  compared: [],
  smoothing: 0,
  isLogarithmic: false,
  figure: "norm",
  parameter: "",
  stage: 0,
  showsKnobs: false,
  trainsOnChange: false,
};

/** Returns the saved memory, or a new one for the page's file if the saved one doesn't fit the schema. */
export const memoryFrom = (page: unknown, saved: unknown): PanelMemory => read(panelMemory, saved) ?? { ...FRESH, ...pageMemoryFrom(page) };

const restored = v.object({
  file: entries.file,
  isPinned: v.fallback(entries.isPinned, false),
  run: v.fallback(entries.run, null),
  speed: v.fallback(entries.speed, "full"),
});

/** Returns what a restored panel showed; undefined if the saved memory names no file. */
export const pageMemoryFrom = (saved: unknown): PageMemory | undefined => read(restored, saved);
