import { describe, expect, test } from "vitest";
import { fromPanel, toPanel } from "./messages.ts";
import { addEvent, newRun } from "./runState.ts";

const facts = { id: "1", file: "file:///a.nn", fileName: "a.nn", run: "A", model: "A", begun: 0, lines: {} };

describe("messages between host and panel", () => {
  test.each([
    [null],
    ["stop"],
    [{}],
    [{ kind: "eval", code: "1" }],
    [{ kind: "reveal" }],
    [{ kind: "reveal", at: "x".repeat(5000) }],
    [{ kind: "drawn", run: 3, epochs: 1 }],
  ])("the host refuses %j", (message) => {
    expect(fromPanel(message)).toBeUndefined();
  });

  test("the host takes ours and nothing that rides along", () => {
    expect(fromPanel({ kind: "stop", extra: 1 })).toEqual({ kind: "stop" });
    expect(fromPanel({ kind: "reveal", at: "layer:a" })).toEqual({ kind: "reveal", at: "layer:a" });
  });

  test("the panel refuses states and events that it could not draw", () => {
    const state = newRun(facts);
    expect(toPanel({ kind: "snapshot", state })).toEqual({ kind: "snapshot", state });
    expect(toPanel({ kind: "snapshot", state: { ...state, epochs: 3 } })).toBeUndefined();
    expect(toPanel({ kind: "events", run: "1", events: [{ kind: "toString" }] })).toBeUndefined();
  });

  test("a snapshot taken at any time and the events after it give the same state as all events", () => {
    const events = [
      { kind: "paused", epoch: 0 },
      { kind: "resumed", epoch: 0 },
      { kind: "stopped", epoch: 0, seconds: 1 },
    ] as const;
    const whole = newRun(facts);
    for (const event of events) addEvent(whole, event);
    for (let cut = 0; cut <= events.length; cut++) {
      const early = newRun(facts);
      for (const event of events.slice(0, cut)) addEvent(early, event);
      const copy = structuredClone(early);
      for (const event of events.slice(cut)) addEvent(copy, event);
      expect(copy).toEqual(whole);
    }
  });
});
