import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{engine,server,client,test}/**/*.test.ts"],
    testTimeout: 60_000,
    slowTestThreshold: 2_000,
  },
});
