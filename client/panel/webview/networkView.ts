/** The network as a graph: its layers with shapes and parameters; of a small one every unit and weight. */
import { Graph, layout } from "@dagrejs/dagre";
import type { LayerFacts, TrainingEventOf } from "../../../engine/events.ts";
import { layerKey } from "../../../engine/plan.ts";
import { grouped, short } from "../../format.ts";
import { lastEpoch, type RunState } from "../../runs/runState.ts";
import { choice, element, setText, slider, svg, tick } from "./dom.ts";
import type { Actions, View } from "./model.ts";
import { background, colour, css, mix, negative, positive, rgb, signed } from "./theme.ts";

type Snapshot = TrainingEventOf<"snapshot">;
type Paint = "activation" | "gradient";

/** More connections are a tangle. */
const MOST_CONNECTIONS = 200;
const [NODE_WIDTH, NODE_HEIGHT] = [168, 58];
const MOST_WIDTH = 1100;

export function networkView(actions: Actions): View {
  let paint: Paint = "gradient";
  let isWhole = false;
  let chosen: number | null = null;
  let run = "";
  const paints = choice("Colour", (value) => {
    paint = value as Paint;
    actions.redraw();
  });
  const units = tick("Each unit and weight", (isOn) => {
    isWhole = !isOn;
    actions.redraw();
  });
  const scrub = slider("Epoch", { min: 0, max: 1, step: 1 }, (value) => {
    chosen = value;
    actions.redraw();
  });
  const picture = element("div", "graph");
  const told = element("p", "told");
  const note = element("p", "note");
  let drawn = "";

  return {
    element: element("div", "tab", element("div", "controls", paints.element, units.element, scrub.element), picture, told, note),
    draw({ state }, _memory, isNew) {
      if (!state?.started) return;
      if (run !== state.facts.id) {
        run = state.facts.id;
        chosen = null;
      }
      const { layers } = state.started;
      const { snapshots } = state;
      const newest = snapshots.length - 1;
      const at = chosen === null || chosen >= newest ? newest : chosen;
      const snapshot = snapshots[at];
      const isSmall = canShowUnits(layers, snapshot);
      units.element.hidden = !isSmall;
      units.set(!isWhole);
      scrub.element.hidden = snapshots.length < 2;
      if (snapshot) scrub.set(at, newest, `${grouped(snapshot.epoch)}${at === newest ? ", the newest" : ""}`);
      paints.set(
        [
          { value: "gradient", label: "By gradient" },
          { value: "activation", label: "By activation" },
        ],
        paint,
      );
      const showsUnits = isSmall && !isWhole && snapshot !== undefined;
      const key = [state.facts.id, snapshot?.epoch, paint, showsUnits, snapshot ? "" : lastEpoch(state)?.epoch].join(" ");
      if (key === drawn && !isNew) return;
      drawn = key;
      const tell = (text: string): void => setText(told, text);
      picture.replaceChildren(
        showsUnits ? unitGraph(layers, snapshot, paint, tell, actions) : layerGraph(state, snapshot, paint, tell, actions),
      );
      setText(note, noteOf(state, snapshot, paint, showsUnits));
    },
  };
}

function canShowUnits(layers: readonly LayerFacts[], snapshot: Snapshot | undefined): boolean {
  if (!snapshot || layers.some(({ inputs }) => inputs.length > 1)) return false;
  const connections = snapshot.parameters
    .filter(({ name }) => name === "kernel")
    .map(({ values }) => values?.length ?? Number.POSITIVE_INFINITY);
  return connections.length > 0 && connections.reduce((sum, count) => sum + count, 0) <= MOST_CONNECTIONS;
}

function noteOf(state: RunState, snapshot: Snapshot | undefined, paint: Paint, showsUnits: boolean): string {
  if (!snapshot) {
    const last = lastEpoch(state);
    return last
      ? `Coloured by the gradient's norm of epoch ${grouped(last.epoch)}. Activations were not recorded: that happens only while this panel is visible.`
      : "There is no whole epoch yet.";
  }
  const where = `epoch ${grouped(snapshot.epoch)}, its last mini-batch (${grouped(snapshot.rows)} rows)`;
  if (!showsUnits)
    return paint === "gradient"
      ? `Coloured by ‖gradient‖ of the layer's weights in ${where}: the deeper, the larger, by its logarithm.`
      : `Coloured by the root mean square of what the layer gives in ${where}: the deeper, the larger.`;
  const circles =
    paint === "gradient" ? "circles by the bias's gradient" : "circles by the unit's mean over the rows, a layer by its own largest";
  return `Lines are weights, as thick as they are large: orange above 0, blue below; ${circles}. From ${where}.`;
}

function laidOut(layers: readonly LayerFacts[], rankdir: "LR" | "TB"): Graph {
  const graph = new Graph();
  graph.setGraph({ rankdir, nodesep: 24, ranksep: rankdir === "LR" ? 48 : 30, marginx: 8, marginy: 8 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id } of layers) graph.setNode(id, { width: NODE_WIDTH, height: NODE_HEIGHT });
  for (const { id, inputs } of layers) for (const input of inputs) graph.setEdge(input, id);
  layout(graph);
  return graph;
}

/** Layers as boxes, laid out by dagre. */
function layerGraph(
  state: RunState,
  snapshot: Snapshot | undefined,
  paint: Paint,
  tell: (text: string) => void,
  actions: Actions,
): SVGElement {
  const layers = state.started?.layers ?? [];
  // From left to right where that is no wider than a usual panel, else downwards.
  const across = laidOut(layers, "LR");
  const graph = (across.graph().width ?? 0) <= MOST_WIDTH ? across : laidOut(layers, "TB");
  const { width = 0, height = 0 } = graph.graph();
  const values = new Map(layers.map(({ id }) => [id, paintValue(state, snapshot, paint, id)]));
  const sizes = [...values.values()].filter((value): value is number => value !== null && value > 0);
  const [low, high] = [Math.log10(Math.min(...sizes)), Math.log10(Math.max(...sizes))];
  const shade = (value: number | null): number => {
    if (value === null || !(value > 0)) return 0;
    return high - low < 1e-9 ? 0.6 : 0.15 + 0.75 * ((Math.log10(value) - low) / (high - low));
  };
  const stroke = colour("--vscode-descriptionForeground");
  const root = svg("svg", {
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: "img",
    "aria-label": `The network's ${layers.length} layers`,
  });
  root.append(
    svg(
      "defs",
      {},
      svg(
        "marker",
        { id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" },
        svg("path", { d: "M0 0L8 4L0 8z", fill: stroke }),
      ),
    ),
  );
  for (const edge of graph.edges()) {
    const points: { x: number; y: number }[] = graph.edge(edge).points ?? [];
    root.append(
      svg("path", {
        d: points.map(({ x, y }, k) => `${k === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join(""),
        fill: "none",
        stroke,
        "marker-end": "url(#arrow)",
      }),
    );
  }
  const bright = rgb(colour("--vscode-charts-blue"));
  for (const layer of layers) {
    const { x, y } = graph.node(layer.id);
    const value = values.get(layer.id) ?? null;
    const box = svg("rect", {
      x: -NODE_WIDTH / 2,
      y: -NODE_HEIGHT / 2,
      width: NODE_WIDTH,
      height: NODE_HEIGHT,
      rx: 6,
      stroke,
      fill: css(mix(background(), bright, shade(value) * 0.7)),
    });
    const text = (words: string, dy: number, className: string): SVGElement =>
      svg("text", { x: 0, y: dy, "text-anchor": "middle", class: className }, words);
    const node = svg(
      "g",
      { transform: `translate(${x} ${y})`, tabindex: 0, role: "button", class: "node", "aria-label": `${layer.id}: show its line` },
      box,
      text(layer.id, -10, "strong"),
      text(`${layer.kind}${layer.parameters > 0 ? ` · ${grouped(layer.parameters)}` : ""}`, 6, ""),
      text(layer.shape.join(" × "), 21, "faint"),
    );
    const words = `${layer.id}: ${layer.kind}, gives ${layer.shape.join(" × ")}, ${grouped(layer.parameters)} parameters${value === null ? "" : `, ${paint === "gradient" ? "gradient" : "activation"} ${short(value)}`}`;
    node.addEventListener("pointerenter", () => tell(words));
    node.addEventListener("focus", () => tell(words));
    node.addEventListener("click", () => actions.reveal(layerKey(layer.id)));
    node.addEventListener("keydown", ({ key }) => key === "Enter" && actions.reveal(layerKey(layer.id)));
    root.append(node);
  }
  return root;
}

function paintValue(state: RunState, snapshot: Snapshot | undefined, paint: Paint, id: string): number | null {
  if (paint === "activation") {
    const own = snapshot?.outputs.find(({ layer }) => layer === id)?.values;
    return own ? own.norm / Math.sqrt(Math.max(1, own.count)) : null;
  }
  if (!snapshot) return lastEpoch(state)?.layers.find(({ layer }) => layer === id)?.gradient.norm ?? null;
  const own = snapshot.parameters.filter(({ layer, gradient }) => layer === id && gradient);
  return own.length > 0 ? Math.hypot(...own.map(({ gradient }) => gradient?.norm ?? 0)) : null;
}

/** Units as circles in columns, weights as lines: what TensorFlow Playground shows. */
function unitGraph(
  layers: readonly LayerFacts[],
  snapshot: Snapshot,
  paint: Paint,
  tell: (text: string) => void,
  actions: Actions,
): SVGElement {
  const widths = layers.map(({ shape }) => shape.reduce((product, axis) => product * axis, 1));
  const most = Math.max(...widths);
  const [gap, step] = [Math.max(24, Math.min(44, 420 / most)), 190];
  const width = step * (layers.length - 1) + 120;
  const height = gap * most + 52;
  const radius = Math.min(12, gap * 0.38);
  const at = (layer: number, unit: number): { x: number; y: number } => ({
    x: 60 + step * layer,
    y: 40 + (height - 52) / 2 + (unit - ((widths[layer] ?? 1) - 1) / 2) * gap,
  });
  const root = svg("svg", {
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: "img",
    "aria-label": `The network's units and weights after epoch ${snapshot.epoch}`,
  });
  const kernels = snapshot.parameters.filter(({ name }) => name === "kernel");
  const largest = Math.max(...kernels.flatMap(({ values }) => values?.map(Math.abs) ?? []), 1e-12);
  layers.forEach((layer, k) => {
    const own = kernels.find((one) => one.layer === layer.id);
    const below = layers.findIndex(({ id }) => id === layer.inputs[0]);
    if (below < 0) return;
    const units = widths[k] ?? 0;
    for (let i = 0; i < (widths[below] ?? 0); i++) {
      for (let j = 0; j < units; j++) {
        // Without weights each unit goes on to its own.
        if (!own && i !== j) continue;
        const weight = own ? (own.values?.[i * units + j] ?? 0) : 0;
        const [from, to] = [at(below, i), at(k, j)];
        const size = Math.sqrt(Math.abs(weight) / largest);
        const path = svg("path", {
          d: `M${from.x + radius} ${from.y}C${(from.x + to.x) / 2} ${from.y} ${(from.x + to.x) / 2} ${to.y} ${to.x - radius} ${to.y}`,
          fill: "none",
          stroke: own
            ? css(mix(background(), weight < 0 ? negative() : positive(), 0.35 + 0.65 * size))
            : colour("--vscode-descriptionForeground"),
          "stroke-width": own ? 0.6 + 5 * size : 1,
          class: "weight",
        });
        if (own) {
          const gradient = own.gradients?.[i * units + j];
          const words = `${layers[below]?.id} unit ${i + 1} → ${layer.id} unit ${j + 1}: weight ${short(weight)}${gradient === undefined ? "" : `, gradient ${short(gradient)}`}`;
          path.addEventListener("pointerenter", () => tell(words));
        }
        root.append(path);
      }
    }
  });
  layers.forEach((layer, k) => {
    const means = snapshot.outputs.find((one) => one.layer === layer.id)?.means;
    const bias = snapshot.parameters.find((one) => one.layer === layer.id && one.name === "bias");
    const shades = paint === "gradient" ? bias?.gradients : means;
    const own = Math.max(...(shades?.map(Math.abs) ?? []), 1e-12);
    const heading = svg(
      "text",
      { x: at(k, 0).x, y: 16, "text-anchor": "middle", class: "strong node", tabindex: 0, role: "button" },
      layer.id,
    );
    heading.addEventListener("click", () => actions.reveal(layerKey(layer.id)));
    heading.addEventListener("keydown", ({ key }) => key === "Enter" && actions.reveal(layerKey(layer.id)));
    root.append(heading, svg("text", { x: at(k, 0).x, y: 30, "text-anchor": "middle", class: "faint" }, layer.kind));
    for (let unit = 0; unit < (widths[k] ?? 0); unit++) {
      const { x, y } = at(k, unit);
      const value = shades?.[unit];
      const circle = svg("circle", {
        cx: x,
        cy: y,
        r: radius,
        stroke: colour("--vscode-foreground"),
        "stroke-width": 1,
        fill: css(value === undefined ? background() : signed(value / own)),
      });
      const words = [
        `${layer.id} unit ${unit + 1}`,
        ...(means ? [`mean ${short(means[unit] ?? 0)} over the batch`] : []),
        ...(bias?.values ? [`bias ${short(bias.values[unit] ?? 0)}`] : []),
        ...(bias?.gradients ? [`its gradient ${short(bias.gradients[unit] ?? 0)}`] : []),
      ].join(", ");
      circle.addEventListener("pointerenter", () => tell(words));
      root.append(circle);
    }
  });
  return root;
}
