/** The timeline's player, with the timestamps that a browser passes to animation frames. */
import { afterEach, expect, test, vi } from "vitest";
import type { PanelMemory } from "../messages/panelMemory.ts";
import type { RunState } from "../runs/runState.ts";
import { type Model, noAnswers } from "./model.ts";
import { createPlayer } from "./player.ts";

afterEach(() => void vi.unstubAllGlobals());

test("a frame that began before the click shows the epoch from which it plays; the next ones move on", () => {
  let frame: (now: number) => void = () => undefined;
  vi.stubGlobal("requestAnimationFrame", (next: typeof frame) => (frame = next));
  vi.stubGlobal("performance", { now: () => 1000 });
  const state = { history: { last: [50] }, end: null } as unknown as RunState;
  const model = { state, answers: noAnswers(), isPlaying: false } as unknown as Model;
  const memory = { speed: "10" } as PanelMemory;
  const { play } = createPlayer(
    model,
    () => memory,
    () => undefined,
  );
  play(true);
  frame(990);
  expect(model.answers.cursor).toBe(0);
  frame(1300);
  expect(model.answers.cursor).toBe(3);
});
