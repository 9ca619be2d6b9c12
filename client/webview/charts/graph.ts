/** Types and event handling that both drawings of a network share. */
import type { LayerFacts, TrainingEventOf } from "../../../engine/events.ts";
import type { LitLayer, UnitPlanes } from "../../../engine/inspect/views.ts";
import { layerKey } from "../../../engine/plan.ts";
import type { RunState } from "../../runs/runState.ts";
import type { Theme } from "./theme.ts";

export type Snapshot = TrainingEventOf<"snapshot">;
/** What the colours show: activations or gradients of a mini-batch, the outputs for the asked row, or each unit over the plane of two inputs. */
export type Paint = "activation" | "gradient" | "row" | "plane";

export interface GraphFacts {
  readonly state: RunState;
  readonly layers: readonly LayerFacts[];
  readonly paint: Paint;
  /** The outputs of the layers for the asked row; none without one. */
  readonly lit: readonly LitLayer[];
  /** The outputs of the units over the plane of two inputs; null if there are none. */
  readonly planes: UnitPlanes | null;
  readonly theme: Theme;
  /** Width in pixels that the picture may have. */
  readonly width: number;
  /** Height in pixels that it should have; null for as much as it needs. */
  readonly height: number | null;
  /** The id of the layer that is outlined. */
  readonly marked?: string | null;
}

export interface GraphActions {
  /** Shows a description of the element under the pointer. */
  readonly describe: (text: string) => void;
  readonly reveal: (at: string) => void;
}

/** Makes a click and the Enter key show the layer's line. */
export function revealOnClick(shape: SVGElement, id: string, { reveal }: GraphActions): void {
  shape.addEventListener("click", () => reveal(layerKey(id)));
  shape.addEventListener("keydown", ({ key }) => key === "Enter" && reveal(layerKey(id)));
}
