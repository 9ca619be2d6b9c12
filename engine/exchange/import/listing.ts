/** Lists the content of a model file: its layers, and its tensors with their shapes. Numbers are decoded only for statistics. */
import { allShapesFrom, metadataFrom, parseSafetensors } from "../../files/safetensors.ts";
import { datasetsIn, isHdf5, openHdf5 } from "../hdf5/read.ts";
import { isOnnx, readOnnx } from "../onnx/read.ts";
import { ExchangeProblem, UnsupportedNumbers } from "../problem.ts";
import { isZip } from "../zip.ts";
import { importedFrom, isKerasArchive } from "./file.ts";
import { isUnknown } from "./imported.ts";
import { kerasArchiveTensors } from "./keras.ts";
import { torchTensors } from "./torch.ts";

export interface TensorStatistics {
  /** null if no number is finite. */
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number;
  readonly deviation: number;
  readonly zeros: number;
  /** The number of infinite or NaN values. The other statistics exclude them. */
  readonly nonfinite: number;
}

export interface ListedTensor {
  /** The name in the file. */
  readonly name: string;
  readonly shape: readonly number[];
  /** null if they were not requested, or if the tensor is not numeric or its storage is not supported. */
  readonly statistics: TensorStatistics | null;
}

export interface ListedLayer {
  readonly name: string;
  /** The line in the language, such as `dense 4 relu`, or the unsupported class. */
  readonly words: string;
  readonly known: boolean;
  readonly inputs: readonly string[];
}

export interface Listing {
  /** What the file is, such as "a Keras model". */
  readonly kind: string;
  /** Empty if the file contains only tensors. */
  readonly layers: readonly ListedLayer[];
  readonly tensors: readonly ListedTensor[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Why the file can't be imported, as a clause; null if it can. */
  readonly unimportable: string | null;
}

/** A tensor in a file. Its numbers are decoded on demand. */
export interface FileTensor {
  readonly shape: readonly number[];
  /** Returns undefined if the tensor is not numeric. */
  readonly numbers: () => ArrayLike<number> | undefined;
}

/** The maximum number of listed tensors and of listed layers. */
const MOST_LISTED = 10_000;

/** Returns the layers of the text in the metadata of a file that Backprop wrote; undefined if there is no such text. */
export type OwnLayers = (metadata: Readonly<Record<string, string>>) => readonly ListedLayer[] | undefined;

/** Throws `ExchangeProblem` if the format is unknown or the file is damaged. */
export function listed(bytes: Uint8Array, withStatistics: boolean, ownLayers: OwnLayers = () => undefined): Listing {
  const tensors = tensorsIn(bytes);
  if (!tensors) throw new ExchangeProblem("it is not a Keras or ONNX model, a safetensors file or a PyTorch state dict");
  return { ...layersIn(bytes, ownLayers), tensors: listedTensors(tensors, withStatistics), metadata: {} };
}

/**
 * Lists a safetensors file. Needs only the bytes up to the end of the header, or all bytes for statistics. Throws an Error if the file is damaged.
 */
export function listedSafetensors(bytes: Uint8Array, withStatistics: boolean, ownLayers: OwnLayers = () => undefined): Listing {
  const metadata = metadataFrom(bytes);
  const numbers = withStatistics ? parseSafetensors(bytes).tensors : undefined;
  const tensors = [...allShapesFrom(bytes)].map(([name, shape]): [string, FileTensor] => [
    name,
    { shape, numbers: () => numbers?.get(name)?.values },
  ]);
  return {
    kind: "a safetensors file",
    layers: ownLayers(metadata)?.slice(0, MOST_LISTED) ?? [],
    tensors: listedTensors(new Map(tensors), withStatistics),
    metadata,
    unimportable: null,
  };
}

function tensorsIn(bytes: Uint8Array): ReadonlyMap<string, FileTensor> | undefined {
  if (isHdf5(bytes)) return datasetsIn(openHdf5(bytes));
  if (isZip(bytes)) return isKerasArchive(bytes) ? kerasArchiveTensors(bytes) : torchTensors(bytes);
  if (!isOnnx(bytes)) return undefined;
  const { initializers } = readOnnx(bytes);
  return new Map(
    [...initializers].map(([name, tensor]) => [
      name,
      { shape: tensor.dims, numbers: () => (tensor.data instanceof Float64Array ? tensor.data : undefined) },
    ]),
  );
}

/** Returns the layers. A file with unsupported layers still has tensors to show. */
function layersIn(bytes: Uint8Array, ownLayers: OwnLayers): Pick<Listing, "kind" | "layers" | "unimportable"> {
  try {
    const { kind, parts, saved } = importedFrom(bytes);
    // An ONNX file contains operators, several for each layer. A Keras file contains layers.
    const own = isOnnx(bytes) && saved ? ownLayers(saved) : undefined;
    if (own) return { kind, layers: own.slice(0, MOST_LISTED), unimportable: null };
    const layers = parts.slice(0, MOST_LISTED).map((part) => ({
      name: part.name,
      words: isUnknown(part) ? part.what : part.words,
      // An import of Backprop's own file restores its text instead.
      known: !isUnknown(part) || saved !== undefined,
      inputs: part.inputs,
    }));
    return { kind, layers, unimportable: null };
  } catch (error) {
    if (!(error instanceof ExchangeProblem)) throw error;
    return { kind: isHdf5(bytes) ? "an HDF5 file" : "a file of tensors", layers: [], unimportable: error.message };
  }
}

const listedTensors = (tensors: ReadonlyMap<string, FileTensor>, withStatistics: boolean): ListedTensor[] =>
  [...tensors].slice(0, MOST_LISTED).map(([name, { shape, numbers }]) => {
    const values = withStatistics ? supported(numbers) : undefined;
    return { name, shape, statistics: values ? statisticsOf(values) : null };
  });

/** Returns undefined if the type or storage of the numbers is not supported. */
function supported(numbers: FileTensor["numbers"]): ArrayLike<number> | undefined {
  try {
    return numbers();
  } catch (error) {
    if (error instanceof UnsupportedNumbers) return undefined;
    throw error;
  }
}

/** Returns the statistics of the finite numbers, with Welford's update of mean and variance. */
export function statisticsOf(values: ArrayLike<number>): TensorStatistics {
  let [min, max, mean, spread] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  let [count, zeros] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    const distance = value - mean;
    mean += distance / ++count;
    spread += distance * (value - mean);
    min = Math.min(min, value);
    max = Math.max(max, value);
    if (value === 0) zeros++;
  }
  const isEmpty = count === 0;
  return {
    min: isEmpty ? null : min,
    max: isEmpty ? null : max,
    mean,
    deviation: Math.sqrt(spread / Math.max(1, count)),
    zeros,
    nonfinite: values.length - count,
  };
}
