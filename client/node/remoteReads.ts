/** Files for a worker, which only the editor can fetch: what both sides say to each other, and each side's part. */
import type { Worker } from "node:worker_threads";
import * as v from "valibot";
import { byteArray, count, object, text } from "../messages/valueSchemas.ts";

/** Worker to editor. */
export const readWish = object({ kind: v.literal("read"), id: count, path: text });
export type ReadWish = v.InferOutput<typeof readWish>;

/** The editor's answer. */
export const readAnswer = v.variant("kind", [
  object({ kind: v.literal("bytes"), id: count, bytes: byteArray }),
  object({ kind: v.literal("unreadable"), id: count, message: text }),
]);
export type ReadAnswer = v.InferOutput<typeof readAnswer>;

export interface RemoteReader {
  readonly read: (path: string) => Promise<Uint8Array>;
  readonly take: (answer: ReadAnswer) => void;
}

/** The worker's part. */
export function remoteReader(say: (wish: ReadWish) => void): RemoteReader {
  const waiting = new Map<number, { resolve: (bytes: Uint8Array) => void; reject: (error: Error) => void }>();
  let next = 0;
  return {
    read: (path) =>
      new Promise((resolve, reject) => {
        const id = next++;
        waiting.set(id, { resolve, reject });
        say({ kind: "read", id, path });
      }),
    take(answer) {
      const asker = waiting.get(answer.id);
      waiting.delete(answer.id);
      if (answer.kind === "bytes") asker?.resolve(answer.bytes);
      else asker?.reject(new Error(answer.message));
    },
  };
}

/** The editor's part. `read` throws with a message for the user. */
export function answerRead(worker: Worker, { id, path }: ReadWish, read: (path: string) => Promise<Uint8Array>): void {
  read(path).then(
    (bytes) => {
      // A copy of its own, which can be handed over; the editor may keep the original.
      const own = bytes.slice();
      worker.postMessage({ kind: "bytes", id, bytes: own } satisfies ReadAnswer, [own.buffer]);
    },
    (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      worker.postMessage({ kind: "unreadable", id, message } satisfies ReadAnswer);
    },
  );
}
