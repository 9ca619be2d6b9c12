/**
 * npm run lock: writes package-lock.json anew, without the address of any registry, so that it serves whoever installs
 * from wherever. (npm's own omit-lockfile-registry-resolved forgets optional packages of other platforms.)
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const done = spawnSync("npm", ["install", "--package-lock-only", "--omit-lockfile-registry-resolved=false", "--no-audit"], {
  stdio: "inherit",
});
if (done.status !== 0) process.exit(done.status ?? 1);
const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
for (const entry of Object.values(lock.packages)) delete entry.resolved;
writeFileSync("package-lock.json", `${JSON.stringify(lock, null, 2)}\n`);
