/** Data files that only the editor can read, for a worker: the messages, and both sides of the exchange. */
import type { MessagePort } from "node:worker_threads";
import * as v from "valibot";
import { byteArray, count, object, text } from "../messages/valueSchemas.ts";

/** From the worker to the editor. */
export const readRequest = object({ kind: v.literal("read"), id: count, path: text });
export type ReadRequest = v.InferOutput<typeof readRequest>;

/** From the editor to the worker. */
export const readAnswer = v.variant("kind", [
  object({ kind: v.literal("bytes"), id: count, bytes: byteArray }),
  object({ kind: v.literal("unreadable"), id: count, message: text }),
]);
export type ReadAnswer = v.InferOutput<typeof readAnswer>;

export interface RemoteReader {
  readonly read: (path: string) => Promise<Uint8Array>;
  readonly take: (answer: ReadAnswer) => void;
}

/** Returns the worker's side. `post` sends a request; `take` receives the answers. */
export function remoteReader(post: (request: ReadRequest) => void): RemoteReader {
  const pending = new Map<number, { resolve: (bytes: Uint8Array) => void; reject: (error: Error) => void }>();
  let next = 0;
  return {
    read: (path) =>
      new Promise((resolve, reject) => {
        const id = next++;
        pending.set(id, { resolve, reject });
        post({ kind: "read", id, path });
      }),
    take(answer) {
      const request = pending.get(answer.id);
      pending.delete(answer.id);
      if (answer.kind === "bytes") request?.resolve(answer.bytes);
      else request?.reject(new Error(answer.message));
    },
  };
}

/** The editor's side: answers a request. `read` throws an Error with a message for the user. */
export function answerRead(
  worker: Pick<MessagePort, "postMessage">,
  { id, path }: ReadRequest,
  read: (path: string) => Promise<Uint8Array>,
): void {
  read(path).then(
    (bytes) => {
      // A transferable copy, since the editor may still use the original.
      const own = bytes.slice();
      worker.postMessage({ kind: "bytes", id, bytes: own } satisfies ReadAnswer, [own.buffer]);
    },
    (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      worker.postMessage({ kind: "unreadable", id, message } satisfies ReadAnswer);
    },
  );
}
