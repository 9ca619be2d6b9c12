/** The expected files in the package: an extra or missing file is noticed before publication. */

/** The files' paths. `*` matches one or more names determined by the code: hashes, codes, samples. */
const EXPECTED: readonly string[] = [
  "LICENSE.txt",
  "changelog.md",
  "dist/ThirdPartyNotices.txt",
  "dist/docs/NN*.md",
  "dist/docs/commands.md",
  "dist/docs/diagnostics.md",
  "dist/docs/reference.md",
  "dist/docs/words.md",
  "dist/extension.js",
  "dist/debugger.js",
  "dist/inspector.js",
  "dist/kernelThread.js",
  "dist/kernels-strict.wasm",
  "dist/kernels.wasm",
  "dist/nn.js",
  "dist/nn.tmLanguage.json",
  "dist/page.js",
  "dist/panel.css",
  "dist/panel.js",
  "dist/python/*",
  "dist/samples/*",
  "dist/server.js",
  "dist/shared-*.js",
  "dist/trainer.js",
  "docs/*.md",
  "docs/*.svg",
  "icon.png",
  "package.json",
  "readme.md",
  "syntaxes/*",
  "walkthrough/*",
];

const isLike = (path: string, pattern: string): boolean => {
  const [before = "", after] = pattern.split("*");
  return after === undefined
    ? path === pattern
    : path.startsWith(before) && path.endsWith(after) && path.length > before.length + after.length;
};

/** Returns a line for each unexpected file and each missing file in the package. */
export const fileFaults = (files: readonly string[]): string[] => [
  ...files.filter((path) => !EXPECTED.some((pattern) => isLike(path, pattern))).map((path) => `${path} should not be in the package.`),
  ...EXPECTED.filter((pattern) => !files.some((path) => isLike(path, pattern))).map((pattern) => `${pattern} is missing from the package.`),
];
