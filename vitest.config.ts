import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{engine,server,client,test}/**/*.test.ts"],
    exclude: ["test/{editor,panel,long}/**", "node_modules/**"],
    testTimeout: 60_000,
    slowTestThreshold: 2_000,
  },
});
