/** The compiled module over shared memory of its own, and the memory that is handed out of it. */
import { type Compiled, instantiate, type PagedMemory } from "../host.ts";

export interface CompiledModule {
  /** Returns an exported function; throws if the module has none of that name. */
  readonly call: (name: string) => Compiled;
  /** Takes so many bytes of the memory and returns where they begin. They are never given back. */
  readonly take: (bytes: number) => number;
  readonly buffer: () => ArrayBufferLike;
}

const PAGE = 65_536;
/** Vectors may be read and written this many bytes past an array's end. */
const SLACK = 64;

export async function moduleOver(memory: PagedMemory, bytes: Uint8Array): Promise<CompiledModule> {
  const functions = await instantiate(bytes, memory);
  // The first page is the module's own.
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

/** Returns a function that finds room for so many float32. The room is shared by all its calls and holds nothing from one to the next. */
export function scratch(take: CompiledModule["take"]): (numbers: number) => number {
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
