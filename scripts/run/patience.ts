/**
 * How long tests wait before they call something hung, in milliseconds. No outcome may depend on the machine's speed, so a limit
 * is far above what a machine under heavy load needs: a step that takes 2 s on a quiet machine took 40 s at ten times the load.
 */
const MINUTE = 60_000;

export const PATIENCE = {
  /** Until one event: an element is there, a server answers, a finding appears. */
  event: 3 * MINUTE,
  /** Until a test, or what several tests share, is done. */
  test: 30 * MINUTE,
  /** Until one of the tests that take minutes on a quiet machine is done. */
  long: 120 * MINUTE,
  /** Until the suite in the extension host is done. */
  suite: 25 * MINUTE,
} as const;
