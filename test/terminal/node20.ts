/**
 * Makes a newer Node like Node 20.18: `--import` of this file deletes the built-in functions that came later. The lists are the difference
 * of the globals and the modules' exports of Node 20.18.0 and 24.21.0, without what concerns only inspectors, test runners and TLS.
 */
import { createRequire, syncBuiltinESMExports } from "node:module";

const LATER_GLOBALS = `
  Array.fromAsync ArrayBuffer.prototype.detached ArrayBuffer.prototype.transfer ArrayBuffer.prototype.transferToFixedLength
  AsyncDisposableStack Atomics.pause DataView.prototype.getFloat16 DataView.prototype.setFloat16 DisposableStack Error.isError Float16Array
  Intl.DurationFormat Iterator JSON.isRawJSON JSON.rawJSON Map.groupBy Math.f16round Object.groupBy Promise.try
  Promise.withResolvers RegExp.escape Set.prototype.difference Set.prototype.intersection Set.prototype.isDisjointFrom
  Set.prototype.isSubsetOf Set.prototype.isSupersetOf Set.prototype.symmetricDifference Set.prototype.union SuppressedError URLPattern
  WebAssembly.promising WebAssembly.Suspending WebSocket navigator process.execve process.finalization process.ref process.threadCpuUsage
  process.unref`;

/** The methods of all iterators, which Node 20 has without helpers. */
const ITERATOR_HELPERS = "drop every filter find flatMap forEach map reduce some take toArray";

const LATER_EXPORTS: Readonly<Record<string, string>> = {
  crypto: "argon2 argon2Sync randomUUIDv7",
  fs: "glob globSync mkdtempDisposableSync Utf8Stream",
  "fs/promises": "glob mkdtempDisposable",
  module: "enableCompileCache findPackageJSON registerHooks stripTypeScriptTypes",
  url: "fileURLToPathBuffer URLPattern",
  util: "diff getCallSites getSystemErrorMessage setTraceSigInt",
  worker_threads: "isInternalThread locks markAsUncloneable postMessageToThread threadName",
  zlib: "createZstdCompress createZstdDecompress zstdCompress zstdCompressSync zstdDecompress zstdDecompressSync",
};

const words = (text: string): string[] => text.trim().split(/\s+/);

function remove(from: unknown, name: string): void {
  if (!Reflect.deleteProperty(Object(from), name)) throw new Error(`${name} can't be deleted.`);
}

for (const helper of words(ITERATOR_HELPERS)) remove(Object.getPrototypeOf(Object.getPrototypeOf([].values())), helper);
for (const path of words(LATER_GLOBALS)) {
  const parts = path.split(".");
  const last = parts.pop() ?? "";
  remove(
    parts.reduce<unknown>((owner, name) => Object(owner)[name], globalThis),
    last,
  );
}
const require = createRequire(import.meta.url);
for (const [module, names] of Object.entries(LATER_EXPORTS)) for (const name of words(names)) remove(require(`node:${module}`), name);
syncBuiltinESMExports();
