import { defineConfig } from "vitest/config";
import { PATIENCE } from "./scripts/run/patience.ts";

/**
 * npm run test:python: exports in Keras, ONNX, ONNX Runtime and TensorBoard, imports of what PyTorch and Keras write, and trainings in
 * PyTorch.
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
