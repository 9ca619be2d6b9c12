/** The built `nn` command on the oldest Node that it supports, which `node20.ts` imitates, and on one that is too old. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { startProgram } from "../protocol/client.ts";
import { type Result, startNn } from "./run.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "backprop-older-"));
  for (const name of ["xor.nn", "iris.nn", "iris.csv", "gates.nn"]) cpSync(inProject("samples", name), join(folder, name));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NODE_20 = `--import ${pathToFileURL(inProject("test/terminal/node20.ts")).href}`;
const onNode20 = (...args: readonly string[]): Promise<Result> => startNn(folder, args, undefined, { NODE_OPTIONS: NODE_20 });

describe("nn on Node 20.18", () => {
  test("the imitation lacks what Node 20 lacks", () => {
    const script = "typeof Object.groupBy + typeof require('node:fs').globSync";
    expect(execFileSync(process.execPath, ["--print", script], { env: { ...process.env, NODE_OPTIONS: NODE_20 } }).toString()).toBe(
      "undefinedundefined\n",
    );
  });

  test.each([
    ["check", "iris.nn", "xor.nn"],
    ["summary", "iris.nn"],
    ["train", "iris.nn", "--epochs", "2", "--threads", "2", "--out", "run"],
    ["train", "iris.nn", "--resume", "run", "--epochs", "3", "--json"],
    ["predict", "iris.nn", "--weights", "run/weights.safetensors", "--data", "iris.csv"],
    ["gradients", "xor.nn"],
    ["gradcheck", "xor.nn"],
    ["test", "gates.nn"],
    ["format", "--check", "xor.nn"],
    ["explain", "NN501"],
  ])("nn %s %s succeeds", async (...args) => {
    const { code, err } = await onNode20(...args);
    expect(code, err).toBe(0);
  });

  test("the language server answers", async () => {
    const client = startProgram("nn", { NODE_OPTIONS: NODE_20 });
    try {
      await client.start({});
      await client.open(client.uriOf("a.nn"), "model M {\n  input 4\n  dens 3\n}\n");
      expect((await client.published(client.uriOf("a.nn"), 1)).map(({ code }) => code)).toEqual(["NN201"]);
    } finally {
      client.close();
    }
  });
});

test.each(["18.20.8", "20.17.0"])("on Node %s, nn says in one line which Node it needs", async (version) => {
  const asOld = `data:text/javascript,${encodeURIComponent(`Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } })`)}`;
  expect(await startNn(folder, ["check", "xor.nn"], undefined, { NODE_OPTIONS: `--import ${asOld}` })).toEqual({
    code: 1,
    out: "",
    err: `nn can't start on Node ${version}: it needs Node 20.18 or newer.\n`,
  });
});
