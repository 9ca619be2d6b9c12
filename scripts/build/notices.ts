/** Writes dist/ThirdPartyNotices.txt: the packages whose code is in the bundles, with their licences, and the origin of the sample data. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { inProject, ScriptError } from "../project.ts";

/** A package with code in a bundle. */
export interface Notice {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** The licence's text in the package. */
  readonly text: string;
}

/** AssemblyScript's compiler adds its runtime library to the compiled kernels, which are not an esbuild bundle. */
const IN_KERNELS = "node_modules/assemblyscript/";

/** `inputs` are the paths of all files in the bundles, relative to the project. */
export function writeNotices(inputs: readonly string[]): void {
  const parts = [
    "Backprop contains code of these packages.",
    ...[...Map.groupBy(noticesOf(inputs), ({ text }) => text)].map(([text, notices]) => `${notices.map(lineOf).join("\n")}\n\n${text}`),
    `The samples' data\n\n${sampleSources(readFileSync(inProject("samples/README.md"), "utf8"))}`,
  ];
  writeFileSync(inProject("dist/ThirdPartyNotices.txt"), `${parts.join(`\n\n${"-".repeat(80)}\n\n`)}\n`);
}

const lineOf = ({ name, version, license }: Notice): string => `${name} ${version} (${license})`;

/** Returns a notice per package, sorted by name. Throws if a package has no licence or no licence text. */
export function noticesOf(inputs: readonly string[]): Notice[] {
  const folders = new Set(
    [...inputs, IN_KERNELS].flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path.replaceAll("\\", "/")) ?? []),
  );
  return [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(inProject(folder, "package.json"), "utf8")) as Omit<Notice, "text">;
    const text = licenseIn(folder) ?? headersOf(inputs.filter((path) => path.includes(`${folder}/`)));
    if (!license || !text) throw new ScriptError(`The package ${name} in ${folder} has no licence or no file with its text.`);
    return { name, version, license, text };
  });
}

function licenseIn(folder: string): string | undefined {
  const file = readdirSync(inProject(folder)).find((name) => /^(licen[cs]e|copying)/i.test(name));
  return file === undefined ? undefined : readFileSync(inProject(folder, file), "utf8").trim();
}

/** Returns the licences in the headers of source files, for a package that has them nowhere else; undefined if there are none. */
function headersOf(paths: readonly string[]): string | undefined {
  const heads = paths.map((path) =>
    /^(?:\/\/[^\n]*\n)+/
      .exec(readFileSync(inProject(path), "utf8"))?.[0]
      .replaceAll(/^\/\/ ?/gm, "")
      .trim(),
  );
  const licences = new Set(heads.filter((head) => head !== undefined && /licen[cs]e|redistribution/i.test(head)));
  return licences.size === 0 ? undefined : [...licences].join("\n\n");
}

/** Returns the section about the data's origin from the samples' page. */
export function sampleSources(page: string): string {
  const [, section] = /^## Where the data come from\n+([\s\S]+)$/m.exec(page) ?? [];
  if (!section) throw new ScriptError("samples/README.md does not say where the data come from.");
  return section.trim();
}
