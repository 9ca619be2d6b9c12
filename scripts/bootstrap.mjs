/**
 * The first step of every npm script: runs on any Node from 20, with nothing installed. Installs the project's packages
 * where they are missing or old (a Node 24 among them), then hands over to that Node. Plain JavaScript for that reason.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const project = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const bin = join(project, "node_modules", ".bin");
const node24 = join(project, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");
const [command = "build", ...rest] = process.argv.slice(2);

/** Stops with what to do. */
function fail(message) {
  console.error(`\n${message}`);
  process.exit(1);
}

if (Number(process.versions.node.split(".")[0]) < 20)
  fail(`This is Node ${process.versions.node}; Node 20 or newer is needed to install the rest.`);
install();
/** The rooms of scripts/ by what they do. */
const script = ["build", "run", "measure"].map((room) => join(project, "scripts", room, `${command}.ts`)).find(existsSync);
if (!script) fail(`There is no script ${command}.`);
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ""}` };
const result = spawnSync(node24, [script, ...rest], { cwd: project, stdio: "inherit", env });
process.exit(result.status ?? (result.signal === "SIGINT" ? 130 : 1));

/** Once for each state of the lock file. */
function install() {
  const lock = createHash("sha256")
    .update(readFileSync(join(project, "package-lock.json")))
    .digest("hex");
  const stamp = join(project, "node_modules", ".installed");
  if (existsSync(node24) && existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  console.error("Installing the project's packages (npm ci)…");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const done = spawnSync(npm, ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: project,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (done.error) fail(`npm could not be started (${done.error.message}); install npm, which comes with Node, and try again.`);
  if (done.status !== 0) fail("npm ci failed; its messages are above. It needs the npm registry to be reachable.");
  if (!existsSync(node24)) {
    // Where install scripts are switched off, the package `node` has not fetched its program yet.
    spawnSync(npm, ["rebuild", "node"], { cwd: project, stdio: ["ignore", 2, 2], shell: process.platform === "win32" });
  }
  if (!existsSync(node24))
    fail("Node 24 did not arrive with npm ci: the package `node` needs its install script; run `npm rebuild node` and try again.");
  writeFileSync(stamp, lock);
}
