/** Small trainings with everything that a checkpoint must contain, and how `nn` is started for them. */
import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { inProject } from "../../scripts/project.ts";

/** Each training runs a few hundred epochs in about half a second. */
const TRAININGS: readonly (readonly [name: string, layers: string, training: string])[] = [
  [
    "adam",
    "  normalize\n  dense 12 relu l2=0.001\n  batch_norm\n  dropout 0.3\n  dense 1 sigmoid\n",
    "optimizer adam(learning_rate=one_cycle(0.05, steps=1500))\n  epochs 300",
  ],
  [
    "nadam",
    "  dense 16 tanh\n  dense 1 sigmoid\n",
    "optimizer nadam(learning_rate=0.002)\n  stop early_stopping(patience=400)\n  epochs 400",
  ],
  [
    "momentum",
    "  dense 8 relu\n  layer_norm\n  dense 1 sigmoid\n",
    "optimizer sgd(learning_rate=0.05, momentum=0.9, nesterov=true)\n  clip norm=1\n  epochs 400",
  ],
  ["ahead", "  dense 8 tanh\n  dense 1 sigmoid\n", "optimizer adam\n  batch 40\n  epochs 3000"],
];

const text = (name: string, layers: string, training: string): string =>
  `model M {\n  input x1, x2\n${layers}}\ndata D {\n  source csv("moons.csv")\n  target y\n${name === "ahead" ? "" : "  scale standard\n  split validation=0.2\n"}}\ntrain M on D {\n  loss binary_crossentropy\n  ${training}\n}\n`;

/** Returns 100 rows in two classes. */
function moons(): string {
  const rows = Array.from({ length: 100 }, (_, k) => {
    const angle = (Math.PI * k) / 50;
    const y = k % 2;
    return `${(Math.cos(angle) + y).toFixed(4)},${(Math.sin(angle) * (1 - 2 * y) + y / 2).toFixed(4)},${y}`;
  });
  return `x1,x2,y\n${rows.join("\n")}\n`;
}

/** Writes the trainings and their data into the folder. Returns the trainings' names. */
export function writeTrainings(folder: string): string[] {
  writeFileSync(join(folder, "moons.csv"), moons());
  for (const [name, layers, training] of TRAININGS) writeFileSync(join(folder, `${name}.nn`), text(name, layers, training));
  return TRAININGS.map(([name]) => name);
}

/** Makes a program's clock run faster, so that a checkpoint is due every few milliseconds instead of every ten seconds. */
const fastClock = (times: number): string =>
  `data:text/javascript,const now = performance.now.bind(performance); performance.now = () => ${times} * now();`;

export interface Ended {
  /** undefined if the process was killed. */
  readonly code: number | undefined;
  readonly output: string;
}

export interface StartOptions {
  readonly onStart?: (child: ChildProcess) => void;
  /** The most blocks of 512 bytes that a file may have. */
  readonly blocks?: number;
  /** The command that runs `nn`, with its arguments. */
  readonly by?: readonly string[];
}

/** Runs the built `nn` with a fast clock. */
export function runFast(folder: string, args: readonly string[], { onStart, blocks, by = [] }: StartOptions = {}): Promise<Ended> {
  const nn = ["--import", fastClock(1000), inProject("dist/nn.js"), ...args];
  const limited = ["-c", `ulimit -f ${blocks}; exec "$0" "$@"`, process.execPath, ...nn];
  const [command = process.execPath, ...rest] = [...by, ...(blocks === undefined ? [process.execPath, ...nn] : ["sh", ...limited])];
  return new Promise((done, fail) => {
    const child = spawn(command, rest, {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1", npm_lifecycle_event: "" },
    });
    child.on("error", fail);
    let output = "";
    const take = (part: Buffer): void => {
      output += part.toString();
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.on("close", (code) => done({ code: code ?? undefined, output }));
    onStart?.(child);
  });
}
