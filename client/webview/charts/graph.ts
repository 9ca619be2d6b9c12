/** What both pictures of a network share: what is drawn, and what a click and the pointer do. */
import type { LayerFacts, TrainingEventOf } from "../../../engine/events.ts";
import { layerKey } from "../../../engine/plan.ts";
import type { RunState } from "../../runs/runState.ts";
import type { Theme } from "./theme.ts";

export type Snapshot = TrainingEventOf<"snapshot">;
export type Paint = "activation" | "gradient";

export interface GraphFacts {
  readonly state: RunState;
  readonly layers: readonly LayerFacts[];
  readonly paint: Paint;
  readonly theme: Theme;
}

export interface GraphActions {
  /** Says what the pointer is on. */
  readonly tell: (text: string) => void;
  readonly reveal: (at: string) => void;
}

/** Lets a click and the Enter key show the layer's line. */
export function revealing(shape: SVGElement, id: string, { reveal }: GraphActions): void {
  shape.addEventListener("click", () => reveal(layerKey(id)));
  shape.addEventListener("keydown", ({ key }) => key === "Enter" && reveal(layerKey(id)));
}
