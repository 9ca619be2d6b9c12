/** The memory that a Node process retains: its heap after a garbage collection, which is requested through its inspector. */
import { setTimeout } from "node:timers/promises";

/** The address of Node's inspector after SIGUSR1. */
const INSPECTOR = "http://127.0.0.1:9229/json";
/** Objects with finalizers survive the first collection. */
const COLLECTIONS = 3;

/** Returns the bytes of the process's objects and array buffers in use. On Windows it is NaN, since Node has no SIGUSR1 there. */
export async function retainedHeap(id: number): Promise<number> {
  if (process.platform === "win32") return Number.NaN;
  process.kill(id, "SIGUSR1");
  const socket = new WebSocket(await addressOf());
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", reject);
  });
  try {
    await ask(socket, "HeapProfiler.enable");
    for (let k = 0; k < COLLECTIONS; k++) await ask(socket, "HeapProfiler.collectGarbage");
    // Another process may be using the inspector's port.
    const expression = "JSON.stringify([process.pid, process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers])";
    const answer = await ask(socket, "Runtime.evaluate", { expression, returnByValue: true });
    const [own, bytes] = JSON.parse((answer as { result: { value: string } }).result.value) as [number, number];
    return own === id ? bytes : Number.NaN;
  } finally {
    // The inspector's thread and handles would count as the process's own. It closes when nobody is connected.
    await ask(socket, "Runtime.evaluate", { expression: 'setTimeout(() => process.getBuiltinModule("inspector").close(), 100); 0' });
    socket.close();
  }
}

async function addressOf(): Promise<string> {
  for (;;) {
    try {
      const [target] = (await (await fetch(INSPECTOR)).json()) as { webSocketDebuggerUrl: string }[];
      if (target) return target.webSocketDebuggerUrl;
    } catch {
      // The inspector is not listening yet.
    }
    await setTimeout(100);
  }
}

/** Returns the inspector's answer. Questions are sent one after another, so all have the same id. */
function ask(socket: WebSocket, method: string, params: object = {}): Promise<unknown> {
  const id = 1;
  return new Promise((resolve) => {
    const take = ({ data }: MessageEvent): void => {
      const message = JSON.parse(String(data)) as { id?: number; result: unknown };
      if (message.id !== id) return;
      socket.removeEventListener("message", take);
      resolve(message.result);
    };
    socket.addEventListener("message", take);
    socket.send(JSON.stringify({ id, method, params }));
  });
}
