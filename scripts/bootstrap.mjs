/**
 * The first step of every npm script. It installs the project's packages (Node 24 among them) if they are missing or outdated, then runs
 * the script with that Node. It is plain JavaScript, since it must run on any Node from 20 with nothing installed.
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

/** Prints the message and exits. */
function fail(message) {
  console.error(`\n${message}`);
  process.exit(1);
}

if (Number(process.versions.node.split(".")[0]) < 20)
  fail(`This is Node ${process.versions.node}, which is too old to install the project; install Node 20 or newer.`);
install();
/** The script's file, in one of the folders of scripts/. */
const script = ["build", "run", "measure"].map((folder) => join(project, "scripts", folder, `${command}.ts`)).find(existsSync);
if (!script) fail(`There is no script ${command}.`);
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ""}` };
const result = spawnSync(node24, [script, ...rest], { cwd: project, stdio: "inherit", env });
process.exit(result.status ?? (result.signal === "SIGINT" ? 130 : 1));

/** Installs the packages once per state of the lock file. A change of only the project's version installs nothing. */
function install() {
  const text = readFileSync(join(project, "package-lock.json"), "utf8");
  const lock = createHash("sha256")
    .update(text.replaceAll(/("name": "backprop",\n\s*"version": )"[^"]*"/g, "$1"))
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
  if (done.status !== 0) fail("npm ci failed; its messages are above. Check that the npm registry is reachable.");
  if (!existsSync(node24)) {
    // The package `node` downloads its program in an install script, which npm may be configured to skip.
    spawnSync(npm, ["rebuild", "node"], { cwd: project, stdio: ["ignore", 2, 2], shell: process.platform === "win32" });
  }
  if (!existsSync(node24))
    fail("npm ci did not install Node 24: the package `node` needs its install script; run `npm rebuild node` and try again.");
  writeFileSync(stamp, lock);
}
