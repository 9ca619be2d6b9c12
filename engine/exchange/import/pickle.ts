/**
 * Reads the pickle of a PyTorch state dict without executing anything: a machine with a few opcodes and the three classes that such a file needs. Any
 * other class or opcode stops the reading with an error that names it.
 */
import { textFrom } from "../../host.ts";
import { ExchangeProblem } from "../problem.ts";

/** A storage: the memory of one or more tensors' numbers. */
export interface Storage {
  readonly kind: "storage";
  /** PyTorch's name of the storage type, such as FloatStorage. */
  readonly type: string;
  readonly key: string;
}

/** A tensor: a part of a storage. */
export interface PickledTensor {
  readonly kind: "tensor";
  readonly storage: Storage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

interface Global {
  readonly kind: "global";
  readonly name: string;
}

export type Pickled = null | boolean | number | string | Global | Storage | PickledTensor | PickledDict | Pickled[];
export type PickledDict = Map<Pickled, Pickled>;

const REBUILD = "torch._utils._rebuild_tensor_v2";
const PARAMETER = "torch._utils._rebuild_parameter";
const DICT = "collections.OrderedDict";
const isAllowed = (name: string): boolean => [REBUILD, PARAMETER, DICT].includes(name) || /^torch\.(storage\.)?\w+Storage$/.test(name);

const MOST_STEPS = 5_000_000;
const MARK = Symbol("mark");
type Slot = Pickled | typeof MARK;

/** Throws `ExchangeProblem` if the pickle is damaged or constructs anything but tensors. */
export function unpickled(bytes: Uint8Array): Pickled {
  return new Machine(bytes).run();
}

class Machine {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #stack: Slot[] = [];
  readonly #memo = new Map<number, Pickled>();
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  run(): Pickled {
    for (let steps = 0; steps < MOST_STEPS; steps++) {
      const code = String.fromCharCode(this.#u8());
      if (code === ".") return this.#pop();
      const run = OPCODES[code];
      if (!run)
        throw new ExchangeProblem(`its pickle has the opcode 0x${code.charCodeAt(0).toString(16)}, which a state dict does not need`);
      run.call(this);
    }
    throw new ExchangeProblem("its pickle is too long");
  }

  #u8(): number {
    return this.take(1)[0];
  }
  take(length: number): Uint8Array {
    if (length < 0 || this.#at + length > this.#bytes.length) throw new ExchangeProblem("its pickle is cut off");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
  int(size: 1 | 2 | 4): number {
    this.take(size);
    const at = this.#at - size;
    return size === 1 ? this.#view.getUint8(at) : size === 2 ? this.#view.getUint16(at, true) : this.#view.getInt32(at, true);
  }
  float(): number {
    this.take(8);
    return this.#view.getFloat64(this.#at - 8);
  }
  /** Returns a little-endian integer of any length. */
  long(): number {
    const bytes = this.take(this.int(1));
    let value = 0n;
    for (const [k, byte] of bytes.entries()) value |= BigInt(byte) << BigInt(8 * k);
    return Number(BigInt.asIntN(8 * Math.max(1, bytes.length), value));
  }
  line(): string {
    const end = this.#bytes.indexOf(10, this.#at);
    if (end < 0) throw new ExchangeProblem("its pickle is cut off");
    const text = textFrom(this.#bytes.subarray(this.#at, end));
    this.#at = end + 1;
    return text;
  }
  push(value: Slot): void {
    this.#stack.push(value);
  }
  pop(): Pickled {
    return this.#pop();
  }
  #pop(): Pickled {
    const value = this.#stack.pop();
    if (value === undefined || value === MARK) throw new ExchangeProblem("its pickle is damaged");
    return value;
  }
  top(): Pickled {
    const value = this.#pop();
    this.push(value);
    return value;
  }
  /** Returns the values above the last mark on the stack. */
  marked(): Pickled[] {
    const from = this.#stack.lastIndexOf(MARK);
    if (from < 0) throw new ExchangeProblem("its pickle is damaged");
    const values = this.#stack.splice(from);
    return values.slice(1) as Pickled[];
  }
  put(index: number): void {
    this.#memo.set(index, this.top());
  }
  memoize(): void {
    this.put(this.#memo.size);
  }
  get(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw new ExchangeProblem("its pickle is damaged");
    this.push(value);
  }
  global(name: string): void {
    if (!isAllowed(name))
      throw new ExchangeProblem(`it asks for ${name}, which may run code; save \`model.state_dict()\` instead, or a safetensors file`);
    this.push({ kind: "global", name });
  }
  setItems(items: readonly Pickled[]): void {
    const dict = this.top();
    if (!(dict instanceof Map)) throw new ExchangeProblem("its pickle is damaged");
    for (let k = 0; k + 1 < items.length; k += 2) dict.set(items[k], items[k + 1]);
  }
  append(items: readonly Pickled[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw new ExchangeProblem("its pickle is damaged");
    for (const item of items) list.push(item);
  }
  reduce(): void {
    const given = this.#pop();
    const made = this.#pop();
    if (!isGlobal(made) || !Array.isArray(given)) throw new ExchangeProblem("its pickle is damaged");
    if (made.name === DICT) this.push(new Map());
    else if (made.name === PARAMETER && given[0] !== undefined) this.push(given[0]);
    else if (made.name === REBUILD) this.push(tensorFrom(given));
    else throw new ExchangeProblem(`it calls ${made.name}, which a state dict does not need`);
  }
  persistent(): void {
    const id = this.#pop();
    if (!Array.isArray(id) || id[0] !== "storage" || !isGlobal(id[1]) || typeof id[2] !== "string")
      throw new ExchangeProblem("its pickle is damaged");
    this.push({ kind: "storage", type: id[1].name.split(".").at(-1) ?? "", key: id[2] });
  }
}

const isGlobal = (value: Pickled | undefined): value is Global =>
  typeof value === "object" && value !== null && "kind" in value && value.kind === "global";

function tensorFrom([storage, offset, shape, strides]: readonly Pickled[]): PickledTensor {
  const areSizes = (list: Pickled | undefined): list is number[] =>
    Array.isArray(list) && list.every((one) => Number.isSafeInteger(one) && (one as number) >= 0);
  const isStorage = typeof storage === "object" && storage !== null && "kind" in storage && storage.kind === "storage";
  if (!isStorage || !Number.isSafeInteger(offset) || !areSizes(shape) || !areSizes(strides) || shape.length !== strides.length)
    throw new ExchangeProblem("its pickle has a damaged tensor");
  return { kind: "tensor", storage, offset: offset as number, shape, strides };
}

const OPCODES: Readonly<Record<string, (this: Machine) => void>> = {
  "\x80": function () {
    this.take(1);
  },
  "\x95": function () {
    this.take(8);
  },
  "(": function () {
    this.push(MARK);
  },
  ")": function () {
    this.push([]);
  },
  "]": function () {
    this.push([]);
  },
  "}": function () {
    this.push(new Map());
  },
  N: function () {
    this.push(null);
  },
  "\x88": function () {
    this.push(true);
  },
  "\x89": function () {
    this.push(false);
  },
  J: function () {
    this.push(this.int(4));
  },
  K: function () {
    this.push(this.int(1));
  },
  M: function () {
    this.push(this.int(2));
  },
  "\x8a": function () {
    this.push(this.long());
  },
  G: function () {
    this.push(this.float());
  },
  X: function () {
    this.push(textFrom(this.take(this.int(4))));
  },
  "\x8c": function () {
    this.push(textFrom(this.take(this.int(1))));
  },
  q: function () {
    this.put(this.int(1));
  },
  r: function () {
    this.put(this.int(4));
  },
  "\x94": function () {
    this.memoize();
  },
  h: function () {
    this.get(this.int(1));
  },
  j: function () {
    this.get(this.int(4));
  },
  c: function () {
    const module = this.line();
    this.global(`${module}.${this.line()}`);
  },
  "\x93": function () {
    const [name, module] = [this.pop(), this.pop()];
    if (typeof module !== "string" || typeof name !== "string") throw new ExchangeProblem("its pickle is damaged");
    this.global(`${module}.${name}`);
  },
  R: function () {
    this.reduce();
  },
  // The attributes of a dict, such as versions.
  b: function () {
    this.pop();
  },
  Q: function () {
    this.persistent();
  },
  t: function () {
    this.push(this.marked());
  },
  "\x85": function () {
    this.push([this.pop()]);
  },
  "\x86": function () {
    const second = this.pop();
    this.push([this.pop(), second]);
  },
  "\x87": function () {
    const [third, second] = [this.pop(), this.pop()];
    this.push([this.pop(), second, third]);
  },
  s: function () {
    const value = this.pop();
    this.setItems([this.pop(), value]);
  },
  u: function () {
    this.setItems(this.marked());
  },
  a: function () {
    this.append([this.pop()]);
  },
  e: function () {
    this.append(this.marked());
  },
};
