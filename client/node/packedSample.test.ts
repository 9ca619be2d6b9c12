import { brotliCompressSync, gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { gzipFromPacked, packedName } from "./packedSample.ts";

test("a packed sample becomes the gzip file of the same content", async () => {
  const content = Buffer.from("784 pixels");
  expect(gunzipSync(await gzipFromPacked(brotliCompressSync(content))).equals(content)).toBe(true);
  expect(packedName("mnist-train-images-idx3-ubyte.gz")).toBe("mnist-train-images-idx3-ubyte.br");
});
