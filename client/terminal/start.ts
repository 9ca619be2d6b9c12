#!/usr/bin/env node
/**
 * The file that `nn` starts. It loads the command (`main.ts`), which is in a separate bundle, since an old Node may refuse to load that
 * bundle. If the command can't be loaded, the reason is one line, without the line of minified source that Node prints.
 */

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

try {
  // 20.18 is the first Node whose util.styleText respects NO_COLOR and pipes.
  if (major < 20 || (major === 20 && minor < 18)) throw new Error("it needs Node 20.18 or newer");
  await import("./main.ts");
} catch (error) {
  process.stderr.write(`nn can't start on Node ${process.versions.node}: ${error instanceof Error ? error.message : String(error)}.\n`);
  process.exitCode = 1;
}
