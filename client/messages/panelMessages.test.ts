import { describe, expect, test } from "vitest";
import { realRuns } from "../../test/realRuns.ts";
import { deltaOf, HEAD, type Layout, MOST_ROWS, newTable, packedTable, rowLength } from "../runs/history.ts";
import { addEpochDelta, addEpochs, addEvent, newRun, type RunEvent, type RunState } from "../runs/runState.ts";
import { memoryFrom, pageMemoryFrom } from "./panelMemory.ts";
import { fromPanel, toPanel } from "./panelMessages.ts";

const facts = { id: "1", file: "file:///a.nn", fileName: "a.nn", run: "A", model: "A", begun: 0, seed: 42, lines: {} };
const layout: Layout = { metrics: [], layers: [] };
/** Returns rows of the epochs `from` to `to`. The loss is lowest in the middle of each thousand. */
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
    [{ kind: "ready", file: "a", run: null }],
    [{ kind: "ready", file: "a", compared: [1] }],
    [{ kind: "again", how: "rm" }],
    [{ kind: "ask", question: { kind: "tensor", layer: 1, name: "kernel" } }],
    [{ kind: "compare", runs: Array(1000).fill("a") }],
    [{ kind: "stretch", from: 5, to: 1 }],
    [{ kind: "exportPicture", name: "a", format: "html", base64: "" }],
    [{ kind: "exportPicture", name: "a", format: "png", base64: "<script>" }],
  ])("the host refuses %j", (message) => {
    expect(fromPanel(message)).toBeUndefined();
  });

  test("the host accepts its messages, and refuses ones with further fields", () => {
    expect(fromPanel({ kind: "stop" })).toEqual({ kind: "stop" });
    expect(fromPanel({ kind: "stop", extra: 1 })).toBeUndefined();
    expect(fromPanel({ kind: "reveal", at: "layer:a" })).toEqual({ kind: "reveal", at: "layer:a" });
    expect(
      fromPanel({ kind: "ask", question: { kind: "walk", weights: "current", rows: "batch", row: 0, file: "/etc/passwd" } }),
    ).toBeUndefined();
  });

  test("a picture of the largest size is accepted, and one a character longer is refused", () => {
    const picture = (length: number) => ({ kind: "exportPicture", name: "loss", format: "png", base64: "A".repeat(length) });
    expect(fromPanel(picture(20_000_000))).toEqual(picture(20_000_000));
    expect(fromPanel(picture(20_000_001))).toBeUndefined();
  });

  test("non-finite numbers arrive as NaN, since the editor sends messages to the panel as JSON", async () => {
    const { run } = await realRuns.diverged();
    const [snapshot] = run.snapshots;
    if (!snapshot) throw new Error("no snapshot");
    const broken = {
      ...snapshot,
      parameters: snapshot.parameters.map((one) => ({ ...one, values: [Number.NaN, 1, Number.POSITIVE_INFINITY] })),
    };
    const message = JSON.parse(JSON.stringify({ kind: "events", run: "r1", epochs: null, events: [broken] }));
    expect(toPanel(message)).toMatchObject({ events: [{ parameters: [{ values: [Number.NaN, 1, Number.NaN] }, {}] }] });
  });

  test("an older version's memory is discarded, except for its file", () => {
    const page = { file: "file:///a.nn", run: "r1" };
    const fresh = memoryFrom(page, undefined);
    expect(fresh).toMatchObject({ file: "file:///a.nn", run: "r1", tab: "overview", stage: 0 });
    expect(memoryFrom(page, { ...fresh, tab: "network" })).toEqual({ ...fresh, tab: "network" });
    expect(memoryFrom(page, { ...fresh, smoothing: 7 })).toEqual(fresh);
    expect(memoryFrom(page, { file: "file:///a.nn", tab: "network" })).toEqual(fresh);
    expect(memoryFrom(null, null)).toEqual({ ...fresh, file: "", run: null });
    // The host needs only the file to restore a panel.
    expect(pageMemoryFrom({ file: "file:///a.nn", run: 3, tab: 9 })).toEqual({
      file: "file:///a.nn",
      isPinned: false,
      run: null,
      speed: "full",
    });
    expect([pageMemoryFrom(undefined), pageMemoryFrom({ run: "r1" })]).toEqual([undefined, undefined]);
  });

  test("a check copies no numbers, and its cost is printed beside that of copying the message", () => {
    const wide: Layout = { metrics: ["accuracy"], layers: Array.from({ length: 12 }, (_, k) => `dense_${k}`) };
    const width = rowLength(wide);
    const state = newRun(facts);
    const epochs = Float64Array.from({ length: 100_000 * width }, (_, k) => (k % width === 0 ? 1 + k / width : 1 / (k + 1)));
    addEpochs(state, wide, epochs);
    if (!state.history) throw new Error("no epochs");
    const snapshot = { kind: "snapshot", state: { ...state, history: packedTable(state.history) }, isLatest: true };
    const progress = { kind: "progress", epoch: 9, batch: 99, samplesPerSecond: 1e6, secondsLeft: 3 };
    const second = Array.from({ length: 60 }, () => {
      const part = deltaOf(state.history ?? newTable(wide), epochs.slice(0, 300 * width));
      return {
        kind: "events",
        run: "1",
        epochs: part,
        events: [progress, { kind: "warning", code: "NN602", message: "slow", at: "train" }],
      };
    });
    /** Returns the duration of 20 calls, in milliseconds. */
    const time = (work: () => unknown): number => {
      work();
      const began = performance.now();
      for (let k = 0; k < 20; k++) work();
      return performance.now() - began;
    };
    const ratio = (messages: readonly object[]): string =>
      (time(() => messages.map(toPanel)) / time(() => messages.map((one) => structuredClone(one)))).toFixed(3);
    const share = (time(() => second.map(toPanel)) / (20 * 1000)) * 100;
    console.log(
      `check / structuredClone: a snapshot of 100,000 epochs ${ratio([snapshot])}, 60 messages of events ${ratio(second)}, ${share.toFixed(2)} % of a second`,
    );
    const checked = toPanel(snapshot);
    expect(checked?.kind === "snapshot" && checked.state?.history?.numbers).toBe(snapshot.state.history.numbers);
    for (const message of second) {
      const events = toPanel(message);
      expect(events?.kind === "events" && events.epochs?.rows).toBe(message.epochs.rows);
    }
  });

  test("the panel refuses states and events that it can't draw", () => {
    const state = newRun(facts);
    expect(toPanel({ kind: "snapshot", state, isLatest: true })).toEqual({ kind: "snapshot", state, isLatest: true });
    expect(toPanel({ kind: "snapshot", state: { ...state, history: [] }, isLatest: true })).toBeUndefined();
    expect(toPanel({ kind: "events", run: "1", epochs: null, events: [{ kind: "toString" }] })).toBeUndefined();
    const odd = { layout, rows: new Float64Array(7), stride: 1, seen: 1, best: null };
    expect(toPanel({ kind: "events", run: "1", epochs: odd, events: [] })).toBeUndefined();
    expect(toPanel({ kind: "answer", run: "1", answer: { kind: "walk", walk: null }, isFinal: true })).toBeUndefined();
  });

  test("a run of many layers is sent in few arrays, since the editor loses those beyond 255 in a message", () => {
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

  test("a snapshot at any time and the messages after it result in the same state as all messages", () => {
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
