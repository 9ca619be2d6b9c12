/**
 * npm run test:editors: tests the README's recipes in Neovim and Emacs, and written derivations in LaTeX. Missing programs are installed
 * from Debian's packages if possible. Otherwise the reason is printed and the program's tests are skipped.
 */
import { bundle } from "../build/bundle.ts";
import { main, run, say, tool } from "../project.ts";

interface Editor {
  readonly name: string;
  /** A command that succeeds if the editor is installed. */
  readonly probe: readonly [program: string, ...args: string[]];
  readonly packages: readonly string[];
}
const EDITORS: readonly Editor[] = [
  { name: "Neovim", probe: ["nvim", "--version"], packages: ["neovim"] },
  { name: "Emacs with eglot", probe: ["emacs", "--batch", "--eval", "(require 'eglot)"], packages: ["emacs-nox", "elpa-eglot"] },
  { name: "LaTeX", probe: ["pdflatex", "--version"], packages: ["texlive-latex-base"] },
];

await main(async () => {
  for (const editor of EDITORS) {
    if (await isThere(editor)) continue;
    const problem = await install(editor.packages);
    if (problem || !(await isThere(editor)))
      say(
        `The tests of ${editor.name} are skipped: ${editor.packages.join(" and ")} could not be installed.${problem ? `\n${problem}` : ""}`,
      );
  }
  await bundle();
  const { code } = await run(process.execPath, [tool("vitest"), "run", "--config", "vitest.otherEditors.config.ts"], {
    stdio: "inherit",
    env: { ...process.env, BACKPROP_BUILT: "1" },
  });
  process.exitCode = code;
});

async function isThere({ probe: [program, ...args] }: Editor): Promise<boolean> {
  const { code } = await run(program, args).catch(() => ({ code: 1 }));
  return code === 0;
}

/** Installs Debian's packages, which needs root or sudo. Returns the output of the failed command; undefined if none failed. */
async function install(packages: readonly string[]): Promise<string | undefined> {
  say(`Installing ${packages.join(" and ")}…`);
  const prefix = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  for (const args of [
    ["apt-get", "update"],
    ["apt-get", "install", "-y", "--no-install-recommends", ...packages],
  ]) {
    const [program = "", ...rest] = [...prefix, ...args];
    const { code, output } = await run(program, rest, { env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } }).catch(
      (error: unknown) => ({ code: 1, output: String(error) }),
    );
    if (code !== 0) return `${args.join(" ")}:\n${output}`;
  }
  return undefined;
}
