/** Draws a network's layers as boxes with their shapes and parameter counts. dagre computes the layout. */
import { Graph, layout } from "@dagrejs/dagre";
import type { LayerFacts } from "../../../engine/events.ts";
import { coordinateText, countText, numberText } from "../../../engine/numberText.ts";
import { lastEpoch } from "../../runs/runState.ts";
import { svg } from "../dom.ts";
import type { TableData } from "./dataTable.ts";
import { type GraphActions, type GraphFacts, revealOnClick, type Snapshot } from "./graph.ts";
import { css, mix, type Theme } from "./theme.ts";

const [NODE_WIDTH, NODE_HEIGHT] = [168, 56];
/** The number of letters that fit into a box in a wide font. */
const MOST_LETTERS = 22;
/** The pixels between a layer and the next one, by layout direction. */
const RANK_GAP = { LR: 40, TB: 28 } as const;
/** The length and the width of an arrowhead, in pixels. */
const HEAD = 7;

export function layerGraph(facts: GraphFacts, snapshot: Snapshot | undefined, actions: GraphActions): SVGElement {
  const { layers, paint, theme, width: available, marked } = facts;
  // Left to right if that fits, otherwise top to bottom. A deep network is not laid out twice, since that is slow.
  const across = depthOf(layers) * (NODE_WIDTH + RANK_GAP.LR) <= available + RANK_GAP.LR ? laidOut(layers, "LR") : undefined;
  const graph = across && (across.graph().width ?? 0) <= available ? across : laidOut(layers, "TB");
  const { width = 0, height = 0 } = graph.graph();
  const values = new Map(layers.map(({ id }) => [id, paintValue(facts, snapshot, id)]));
  const shade = shadeBy([...values.values()]);
  const root = svg("svg", {
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: "group",
    "aria-label": `The network's ${layers.length} layers`,
  });
  for (const edge of graph.edges()) {
    // dagre places a point in each gap between layers and one beside each layer that the edge passes.
    const points: readonly Place[] = graph.edge(edge).points ?? [];
    const passed = points.slice(1, -1).filter((_, k) => k % 2 === 1);
    root.append(arrow([graph.node(edge.v), ...passed, graph.node(edge.w)], graph === across ? "LR" : "TB", theme));
  }
  for (const layer of layers) {
    const { x, y } = graph.node(layer.id);
    const value = values.get(layer.id) ?? null;
    const node = layerNode(layer, { x, y }, css(mix(theme.rgb.background, theme.rgb.blue, shade(value) * 0.7)), theme);
    if (layer.id === marked) node.classList.add("marked");
    const words = `${layer.id}: ${layer.kind}, output ${layer.shape.join(" × ")}, ${countText(layer.parameters)} parameters${value === null ? "" : `, ${paint} ${numberText(value)}`}`;
    node.addEventListener("pointerenter", () => actions.describe(words));
    node.addEventListener("focus", () => actions.describe(words));
    revealOnClick(node, layer.id, actions);
    root.append(node);
  }
  return root;
}

/** Returns the number of layers on the longest path. */
function depthOf(layers: readonly LayerFacts[]): number {
  const depths = new Map<string, number>();
  for (const { id, inputs } of layers) depths.set(id, 1 + Math.max(0, ...inputs.map((input) => depths.get(input) ?? 0)));
  return Math.max(0, ...depths.values());
}

function laidOut(layers: readonly LayerFacts[], rankdir: "LR" | "TB"): Graph {
  const graph = new Graph();
  graph.setGraph({ rankdir, nodesep: 24, ranksep: RANK_GAP[rankdir], marginx: 8, marginy: 8 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id } of layers) graph.setNode(id, { width: NODE_WIDTH, height: NODE_HEIGHT });
  for (const { id, inputs } of layers) for (const input of inputs) graph.setEdge(input, id);
  layout(graph);
  return graph;
}

/** Returns a function from a value to its colour strength, 0 to 0.9, on a logarithmic scale over all values. */
function shadeBy(values: readonly (number | null)[]): (value: number | null) => number {
  const sizes = values.filter((value): value is number => value !== null && value > 0);
  const [low, high] = [Math.log10(Math.min(...sizes)), Math.log10(Math.max(...sizes))];
  return (value) => {
    if (value === null || !(value > 0)) return 0;
    return high - low < 1e-9 ? 0.6 : 0.15 + 0.75 * ((Math.log10(value) - low) / (high - low));
  };
}

interface Place {
  readonly x: number;
  readonly y: number;
}

/**
 * Draws an edge from the first box to the last one, past the places between. It leaves and enters at the middle of a side, and crosses each gap
 * between layers in a curve that begins and ends in the layout's direction.
 */
function arrow(places: readonly Place[], rankdir: keyof typeof RANK_GAP, { colours }: Theme): SVGElement {
  const half = (rankdir === "LR" ? NODE_WIDTH : NODE_HEIGHT) / 2;
  const turned = (x: number, y: number): readonly [number, number] => (rankdir === "LR" ? [x, y] : [y, x]);
  const at = (along: number, across: number): string => turned(along, across).map(coordinateText).join(" ");
  const centres = places.map(({ x, y }) => turned(x, y));
  const curves = centres.slice(1).map(([along, across], k) => {
    const [before, line] = centres[k] ?? [along, across];
    // The curve ends where an arrowhead begins.
    const [start, end] = [before + half, along - half - HEAD];
    const middle = (start + end) / 2;
    return `${k === 0 ? "M" : "L"}${at(start, line)}C${at(middle, line)} ${at(middle, across)} ${at(end, across)}`;
  });
  const [along, across] = centres.at(-1) ?? [0, 0];
  const [base, tip] = [along - half - HEAD, along - half];
  const head = `M${at(base, across - HEAD / 2)}L${at(tip, across)}L${at(base, across + HEAD / 2)}z`;
  return svg(
    "g",
    { class: "edge" },
    svg("path", { d: curves.join(""), fill: "none", stroke: colours.faint }),
    svg("path", { d: head, fill: colours.faint }),
  );
}

function layerNode(layer: LayerFacts, { x, y }: Place, fill: string, { colours }: Theme): SVGElement {
  const kind = kindText(layer);
  const shape = layer.shape.join(" × ");
  const box = svg("rect", {
    x: -NODE_WIDTH / 2,
    y: -NODE_HEIGHT / 2,
    width: NODE_WIDTH,
    height: NODE_HEIGHT,
    rx: 6,
    stroke: colours.faint,
    fill,
  });
  const text = (words: string, dy: number, className: string): SVGElement =>
    svg("text", { x: 0, y: dy, "text-anchor": "middle", class: className }, words);
  return svg(
    "g",
    {
      transform: `translate(${x} ${y})`,
      tabindex: 0,
      role: "button",
      class: "node",
      // The name is the text inside.
      "aria-description": "shows its line",
    },
    box,
    text(layer.id, -10, "strong"),
    text(kind, 6, ""),
    text(shape, 21, "faint"),
  );
}

/** Returns the layer's kind with its number of parameters. The word "parameters" is left out if the box has no room for it. */
function kindText({ kind, parameters }: LayerFacts): string {
  if (parameters === 0) return kind;
  const short = `${kind} · ${countText(parameters)}`;
  const long = `${short} ${parameters === 1 ? "parameter" : "parameters"}`;
  return long.length <= MOST_LETTERS ? long : short;
}

/** Returns the layers with the values behind their colours. */
export function layerTable(facts: Pick<GraphFacts, "state" | "paint" | "lit">, snapshot: Snapshot | undefined): TableData {
  const { state, paint } = facts;
  const title = paint === "gradient" ? "‖gradient‖" : "root mean square of the output";
  return {
    caption: "Layers",
    columns: ["layer", "kind", "inputs", "output", "parameters", title],
    rows: (state.started?.layers ?? []).map(({ id, kind, inputs, shape, parameters }) => {
      const value = paintValue(facts, snapshot, id);
      return [id, kind, inputs.join(", "), shape.join(" × "), countText(parameters), value === null ? "–" : numberText(value)];
    }),
  };
}

function paintValue(
  { state, paint, lit }: Pick<GraphFacts, "state" | "paint" | "lit">,
  snapshot: Snapshot | undefined,
  id: string,
): number | null {
  if (paint === "row") {
    const values = lit.find(({ layer }) => layer === id)?.values;
    return values ? Math.hypot(...values) / Math.sqrt(Math.max(1, values.length)) : null;
  }
  if (paint === "activation" || paint === "plane") {
    const own = snapshot?.outputs.find(({ layer }) => layer === id)?.values;
    return own ? own.norm / Math.sqrt(Math.max(1, own.count)) : null;
  }
  if (!snapshot) return lastEpoch(state)?.layers.find(({ layer }) => layer === id)?.gradient.norm ?? null;
  const own = snapshot.parameters.filter(({ layer, gradient }) => layer === id && gradient);
  return own.length > 0 ? Math.hypot(...own.map(({ gradient }) => gradient?.norm ?? 0)) : null;
}
