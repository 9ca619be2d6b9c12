import { defineConfig } from "vitest/config";
import { PATIENCE } from "./scripts/run/patience.ts";

/**
 * npm run test:python: tests exports to Keras, ONNX, ONNX Runtime and TensorBoard, imports of files from PyTorch and Keras, and trainings
 * in PyTorch.
 */
export default defineConfig({
  test: {
    include: ["test/python/**/*.test.ts"],
    globalSetup: "test/built.ts",
    testTimeout: PATIENCE.long,
    hookTimeout: PATIENCE.long,
    fileParallelism: false,
  },
});
