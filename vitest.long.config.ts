import { defineConfig } from "vitest/config";

/** npm run test:long: what takes minutes. */
export default defineConfig({ test: { include: ["test/long/**/*.long.test.ts"], testTimeout: 600_000, fileParallelism: false } });
