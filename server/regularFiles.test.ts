/** Pipes, devices and sockets are rejected without opening them: opening one would hang the test. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { localFiles } from "../client/runs/runFiles.ts";
import { dataReader } from "./dataFiles.ts";
import { nodeFiles } from "./nodeFiles.ts";
import { openRegular, readRegular } from "./regularFiles.ts";
import { onDisk } from "./workspaceFiles.ts";

// Windows has neither these pipes nor these devices as files.
describe.skipIf(process.platform === "win32")("a path that is not a file", () => {
  let folder: string;
  let server: Server;
  const at = (name: string): string => join(folder, name);
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "backprop-regular-"));
    execFileSync("mkfifo", [at("pipe.csv"), at("pipe.nn")]);
    symlinkSync(at("pipe.csv"), at("link.csv"));
    symlinkSync("/dev/zero", at("zero.csv"));
    writeFileSync(at("file.csv"), "a,b\n1,2\n");
    server = createServer();
    await new Promise<void>((done) => server.listen(at("socket.csv"), done));
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([
    ["pipe.csv", "a named pipe"],
    ["link.csv", "a named pipe"],
    ["zero.csv", "a device"],
    ["socket.csv", "a socket"],
  ])("%s is refused as %s", async (name, kind) => {
    await expect(openRegular(at(name))).rejects.toThrow(kind);
    await expect(readRegular(at(name))).rejects.toMatchObject({ code: "NOT_REGULAR" });
  });

  test("a file is read; a folder and a missing file have the system's errors", async () => {
    expect((await readRegular(at("file.csv"))).toString()).toBe("a,b\n1,2\n");
    await expect(readRegular(folder)).rejects.toMatchObject({ code: "EISDIR" });
    await expect(readRegular(at("nowhere"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  test.each(["pipe.csv", "link.csv", "socket.csv"])("the checker reports %s as a source and goes on", async (name) => {
    const root = pathToFileURL(folder).href;
    const { issues } = await dataReader(nodeFiles).analyse(`data D {\n  source csv("${name}")\n  target b\n}\n`, {
      uri: `${root}/a.nn`,
      roots: [root],
    });
    expect(issues.map(({ code, message }) => [code, message])).toEqual([["NN406", expect.stringMatching(/not a file/)]]);
  });

  test("the search for names in the workspace does not open a pipe", async () => {
    const root = pathToFileURL(folder).href;
    expect(await onDisk.find([root])).toEqual([]);
    await expect(onDisk.text(`${root}/pipe.nn`, [root])).rejects.toMatchObject({ code: "NOT_REGULAR" });
  });

  test("a stored run whose files are pipes counts as unreadable", async () => {
    mkdirSync(at("runs/one"), { recursive: true });
    execFileSync(
      "mkfifo",
      ["run.json", "epochs.bin"].map((name) => at(`runs/one/${name}`)),
    );
    const files = localFiles(at("runs"));
    expect(await files.read("one", "run.json")).toBeUndefined();
    expect(await files.stretch("one", 10, 1, 5, 100)).toBeUndefined();
  });
});
