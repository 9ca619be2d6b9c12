/** The export formats. Each is loaded on first use. */

export interface Format {
  readonly title: string;
  /** The file extension without a dot; null if the export is a folder. */
  readonly extension: string | null;
  readonly summary: string;
}

export const formats = {
  keras: { title: "Keras", extension: "keras", summary: "a model that `keras.models.load_model` loads in safe mode" },
  onnx: { title: "ONNX", extension: "onnx", summary: "a model for ONNX Runtime and other ONNX runtimes" },
  "keras-script": { title: "Keras script", extension: "py", summary: "a Python script that trains the same network on the same data" },
  html: { title: "web page", extension: "html", summary: "a web page that predicts offline in a browser" },
  tensorboard: { title: "TensorBoard logs", extension: null, summary: "a folder that `tensorboard --logdir` shows" },
  safetensors: { title: "safetensors", extension: "safetensors", summary: "the weights, with the plan and the fit of the data" },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof formats;
