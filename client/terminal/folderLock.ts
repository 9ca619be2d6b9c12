/**
 * Prevents two trainings from sharing a folder. Each training creates a file named after its process, then looks for the files of others.
 * If two start at the same time, at least one sees the other. The lock of an ended process is void, even if a new process has its number,
 * since the file name also has the start time.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { codeOf } from "../runs/fileProblems.ts";

/** The folder is in use by another training. `message` names its process. */
export class FolderInUse extends Error {}

interface Holder {
  readonly pid: number;
  /** Distinguishes a process from a later one with the same number; empty if the system does not report start times. */
  readonly started: string;
  readonly host: string;
}

/** The name of a lock: process, start time, machine. */
const LOCK = /^training-([1-9]\d{0,9})-(\w*)-([\w.-]*)\.lock$/;
const lockName = ({ pid, started, host }: Holder): string => `training-${pid}-${started}-${host}.lock`;
export const isLock = (name: string): boolean => LOCK.test(name);

/** Returns the holders of the folder's locks. */
function holdersIn(folder: string): Holder[] {
  return readdirSync(folder).flatMap((name) => {
    const [, pid, started, host] = LOCK.exec(name) ?? [];
    return pid === undefined || started === undefined || host === undefined ? [] : [{ pid: Number(pid), started, host }];
  });
}

/**
 * Locks the folder for this process. Returns the function that releases it. Throws `FolderInUse` if another training runs in the folder,
 * and an error of the file system if the folder can't be written to.
 */
export function lockFolder(folder: string): () => void {
  const own: Holder = {
    pid: process.pid,
    started: startOf(process.pid),
    host: hostname()
      .replace(/[^\w.-]/g, "_")
      .slice(0, 100),
  };
  const path = join(folder, lockName(own));
  writeFileSync(path, "", { flag: "a" });
  for (const other of holdersIn(folder)) {
    if (lockName(other) === lockName(own)) continue;
    if (isRunning(other, own.host)) {
      rmSync(path, { force: true });
      throw new FolderInUse(inUse(other, own.host));
    }
    rmSync(join(folder, lockName(other)), { force: true });
  }
  return () => rmSync(path, { force: true });
}

function inUse(other: Holder, host: string): string {
  if (other.host === host) return `another training (process ${other.pid}) writes to it; wait for its end, or choose another folder`;
  return `another training (process ${other.pid} on ${other.host}) writes to it; if that one is over, delete ${lockName(other)} in it`;
}

/** Whether the holder's process is still running. Processes on another machine can't be checked, so they count as running. */
function isRunning({ pid, started, host }: Holder, here: string): boolean {
  if (host !== here) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM means that the process exists, but may not be signalled.
    if (codeOf(error) !== "EPERM") return false;
  }
  const now = startOf(pid);
  return now === "" || now === started;
}

/** Returns the process's start time as letters and digits; an empty text if the system does not report it. */
function startOf(pid: number): string {
  try {
    if (process.platform === "linux") {
      // The second field, the command's name in brackets, may contain spaces. The state follows it; the start time is the 20th field after it.
      const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (fields[0] === "Z") return "ended";
      return `${fields[19]}_${readFileSync("/proc/sys/kernel/random/boot_id", "latin1").slice(0, 8)}`;
    }
    if (process.platform === "win32") return "";
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "latin1" }).replace(/\W/g, "");
  } catch {
    return "";
  }
}
