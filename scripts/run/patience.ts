/**
 * The time limits of tests, in milliseconds. Only a hang may reach them, since no outcome may depend on the machine's speed. They are
 * therefore far above the needs of a heavily loaded machine: a step that takes 2 s on an idle machine took 40 s under ten times the load.
 */
const MINUTE = 60_000;

export const PATIENCE = {
  /** One attempt at an action that is repeated until it succeeds within `event`. */
  attempt: MINUTE / 2,
  /** One event: an element appears, a server answers, a finding is reported. */
  event: 3 * MINUTE,
  /** One test, or a set-up shared by several tests. */
  test: 30 * MINUTE,
  /** A long test, which takes minutes on an idle machine. */
  long: 120 * MINUTE,
  /** Everything in one editor: the suite in VS Code's extension host, a script in Neovim or Emacs. */
  suite: 25 * MINUTE,
} as const;
