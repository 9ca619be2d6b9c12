/** The compiled products of dense layers. Large ones are divided among the threads. */
import { WORDS } from "./abi.ts";
import { type Entry, writeEntries } from "./entries.ts";
import type { Kernels } from "./kernels.ts";
import type { Recorder } from "./recording.ts";
import { type CompiledModule, scratchMemory } from "./wasmModule.ts";

type Gradients = Pick<Kernels, "kernelGradient" | "addKernelGradient" | "biasGradient" | "addBiasGradient">;
type Products = Gradients & Pick<Kernels, "affine" | "addInputGradient">;

/** Whether a gradient is written or added to: the `fresh` operand. */
const WRITE = 1;
const ADD = 0;

export function products(module: CompiledModule, recorder: Recorder, threads: number): Products {
  const { call, take } = module;
  const affine = call("affine");
  const inputGradient = call("inputGradient");
  const shareOut = sharing(module);
  const scratch = scratchMemory(take);
  /** The operands for scratch memory of `numbers` float32 for each thread. */
  const scratchPerThread = (numbers: number) => ({ scratch: scratch(numbers * threads), scratchStep: 4 * numbers });
  return {
    affine(x, w, b, z, rows, inputs, units) {
      const [xAt, wAt, bAt, zAt] = [x.byteOffset, w.byteOffset, b?.byteOffset ?? 0, z.byteOffset];
      if (!recorder.isOn && threads === 1) {
        affine(xAt, wAt, bAt, zAt, 0, rows, 0, units, inputs, units, scratch(panel(inputs)));
        return;
      }
      const entry: Entry = { call: "affine", x: xAt, w: wAt, b: bAt, z: zAt, inputs, units, ...scratchPerThread(panel(inputs)) };
      if (recorder.isOn) recorder.add(entry);
      else shareOut(entry, rows);
    },
    ...parameterGradients(call, recorder, { scratch, scratchPerThread }),
    addInputGradient(dz, w, dx, rows, inputs, units) {
      const [dzAt, wAt, dxAt] = [dz.byteOffset, w.byteOffset, dx.byteOffset];
      const transposed = units < 8 ? units * (inputs + 4) : panel(units);
      if (recorder.isOn)
        recorder.add({ call: "inputGradient", dz: dzAt, w: wAt, dx: dxAt, inputs, units, ...scratchPerThread(transposed) });
      else inputGradient(dzAt, wAt, dxAt, 0, rows, 0, inputs, inputs, units, 0, scratch(transposed));
    },
  };
}

interface Scratch {
  readonly scratch: (numbers: number) => number;
  readonly scratchPerThread: (numbers: number) => { readonly scratch: number; readonly scratchStep: number };
}

/** A recorded batch is a single piece and writes its gradients. Only a batch in several pieces, which is never recorded, adds to them. */
function parameterGradients(call: CompiledModule["call"], recorder: Recorder, { scratch, scratchPerThread }: Scratch): Gradients {
  const kernelGradient = call("kernelGradient");
  const biasGradient = call("addBiasGradient");
  return {
    kernelGradient(x, dz, dw, rows, inputs, units) {
      const [xAt, dzAt, dwAt] = [x.byteOffset, dz.byteOffset, dw.byteOffset];
      const copies = bands(rows, units);
      if (recorder.isOn) recorder.add({ call: "kernelGradient", x: xAt, dz: dzAt, dw: dwAt, inputs, units, ...scratchPerThread(copies) });
      else kernelGradient(xAt, dzAt, dwAt, rows, 0, inputs, 0, units, inputs, units, WRITE, scratch(copies));
    },
    addKernelGradient(x, dz, dw, rows, inputs, units) {
      const [xAt, dzAt, dwAt] = [x.byteOffset, dz.byteOffset, dw.byteOffset];
      if (recorder.isOn) recorder.rejectRecording();
      else kernelGradient(xAt, dzAt, dwAt, rows, 0, inputs, 0, units, inputs, units, ADD, scratch(bands(rows, units)));
    },
    biasGradient(dz, db, rows, units) {
      if (recorder.isOn) recorder.add({ call: "biasGradient", dz: dz.byteOffset, db: db.byteOffset, units });
      else biasGradient(dz.byteOffset, db.byteOffset, rows, units, 0, units, WRITE);
    },
    addBiasGradient(dz, db, rows, units) {
      if (recorder.isOn) recorder.rejectRecording();
      else biasGradient(dz.byteOffset, db.byteOffset, rows, units, 0, units, ADD);
    },
  };
}

/** Returns a function that divides one entry among the threads outside a recording, for evaluation and prediction. */
function sharing({ call, take, buffer }: CompiledModule): (entry: Entry, rows: number) => void {
  const share = call("share");
  const place = take(4 * WORDS);
  const [ints, floats] = [new Int32Array(buffer(), place, WORDS), new Float32Array(buffer(), place, WORDS)];
  return (entry, rows) => {
    writeEntries([entry], ints, floats);
    share(place, rows, 0);
  };
}

const eights = (numbers: number): number => 8 * Math.ceil(numbers / 8);
/** Returns the length of a panel of eight columns. */
const panel = (length: number): number => 8 * eights(length);
/**
 * Returns the length of the scratch memory of engine/kernels/assembly/gradient.ts: dz in panels, one band of x, and one band of the
 * gradient.
 */
const bands = (rows: number, units: number): number => (rows + 6) * eights(units) + 6 * rows;
