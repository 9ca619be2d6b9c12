/**
 * The time limits of tests, in milliseconds. Only a hang may reach them: no outcome may depend on the machine's speed. So they are far
 * above what a heavily loaded machine needs: a step that takes 2 s on an idle machine took 40 s at ten times the load.
 */
const MINUTE = 60_000;

export const PATIENCE = {
  /** One event: an element appears, a server answers, a finding is reported. */
  event: 3 * MINUTE,
  /** One test, or a set-up that several tests share. */
  test: 30 * MINUTE,
  /** One of the long tests, which take minutes on an idle machine. */
  long: 120 * MINUTE,
  /** What runs in one editor: the suite in VS Code's extension host, a script in Neovim or Emacs. */
  suite: 25 * MINUTE,
} as const;
