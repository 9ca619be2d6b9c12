/** The compiled module over its shared memory, and the allocation of that memory. */
import { type Compiled, instantiate, type PagedMemory } from "../host.ts";

export interface CompiledModule {
  /** Returns the exported function with this name; throws if there is none. */
  readonly call: (name: string) => Compiled;
  /** Allocates `bytes` bytes and returns their offset. Memory is never freed. */
  readonly take: (bytes: number) => number;
  readonly buffer: () => ArrayBufferLike;
}

const PAGE = 65_536;
/** The number of bytes past an array's end that vectors may read and write. */
const SLACK = 64;

export async function moduleOver(memory: PagedMemory, bytes: Uint8Array): Promise<CompiledModule> {
  const functions = await instantiate(bytes, memory);
  // The first page contains the module's own data.
  let used = PAGE;
  return {
    call(name) {
      const found = functions[name];
      if (!found) throw new Error(`The compiled kernels have no ${name}.`);
      return found;
    },
    take(size) {
      const start = used;
      used = start + Math.ceil((size + SLACK) / SLACK) * SLACK;
      const missing = used + PAGE - memory.buffer.byteLength;
      if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
      return start;
    },
    buffer: () => memory.buffer,
  };
}

/** Returns a function that returns the offset of scratch memory for `numbers` float32. All its calls share the memory. */
export function scratchMemory(take: CompiledModule["take"]): (numbers: number) => number {
  let size = 0;
  let place = 0;
  return (numbers) => {
    if (4 * numbers > size) {
      size = 4 * numbers;
      place = take(size);
    }
    return place;
  };
}
