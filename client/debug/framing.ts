/** Reads and writes the protocol's frames: `Content-Length: n`, an empty line, n bytes of JSON. Malformed input never throws. */

/** No client sends a longer message or header. Longer ones are dropped. */
const MOST_BYTES = 16e6;
const MOST_HEAD = 4096;
const SEPARATOR = "\r\n\r\n";

export interface FrameReader {
  /** Processes the next bytes of the stream. */
  readonly take: (bytes: Uint8Array) => void;
}

/** `onMessage` receives each message, or undefined for a frame that is not JSON. */
export function frameReader(onMessage: (message: unknown) => void): FrameReader {
  let rest: Buffer = Buffer.alloc(0);
  let expected: number | undefined;
  /** Returns whether a part of the input was consumed. */
  const consume = (): boolean => {
    if (expected === undefined) {
      const end = rest.indexOf(SEPARATOR);
      if (end < 0) {
        if (rest.length > MOST_HEAD) rest = Buffer.alloc(0);
        return false;
      }
      const length = Number(/content-length:\s*(\d+)/i.exec(rest.toString("latin1", 0, end))?.[1]);
      rest = rest.subarray(end + SEPARATOR.length);
      expected = length <= MOST_BYTES ? length : undefined;
      return true;
    }
    if (rest.length < expected) return false;
    const text = rest.toString("utf8", 0, expected);
    rest = rest.subarray(expected);
    expected = undefined;
    onMessage(parsed(text));
    return true;
  };
  return {
    take(bytes) {
      rest = Buffer.concat([rest, bytes]);
      while (consume());
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function framed(message: unknown): string {
  const text = JSON.stringify(message);
  return `Content-Length: ${Buffer.byteLength(text)}${SEPARATOR}${text}`;
}
