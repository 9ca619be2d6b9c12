/**
 * The README's recipes for Neovim and Emacs, tried in these editors: a finding and its quick fix, hover, completion, rename, formatting, a
 * training and the debugger. `npm run test:editors` installs the editors where it can. A test without its editor is skipped.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { inProject, run } from "../../scripts/project.ts";
import { PATIENCE } from "../../scripts/run/patience.ts";

const WRITTEN = `model M {
  input 4
  dense 8 rleu
  dense   3   softmax
}
data D {
  source csv("iris.csv")
  target species
}
train M on D {
  loss sparse_categorical_crossentropy
  epochs 2
}
`;
/** The text after the quick fix, the rename and the formatting. */
const REPAIRED = `model Net {
  input 4
  dense 8 relu
  dense 3 softmax
}

data D {
  source csv("iris.csv")
  target species
}

train Net on D {
  loss   sparse_categorical_crossentropy
  epochs 2
}
`;

/** Returns the first line that a command prints; undefined if the program is missing or fails. */
const firstLine = (program: string, args: readonly string[]): string | undefined => {
  const { status, stdout } = spawnSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return status === 0 ? stdout.split("\n")[0] : undefined;
};
const neovim = firstLine("nvim", ["--version"]);
const emacs = firstLine("emacs", ["--batch", "--eval", "(progn (require 'eglot) (princ emacs-version))"]);
const [, minor = "0"] = /v0\.(\d+)/.exec(neovim ?? "") ?? [];
const isNewNeovim = Number(minor) >= 11;

const readme = readFileSync(inProject("README.md"), "utf8");

/** Returns the README's code block in the language that contains the part. */
function recipe(language: string, part: string): string {
  const blocks = [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, "gm"))].map(([, code = ""]) => code);
  const found = blocks.find((code) => code.includes(part));
  if (found === undefined) throw new Error(`The README has no ${language} block with ${part}.`);
  return found;
}

const part = (name: string): string => inProject("test", "otherEditors", name);

interface Found {
  readonly problem?: string;
  readonly codes: readonly string[];
  readonly fixed: string;
  readonly hover: { readonly kind: string; readonly value: string };
  readonly completion: readonly string[];
  readonly takesSnippets?: boolean;
  readonly snippets: number;
  readonly text: string;
  readonly left: readonly string[];
  readonly messages: readonly string[];
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "backprop-editors-"));
  cpSync(inProject("samples", "iris.csv"), join(folder, "iris.csv"));
  writeFileSync(join(folder, "a.nn"), WRITTEN);
  // `npm link` makes this command.
  writeFileSync(join(folder, "nn"), `#!/bin/sh\nexec "${process.execPath}" "${inProject("dist", "nn.js")}" "$@"\n`);
  chmodSync(join(folder, "nn"), 0o755);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the editor in the folder. It is killed if it hangs. Returns what its script wrote. */
async function use<Answers = Found>(editor: string, args: readonly string[]): Promise<Answers> {
  const out = join(folder, "out.json");
  const { output } = await run(editor, args, {
    cwd: folder,
    timeout: PATIENCE.suite,
    killSignal: "SIGKILL",
    env: {
      ...process.env,
      PATH: `${folder}${delimiter}${process.env["PATH"]}`,
      HOME: folder,
      XDG_CONFIG_HOME: folder,
      XDG_STATE_HOME: folder,
      FILE: join(folder, "a.nn"),
      OUT: out,
      LIMIT: String(PATIENCE.event),
    },
  });
  try {
    return JSON.parse(readFileSync(out, "utf8")) as Answers;
  } catch {
    throw new Error(`${editor} wrote no answers:\n${output}`);
  }
}

function expectRepaired({ problem, codes, fixed, completion, text, left, messages }: Found): void {
  expect(problem).toBeUndefined();
  expect(codes).toEqual(["NN202"]);
  expect(fixed).toBe("  dense 8 relu");
  expect(completion).toContain("relu");
  expect(`${text.trimEnd()}\n`).toBe(REPAIRED);
  expect(left).toEqual([]);
  expect(messages).toEqual([expect.stringContaining("nn train is done")]);
}

/** A copy of the plugin nvim-dap, which Debian has no package of. */
const nvimDap = process.env["NVIM_DAP"];
describe.skipIf(!neovim || !nvimDap)(`nvim-dap${nvimDap ? "" : " (skipped: set NVIM_DAP to a copy of the plugin)"}`, () => {
  test("steps down the layers and up, goes back, and answers", async () => {
    cpSync(inProject("samples", "xor.nn"), join(folder, "a.nn"));
    writeFileSync(
      join(folder, "init.lua"),
      `vim.opt.rtp:append(${JSON.stringify(nvimDap)})\n${recipe("lua", "vim.lsp.start_client")}\n${recipe("lua", "dap.adapters.nn")}`,
    );
    const script = ["--headless", "--clean", "-u", "init.lua", "a.nn", "-c", `luafile ${part("debug.lua")}`];
    expect(await use<object>("nvim", script)).toEqual({
      lines: [9, 4, 5, 6, 19, 6, 5, 20],
      gradient: "true",
      why: expect.stringMatching(/^hidden\.z\[0, 0\] = Σ input_1\[0\] · hidden\.kernel\[:, 0\] \+ hidden\.bias\[0\] = /),
      back: [5, 6, 19],
      stopped: 19,
      epoch: "3",
      name: "loss",
      reversed: 9,
    });
  });
});

describe.skipIf(!neovim)(`Neovim (${neovim ?? "skipped: the program nvim is missing"})`, () => {
  const useNeovim = async (lua: string): Promise<Found> => {
    writeFileSync(join(folder, "init.lua"), lua);
    return await use("nvim", ["--headless", "--clean", "-u", "init.lua", "a.nn", "-c", `luafile ${part("check.lua")}`]);
  };
  const expectMarkdown = ({ hover, snippets, takesSnippets }: Found): void => {
    expect(hover).toMatchObject({ kind: "markdown", value: expect.stringContaining("max(0, z)") });
    expect(hover.value).not.toContain("svg");
    if (!takesSnippets) expect(snippets).toBe(0);
  };

  test("with the recipe for versions before 0.11", async () => {
    const found = await useNeovim(recipe("lua", "vim.lsp.start_client"));
    expectRepaired(found);
    expectMarkdown(found);
  });

  test(`with the recipe for 0.11 and later${isNewNeovim ? "" : ", whose two new functions are emulated here"}`, async () => {
    const emulated = isNewNeovim ? "" : `dofile(${JSON.stringify(part("emulated.lua"))})\n`;
    const found = await useNeovim(emulated + recipe("lua", "vim.lsp.enable"));
    expectRepaired(found);
    expectMarkdown(found);
  });
});

describe.skipIf(!emacs)(`Emacs with eglot (${emacs ?? "skipped: the program emacs or its package eglot is missing"})`, () => {
  test("with the recipe", async () => {
    writeFileSync(join(folder, "init.el"), recipe("elisp", "eglot"));
    const found = await use("emacs", ["--batch", "-l", "init.el", "-l", part("check.el")]);
    expectRepaired(found);
    // Eglot asks for Markdown only where the package markdown-mode is installed.
    expect(found.hover).toMatchObject({ kind: "plaintext", value: expect.stringContaining("max(0, z)") });
    expect(found.snippets).toBe(0);
  });
});
