import { describe, expect, test } from "vitest";
import { deltaOf, HEAD, type Layout, MOST_ROWS, packedTable, rowLength } from "../runs/history.ts";
import { addEpochDelta, addEpochs, addEvent, newRun, type RunEvent, type RunState } from "../runs/runState.ts";
import { fromPanel, toPanel } from "./messages.ts";

const facts = { id: "1", file: "file:///a.nn", fileName: "a.nn", run: "A", model: "A", begun: 0, seed: 42, lines: {} };
const layout: Layout = { metrics: [], layers: [] };
/** Rows of epochs [from, to], whose loss falls to its least in the middle of a thousand. */
function rows(from: number, to: number): Float64Array {
  const width = rowLength(layout);
  const made = new Float64Array(width * (to - from + 1)).fill(Number.NaN);
  for (let epoch = from; epoch <= to; epoch++) {
    made[(epoch - from) * width] = epoch;
    made[(epoch - from) * width + 1] = Math.abs((epoch % 1000) - 500) + 1 / epoch;
  }
  return made;
}

describe("messages between host and panel", () => {
  test.each([
    [null],
    ["stop"],
    [{}],
    [{ kind: "eval", code: "1" }],
    [{ kind: "reveal" }],
    [{ kind: "reveal", at: "x".repeat(5000) }],
    [{ kind: "drawn", run: 3, epochs: 1 }],
    [{ kind: "ready", run: null }],
    [{ kind: "ready", compared: [1] }],
    [{ kind: "again", how: "rm" }],
    [{ kind: "ask", question: { kind: "tensor", layer: 1, name: "kernel" } }],
    [{ kind: "compare", runs: Array(1000).fill("a") }],
    [{ kind: "stretch", from: 5, to: 1 }],
    [{ kind: "exportPicture", name: "a", format: "html", base64: "" }],
    [{ kind: "exportPicture", name: "a", format: "png", base64: "<script>" }],
  ])("the host refuses %j", (message) => {
    expect(fromPanel(message)).toBeUndefined();
  });

  test("the host takes ours and nothing that rides along", () => {
    expect(fromPanel({ kind: "stop", extra: 1 })).toEqual({ kind: "stop" });
    expect(fromPanel({ kind: "reveal", at: "layer:a" })).toEqual({ kind: "reveal", at: "layer:a" });
    expect(fromPanel({ kind: "ask", question: { kind: "walk", file: "/etc/passwd" } })).toEqual({
      kind: "ask",
      question: { kind: "walk" },
    });
  });

  test("the panel refuses states and events that it could not draw", () => {
    const state = newRun(facts);
    expect(toPanel({ kind: "snapshot", state, isLatest: true })).toEqual({ kind: "snapshot", state, isLatest: true });
    expect(toPanel({ kind: "snapshot", state: { ...state, history: [] }, isLatest: true })).toBeUndefined();
    expect(toPanel({ kind: "events", run: "1", epochs: null, events: [{ kind: "toString" }] })).toBeUndefined();
    const odd = { layout, rows: new Float64Array(7), stride: 1, seen: 1, best: null };
    expect(toPanel({ kind: "events", run: "1", epochs: odd, events: [] })).toBeUndefined();
    expect(toPanel({ kind: "answer", run: "1", answer: { kind: "walk", walk: null } })).toBeUndefined();
  });

  test("a run of many layers travels in few arrays: the editor carries 255 in a message, and loses the others", () => {
    const deep: Layout = { metrics: [], layers: Array.from({ length: 60 }, (_, k) => `dense_${k}`) };
    const state = newRun(facts);
    addEpochs(state, deep, new Float64Array(3 * rowLength(deep)).fill(1));
    const message = { kind: "snapshot", state: { ...state, history: state.history && packedTable(state.history) }, isLatest: true };
    let arrays = 0;
    JSON.stringify(message, (_key, value) => {
      if (ArrayBuffer.isView(value)) arrays++;
      return ArrayBuffer.isView(value) ? null : value;
    });
    expect(arrays).toBe(2);
    expect(toPanel(message)).toEqual(message);
  });

  test("a snapshot taken at any time and the messages after it give the same state as all of them", () => {
    const parts: { rows: Float64Array; events: RunEvent[] }[] = [
      { rows: rows(1, 700), events: [{ kind: "paused", epoch: 700 }] },
      { rows: rows(701, 2048), events: [{ kind: "resumed", epoch: 700 }] },
      { rows: rows(2049, 2050), events: [] },
      { rows: rows(2051, 9999), events: [{ kind: "stopped", epoch: 9999, seconds: 1 }] },
    ];
    const add = (state: RunState, own: RunState | undefined, part: (typeof parts)[number]): void => {
      addEpochs(state, layout, part.rows);
      for (const event of part.events) addEvent(state, event);
      if (!own || !state.history) return;
      addEpochDelta(own, structuredClone(deltaOf(state.history, part.rows)));
      for (const event of part.events) addEvent(own, event);
    };
    const packed = (state: RunState) => ({ ...state, history: state.history && packedTable(state.history) });
    for (let cut = 0; cut <= parts.length; cut++) {
      const host = newRun(facts);
      for (const part of parts.slice(0, cut)) add(host, undefined, part);
      const panel = structuredClone(host);
      for (const part of parts.slice(cut)) add(host, panel, part);
      expect(packed(panel)).toEqual(packed(host));
      expect(host.history?.rows).toBeLessThanOrEqual(MOST_ROWS);
      // 9,999 rows with one in 8: the first, and 8, 16, …, 9992.
      expect([host.history?.stride, host.history?.rows, host.history?.seen]).toEqual([8, 1250, 9999]);
      expect(host.history?.best?.epoch).toBe(9500);
      expect(host.history?.last?.[HEAD.indexOf("epoch")]).toBe(9999);
    }
  });
});
