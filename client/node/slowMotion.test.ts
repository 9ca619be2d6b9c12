/** The pace of a training in slow motion, with a fake clock and timers. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { slowMotion } from "./slowMotion.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** Counts the epochs of an endless training. */
function training() {
  const slow = slowMotion(() => Date.now());
  let epochs = 0;
  const run = async (): Promise<void> => {
    for (;;) {
      await slow.turn();
      epochs++;
    }
  };
  return { slow, begin: () => void run(), epochs: () => epochs };
}

test("ten epochs a second, then one, then one at each click", async () => {
  const { slow, begin, epochs } = training();
  expect(slow.isSlow()).toBe(false);
  slow.set("10");
  expect(slow.isSlow()).toBe(true);
  begin();
  await vi.advanceTimersByTimeAsync(999);
  expect(epochs()).toBe(10);
  slow.set("1");
  await vi.advanceTimersByTimeAsync(0);
  const before = epochs();
  await vi.advanceTimersByTimeAsync(3000);
  expect(epochs() - before).toBe(3);
  slow.set("step");
  await vi.advanceTimersByTimeAsync(0);
  const still = epochs();
  await vi.advanceTimersByTimeAsync(5000);
  expect(epochs()).toBe(still);
  slow.step();
  await vi.advanceTimersByTimeAsync(5000);
  expect(epochs()).toBe(still + 1);
});
