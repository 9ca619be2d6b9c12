/** Recognizes a file's format by its first bytes and reads the file with that format's reader. */
import type { Safetensors } from "../../files/safetensors.ts";
import { isHdf5 } from "../hdf5/read.ts";
import { isOnnx } from "../onnx/read.ts";
import { ExchangeProblem } from "../problem.ts";
import { isZip, unzipped } from "../zip.ts";
import type { Imported } from "./imported.ts";
import { kerasArchive, kerasLegacy } from "./keras.ts";
import { onnxImport } from "./onnx.ts";
import { isStateDict, stateDict, torchTensors } from "./torch.ts";

/** The maximum file size. Files are read whole. */
export const MOST_FILE_BYTES = 2 ** 30;

/** Returns whether the bytes may be a safetensors file: a length followed by a JSON object. */
export const isSafetensors = (bytes: Uint8Array): boolean => bytes[8] === 0x7b && bytes[6] === 0 && bytes[7] === 0;

/** Returns whether a zip file is Keras' rather than PyTorch's. */
export const isKerasArchive = (bytes: Uint8Array): boolean => unzipped(bytes, (name) => name === "metadata.json").size > 0;

/** Throws `ExchangeProblem` if the format is unknown or the file is damaged. */
export function importedFrom(bytes: Uint8Array): Imported {
  if (bytes.length > MOST_FILE_BYTES) throw new ExchangeProblem("it is larger than 1 GB");
  if (isHdf5(bytes)) return kerasLegacy(bytes);
  if (isZip(bytes)) return isKerasArchive(bytes) ? kerasArchive(bytes) : stateDict(torchTensors(bytes));
  if (isOnnx(bytes)) return onnxImport(bytes);
  throw new ExchangeProblem("it is not a Keras or ONNX model, a safetensors file or a PyTorch state dict");
}

/** Imports a PyTorch state dict from a safetensors file. Throws `ExchangeProblem` if the names are not PyTorch's. */
export function importedTensors({ tensors }: Safetensors): Imported {
  if (!isStateDict([...tensors.keys()])) throw new ExchangeProblem("its names are not those of PyTorch's layers, such as fc1.weight");
  return stateDict(new Map([...tensors].map(([name, { shape, values }]) => [name, { shape, numbers: () => Float32Array.from(values) }])));
}
