/** The products of dense layers, compiled. Large ones are shared out among the threads. */
import { WORDS } from "./abi.ts";
import { type Entry, writeEntries } from "./entries.ts";
import type { Kernels } from "./kernels.ts";
import type { Recorder } from "./recording.ts";
import { type CompiledModule, scratch } from "./wasmModule.ts";

type Gradients = Pick<Kernels, "kernelGradient" | "addKernelGradient" | "biasGradient" | "addBiasGradient">;
type Products = Gradients & Pick<Kernels, "affine" | "addInputGradient">;

/** The last operand of the gradients: whether they are fresh. */
const WRITE = 1;
const ADD = 0;

export function products(module: CompiledModule, recorder: Recorder, threads: number): Products {
  const { call, take } = module;
  const affine = call("affine");
  const inputGradient = call("inputGradient");
  const shareOut = sharing(module);
  const room = scratch(take);
  /** A room for each thread, one after another. */
  const rooms = (numbers: number) => ({ room: room(numbers * threads), roomStep: 4 * numbers });
  return {
    affine(x, w, b, z, rows, inputs, units) {
      const [xAt, wAt, bAt, zAt] = [x.byteOffset, w.byteOffset, b?.byteOffset ?? 0, z.byteOffset];
      if (!recorder.isOn && threads === 1) {
        affine(xAt, wAt, bAt, zAt, 0, rows, 0, units, inputs, units, room(panel(inputs)));
        return;
      }
      const entry: Entry = { call: "affine", x: xAt, w: wAt, b: bAt, z: zAt, inputs, units, ...rooms(panel(inputs)) };
      if (recorder.isOn) recorder.put(entry);
      else shareOut(entry, rows);
    },
    ...parameterGradients(call, recorder, { room, rooms }),
    addInputGradient(dz, w, dx, rows, inputs, units) {
      const [dzAt, wAt, dxAt] = [dz.byteOffset, w.byteOffset, dx.byteOffset];
      const across = units < 8 ? units * (inputs + 4) : panel(units);
      if (recorder.isOn) recorder.put({ call: "inputGradient", dz: dzAt, w: wAt, dx: dxAt, inputs, units, ...rooms(across) });
      else inputGradient(dzAt, wAt, dxAt, 0, rows, 0, inputs, inputs, units, 0, room(across));
    },
  };
}

interface Rooms {
  readonly room: (numbers: number) => number;
  readonly rooms: (numbers: number) => { readonly room: number; readonly roomStep: number };
}

/** A recording's batch is one piece, which writes its gradients; only the pieces of a batch outside a recording add to them. */
function parameterGradients(call: CompiledModule["call"], recorder: Recorder, { room, rooms }: Rooms): Gradients {
  const kernelGradient = call("kernelGradient");
  const biasGradient = call("addBiasGradient");
  return {
    kernelGradient(x, dz, dw, rows, inputs, units) {
      const [xAt, dzAt, dwAt] = [x.byteOffset, dz.byteOffset, dw.byteOffset];
      const copies = bands(rows, units);
      if (recorder.isOn) recorder.put({ call: "kernelGradient", x: xAt, dz: dzAt, dw: dwAt, inputs, units, ...rooms(copies) });
      else kernelGradient(xAt, dzAt, dwAt, rows, 0, inputs, 0, units, inputs, units, WRITE, room(copies));
    },
    addKernelGradient(x, dz, dw, rows, inputs, units) {
      const [xAt, dzAt, dwAt] = [x.byteOffset, dz.byteOffset, dw.byteOffset];
      if (recorder.isOn) recorder.rejectRecording();
      else kernelGradient(xAt, dzAt, dwAt, rows, 0, inputs, 0, units, inputs, units, ADD, room(bands(rows, units)));
    },
    biasGradient(dz, db, rows, units) {
      if (recorder.isOn) recorder.put({ call: "biasGradient", dz: dz.byteOffset, db: db.byteOffset, units });
      else biasGradient(dz.byteOffset, db.byteOffset, rows, units, 0, units, WRITE);
    },
    addBiasGradient(dz, db, rows, units) {
      if (recorder.isOn) recorder.rejectRecording();
      else biasGradient(dz.byteOffset, db.byteOffset, rows, units, 0, units, ADD);
    },
  };
}

/** Shares one entry out among the threads outside a recording, which is how a network is measured and predicts. */
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
/** The numbers of a panel of eight columns. */
const panel = (length: number): number => 8 * eights(length);
/** The numbers that engine/kernels/assembly/gradient.ts copies: dz in panels, one band of x, and one band of the gradient. */
const bands = (rows: number, units: number): number => (rows + 6) * eights(units) + 6 * rows;
