/**
 * npm run lock: rewrites package-lock.json without registry addresses, so that packages can be installed from any registry.
 * (npm's own omit-lockfile-registry-resolved drops optional packages of other platforms.)
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const done = spawnSync("npm", ["install", "--package-lock-only", "--omit-lockfile-registry-resolved=false", "--no-audit"], {
  stdio: "inherit",
  // On Windows npm is a script, so it needs a shell to start.
  shell: process.platform === "win32",
});
if (done.status !== 0) process.exit(done.status ?? 1);
const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
for (const entry of Object.values(lock.packages)) delete entry.resolved;
writeFileSync("package-lock.json", `${JSON.stringify(lock, null, 2)}\n`);
