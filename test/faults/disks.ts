/** Disks that are full or can't be written to. Messages name what failed, no half-written file remains, and the weights are saved somewhere. */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseSafetensors } from "../../engine/files/safetensors.ts";
import { inFolder, type Report, traceIn } from "./report.ts";
import { type Ended, runFast, writeTrainings } from "./trainings.ts";

const isRoot = process.getuid?.() === 0;
/** The superuser can write anywhere. Without these capabilities, file permissions apply to it, too. */
const AS_ANYONE = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"];

/** Mounts a small disk. Returns whether that is allowed here. */
function mount(folder: string, options: string): boolean {
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
const unmount = (folder: string): void => void execFileSync("umount", [folder], { stdio: "ignore" });

/** The largest disk. Every training fits on it. */
const MOST_KB = 4096;

/** Trains onto disks of growing size: some are full at once, some during the training, the largest never. */
export async function fillDisks(count: number): Promise<Report> {
  return await inFolder(async (folder) => {
    const names = writeTrainings(folder);
    const failures: string[] = [];
    let kind = "small disks";
    let full = 0;
    for (let k = 0; k < count; k++) {
      const name = names[k % names.length] ?? "";
      const out = join(folder, `disk-${k}`);
      const kilobytes = 4 * Math.round((MOST_KB / 4) ** (k / Math.max(1, count - 1)));
      const isMounted = mount(out, `size=${kilobytes}k`);
      if (!isMounted) kind = "file-size limits";
      const args = ["train", `${name}.nn`, "--out", out];
      const ended = await runFast(folder, args, isMounted ? {} : { blocks: 2 * kilobytes });
      if (ended.code !== 0) full++;
      failures.push(...faultsOf(`${name} on ${isMounted ? "a disk of" : "files of at most"} ${kilobytes} kB`, folder, out, ended));
      if (isMounted) unmount(out);
    }
    return { line: `${count} trainings on ${kind}, ${full} of them too small`, failures };
  });
}

/** Trains into a folder without write permission, and resumes in a folder that lost it. */
export async function trainReadOnly(): Promise<Report> {
  return await inFolder(async (folder) => {
    chmodSync(folder, 0o755);
    const [name = ""] = writeTrainings(folder);
    const failures: string[] = [];
    const by = isRoot ? AS_ANYONE : [];
    const trained = await runFast(folder, ["train", `${name}.nn`, "--out", "trained"]);
    if (trained.code !== 0) failures.push(`The training failed:\n${trained.output}`);
    const before = contentsOf(join(folder, "trained"));
    for (const path of [folder, join(folder, "trained")]) chmodSync(path, 0o555);
    const tries = [
      ["train", `${name}.nn`, "--out", "new"],
      ["train", `${name}.nn`, "--out", "trained"],
      ["train", `${name}.nn`, "--resume", "trained", "--epochs", "9999"],
    ];
    for (const args of tries) {
      const { code, output } = await runFast(folder, args, { by });
      if (code !== 2 || !/^\S+ can't be written: permission is denied; [^\n]*\.\n$/.test(output))
        failures.push(`nn ${args.join(" ")} in a read-only folder: code ${code}\n${output}`);
    }
    for (const path of [folder, join(folder, "trained")]) chmodSync(path, 0o755);
    if (contentsOf(join(folder, "trained")) !== before) failures.push("A read-only folder changed.");
    return { line: `${tries.length} trainings in read-only folders`, failures };
  });
}

const contentsOf = (folder: string): string =>
  readdirSync(folder)
    .map((name) => `${name} ${readFileSync(join(folder, name), "latin1")}`)
    .join("\n");

/** Returns what is wrong after a training on a disk that may have been full. */
function faultsOf(what: string, folder: string, out: string, { code, output }: Ended): string[] {
  const failures = traceIn(what, output);
  const files = readdirSync(out);
  for (const file of files) {
    if (file.endsWith(".part") || file.endsWith(".lock")) failures.push(`${what}: ${file} is left`);
    if (file.endsWith(".safetensors")) failures.push(...unreadable(what, join(out, file)));
    if (file === "history.jsonl" && !/^$|\n$/.test(readFileSync(join(out, file), "utf8")))
      failures.push(`${what}: ${file} ends in half a line`);
  }
  const saved = /^Saved to [^\n]*?: (.*?\.(?:json|jsonl|safetensors))\./m.exec(output)?.[1]?.split(", ") ?? [];
  for (const file of saved) if (!existsSync(join(out, file))) failures.push(`${what}: ${file} is said to be saved, but is missing`);
  const elsewhere = /The weights are saved as (\S+) instead\./.exec(output)?.[1];
  if (elsewhere) {
    failures.push(...unreadable(what, elsewhere));
    rmSync(elsewhere, { force: true });
  }
  const hasTrained = /^epoch /m.test(output);
  if (hasTrained && !elsewhere && !saved.includes("weights.safetensors")) failures.push(`${what}: the weights are lost\n${output}`);
  if (code !== 0 && !/(?:no space is left|would be larger than)/.test(output))
    failures.push(`${what}: code ${code} without the reason\n${output}`);
  if (code === 0 && saved.length !== 4) failures.push(`${what}: code 0, but only ${saved.join(", ")} saved`);
  for (const file of readdirSync(folder)) if (file.endsWith(".part")) failures.push(`${what}: ${file} is left in the working folder`);
  return failures;
}

function unreadable(what: string, path: string): string[] {
  try {
    parseSafetensors(new Uint8Array(readFileSync(path)));
    return [];
  } catch (error) {
    return [`${what}: ${path} is damaged: ${String(error)}`];
  }
}
