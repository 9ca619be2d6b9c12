/** Types and event handling shared by both drawings of a network. */
import type { LayerFacts, TrainingEventOf } from "../../../engine/events.ts";
import type { LitLayer, UnitPlanes } from "../../../engine/inspect/views.ts";
import { layerKey } from "../../../engine/plan.ts";
import type { RunState } from "../../runs/runState.ts";
import type { Theme } from "./theme.ts";

export type Snapshot = TrainingEventOf<"snapshot">;
/** The meaning of the colours: activations or gradients of a mini-batch, the outputs for the asked row, or each unit over the plane of two inputs. */
export type Paint = "activation" | "gradient" | "row" | "plane";

export interface GraphFacts {
  readonly state: RunState;
  readonly layers: readonly LayerFacts[];
  readonly paint: Paint;
  /** The layers' outputs for the asked row; empty without one. */
  readonly lit: readonly LitLayer[];
  /** The units' outputs over the plane of two inputs; null if there are none. */
  readonly planes: UnitPlanes | null;
  readonly theme: Theme;
  /** The maximum width of the picture in pixels. */
  readonly width: number;
  /** The desired height in pixels; null for as much as it needs. */
  readonly height: number | null;
  /** The id of the outlined layer. */
  readonly marked?: string | null;
}

export interface GraphActions {
  /** Shows a description of the element under the pointer. */
  readonly describe: (text: string) => void;
  readonly reveal: (at: string) => void;
}

/** Makes a click and the Enter key reveal the layer's line. */
export function revealOnClick(shape: SVGElement, id: string, { reveal }: GraphActions): void {
  shape.addEventListener("click", () => reveal(layerKey(id)));
  shape.addEventListener("keydown", ({ key }) => key === "Enter" && reveal(layerKey(id)));
}
