import { defineConfig } from "vitest/config";
import { PATIENCE } from "./scripts/run/patience.ts";

/** npm run test:python: exports in Keras, ONNX, ONNX Runtime and TensorBoard, and imports of what PyTorch and Keras write. */
export default defineConfig({
  test: {
    include: ["test/python/**/*.test.ts"],
    globalSetup: "test/built.ts",
    testTimeout: PATIENCE.test,
    hookTimeout: PATIENCE.test,
    fileParallelism: false,
  },
});
