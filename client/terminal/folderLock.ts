/**
 * Keeps two trainings out of one folder. Each training creates a file named after its process, then looks for others' files: of two that
 * begin at the same time, at least one sees the other. A process that is gone holds nothing, also if its number belongs to a new process
 * by now, since the name has its start time.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { codeOf } from "../runs/fileProblems.ts";

/** A folder in which another training runs. `message` says which process. */
export class FolderInUse extends Error {}

interface Holder {
  readonly pid: number;
  /** Tells a process from a later one with the same number; empty where the system does not say when a process started. */
  readonly started: string;
  readonly host: string;
}

/** The name of a lock: process, start time, machine. */
const LOCK = /^training-([1-9]\d{0,9})-(\w*)-([\w.-]*)\.lock$/;
const lockName = ({ pid, started, host }: Holder): string => `training-${pid}-${started}-${host}.lock`;
export const isLock = (name: string): boolean => LOCK.test(name);

/** Returns the holder of each lock in the folder. */
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

/** Whether the holder's process still runs. Nothing is known about processes of another machine, so they count as running. */
function isRunning({ pid, started, host }: Holder, here: string): boolean {
  if (host !== here) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Without permission to signal it, the process exists.
    if (codeOf(error) !== "EPERM") return false;
  }
  const now = startOf(pid);
  return now === "" || now === started;
}

/** Returns when the process started, as letters and digits, or an empty text if the system does not say. */
function startOf(pid: number): string {
  try {
    if (process.platform === "linux") {
      // The second field, the command's name in brackets, may contain spaces. After it come the state and, as the 20th, the start time.
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
