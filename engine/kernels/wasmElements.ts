/** The compiled elementwise and row-wise kernels: activations, softmax, copies, statistics, rows of a table. */
import type { ScalarActivationName } from "../catalog/activations.ts";
import type { EveryRead, Reads } from "../catalog/arguments.ts";
import type { Configured, SettingsOf } from "../catalog/index.ts";
import { ACTIVATIONS, type Compiled, GRADIENT_STATISTICS, STATISTIC, STRETCH, STRETCH_STATISTIC, STRETCH_STATISTICS } from "./abi.ts";
import type { Kernels, Numbers } from "./kernels.ts";
import type { Recorder } from "./recording.ts";
import { referenceKernels } from "./reference.ts";
import type { CompiledModule } from "./wasmModule.ts";

type Softmax = Pick<Kernels, "softmax" | "addSoftmaxGradient">;

export function softmaxes({ call }: CompiledModule, recorder: Recorder): Softmax {
  const softmax = call("softmax");
  const softmaxGradient = call("addSoftmaxGradient");
  return {
    softmax(z, a, rows, units) {
      if (recorder.isOn) recorder.add({ call: "softmax", z: z.byteOffset, a: a.byteOffset, places: recorder.width(rows), units });
      else softmax(z.byteOffset, a.byteOffset, rows, units);
    },
    addSoftmaxGradient(a, da, dz, rows, units) {
      const [aAt, daAt, dzAt] = [a.byteOffset, da.byteOffset, dz.byteOffset];
      if (recorder.isOn) recorder.add({ call: "softmaxGradient", a: aAt, da: daAt, dz: dzAt, places: recorder.width(rows), units });
      else softmaxGradient(aAt, daAt, dzAt, rows, units);
    },
  };
}

/** The setting that a compiled activation takes, if any. */
const activationSettings = {
  elu: ({ alpha }: Reads<"alpha">): number => alpha,
  leaky_relu: ({ negative_slope }: Reads<"negative_slope">): number => negative_slope,
};
const ACTIVATION_SETTINGS: { readonly [A in ScalarActivationName]?: (settings: SettingsOf<"activations">[A]) => number } =
  activationSettings satisfies EveryRead<Pick<SettingsOf<"activations">, Compiled<typeof ACTIVATIONS>>, [typeof activationSettings]>;
const activationSetting = <A extends ScalarActivationName>({ name, settings }: Configured<"activations", A>): number =>
  ACTIVATION_SETTINGS[name]?.(settings) ?? 0;

/** The activations. One that is not compiled uses the reference kernels' loops and can't be recorded. */
export function activations({ call }: CompiledModule, recorder: Recorder): Pick<Kernels, "activation"> {
  const activate = call("activate");
  const slope = call("addSlope");
  const reference = referenceKernels("float32");
  return {
    activation(use) {
      const number = ACTIVATIONS[use.name];
      if (number === undefined) {
        const { forward, backward } = reference.activation(use);
        return {
          forward: (...given) => (recorder.isOn ? recorder.rejectRecording() : forward(...given)),
          backward: (...given) => (recorder.isOn ? recorder.rejectRecording() : backward(...given)),
        };
      }
      const setting = activationSetting(use);
      return {
        forward(z, a, length) {
          const [zAt, aAt] = [z.byteOffset, a.byteOffset];
          if (recorder.isOn) recorder.add({ call: "activate", activation: number, z: zAt, a: aAt, width: recorder.width(length), setting });
          else activate(number, zAt, aAt, length, setting);
        },
        backward(z, a, da, dz, length) {
          const [zAt, aAt, daAt, dzAt] = [z.byteOffset, a.byteOffset, da.byteOffset, dz.byteOffset];
          const width = recorder.width(length);
          if (recorder.isOn) recorder.add({ call: "slope", activation: number, z: zAt, a: aAt, da: daAt, dz: dzAt, width, setting });
          else slope(number, zAt, aAt, daAt, dzAt, length, setting, 0);
        },
      };
    },
  };
}

export function copies({ call }: CompiledModule, recorder: Recorder): Pick<Kernels, "copy" | "addInto" | "clear"> {
  const [copy, add] = [call("copyTo"), call("addInto")];
  return {
    copy(from, to, length, factor = 1) {
      const [fromAt, toAt] = [from.byteOffset, to.byteOffset];
      if (recorder.isOn) recorder.add({ call: "copy", from: fromAt, to: toAt, width: recorder.width(length), factor });
      else copy(fromAt, toAt, length, factor);
    },
    addInto(from, to, length, factor = 1) {
      const [fromAt, toAt] = [from.byteOffset, to.byteOffset];
      if (recorder.isOn) recorder.add({ call: "add", from: fromAt, to: toAt, width: recorder.width(length), factor });
      else add(fromAt, toAt, length, factor);
    },
    clear(numbers) {
      if (recorder.isOn) recorder.add({ call: "clear", at: numbers.byteOffset, length: numbers.length });
      else numbers.fill(0);
    },
  };
}

export function statistics(
  { call, take, buffer }: CompiledModule,
  recorder: Recorder,
): Pick<Kernels, "addGradientStatistics" | "countZeros"> {
  const addStatistics = call("gradientStatistics");
  const zeros = call("countZeros");
  const scratch = take(8 * STRETCH_STATISTICS);
  const found = new Float64Array(buffer(), scratch, STRETCH_STATISTICS);
  return {
    addGradientStatistics(g, from, to, totals, slot) {
      const at = GRADIENT_STATISTICS * slot;
      const [gAt, length] = [g.byteOffset + 4 * from, to - from];
      if (recorder.isOn) {
        const sums = take(8 * STRETCH_STATISTICS * Math.ceil(length / STRETCH));
        recorder.add({ call: "statistics", g: gAt, length, totals: totals.byteOffset + 8 * at, scratch, sums });
        return true;
      }
      found[STRETCH_STATISTIC.largest] = totals[at + STATISTIC.largest];
      addStatistics(gAt, length, scratch);
      const squares = found[STRETCH_STATISTIC.squares];
      totals[at + STATISTIC.norms] += Math.sqrt(squares);
      totals[at + STATISTIC.sum] += found[STRETCH_STATISTIC.sum];
      totals[at + STATISTIC.largest] = found[STRETCH_STATISTIC.largest];
      totals[at + STATISTIC.zeros] += found[STRETCH_STATISTIC.zeros];
      totals[at + STATISTIC.squares] += squares;
      return Number.isFinite(squares);
    },
    countZeros(a, counts, rows, units) {
      if (recorder.isOn) recorder.add({ call: "countZeros", a: a.byteOffset, counts: counts.byteOffset, units });
      else zeros(a.byteOffset, counts.byteOffset, rows, units);
    },
  };
}

export function tables({ call }: CompiledModule, recorder: Recorder): Pick<Kernels, "gather"> {
  const gather = call("gather");
  const { gather: referenceGather } = referenceKernels("float32");
  return {
    gather(table, columns, start, width, order, from, count, to, at, stride) {
      const target = to.byteOffset + 4 * at;
      const isOurs = isShared(order) && isShared(table);
      if (!isOurs && recorder.isOn) recorder.rejectRecording();
      else if (!isOurs) referenceGather(table, columns, start, width, order, from, count, to, at, stride);
      else if (recorder.isOn) recorder.add({ call: "gather", table: table.byteOffset, columns, start, width, to: target, stride });
      else gather(table.byteOffset, columns, start, width, order.byteOffset, from, count, target, stride);
    },
  };
}

/** Returns whether an array is in the kernels' memory, which is the only shared memory. */
const isShared = ({ buffer }: Numbers | Uint32Array): boolean => buffer instanceof SharedArrayBuffer;
