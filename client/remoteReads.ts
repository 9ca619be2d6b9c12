/** Files for a worker, which only the editor can fetch: what both sides say to each other, and each side's part. */
import type { Worker } from "node:worker_threads";

/** Worker to editor. */
export interface ReadWish {
  readonly kind: "read";
  readonly id: number;
  readonly path: string;
}

/** The editor's answer. */
export type ReadAnswer =
  | { readonly kind: "bytes"; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: "unreadable"; readonly id: number; readonly message: string };

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
