/** Positions in UTF-8 bytes, compared with the text itself after random edits. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seed } from "../test/fixtures.ts";
import { documentsIn, encodingFor } from "./positionEncoding.ts";

const kind = documentsIn("utf-8");
const piece = fc
  .array(fc.constantFrom("a", "é", "漢", "🦆", "\n", "\r\n", " ", "{", "\u0301"), { maxLength: 12 })
  .map((all) => all.join(""));
/** Returns the offsets between characters. */
function places(text: string): number[] {
  const all = [0];
  for (const letter of text) all.push((all.at(-1) ?? 0) + letter.length);
  return all;
}

function byteColumn(text: string, offset: number): { line: number; character: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length - 1, character: Buffer.byteLength(before.at(-1) ?? "") };
}

describe("positions in bytes", () => {
  test(`convert to offsets and back at every place, after edits (seed ${seed})`, () => {
    fc.assert(
      fc.property(piece, fc.array(fc.tuple(fc.nat(), fc.nat(), piece), { maxLength: 5 }), (first, edits) => {
        let text = first;
        let document = kind.create("file:///x.nn", "nn", 1, text);
        const changes = edits.map(([a, b, put]) => {
          // Not between \r and \n: no client sends such a position.
          const all = places(text).filter((offset) => !(text[offset - 1] === "\r" && text[offset] === "\n"));
          const [from = 0, to = 0] = [all[a % all.length] ?? 0, all[b % all.length] ?? 0].sort((x, y) => x - y);
          const change = { range: { start: byteColumn(text, from), end: byteColumn(text, to) }, text: put };
          text = text.slice(0, from) + put + text.slice(to);
          return change;
        });
        document = kind.update(document, changes, 2);
        expect(document.getText()).toBe(text);
        expect(document.version).toBe(2);
        for (const offset of places(text)) {
          if (text[offset - 1] === "\r" && text[offset] === "\n") continue;
          expect(document.positionAt(offset)).toEqual(byteColumn(text, offset));
          expect(document.offsetAt(byteColumn(text, offset))).toBe(offset);
        }
      }),
      { seed, numRuns: 500 },
    );
  });

  test("a position inside a character is its start, one past the line's end is the end", () => {
    const document = kind.create("file:///x.nn", "nn", 1, "a漢b\nc");
    expect(document.offsetAt({ line: 0, character: 2 })).toBe(1);
    expect(document.offsetAt({ line: 0, character: 99 })).toBe(3);
    expect(document.offsetAt({ line: 9, character: 0 })).toBe(5);
  });

  test("the encoding is the client's first that the server supports, UTF-16 if there is none", () => {
    expect(encodingFor(["utf-32", "utf-8", "utf-16"])).toBe("utf-8");
    expect(encodingFor(["utf-16", "utf-8"])).toBe("utf-16");
    expect(encodingFor(undefined)).toBe("utf-16");
  });
});
