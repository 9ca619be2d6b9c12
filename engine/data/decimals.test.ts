/** Numbers read directly from bytes equal those read by Papa Parse and JavaScript. */
import { describe, expect, test } from "vitest";
import { seed } from "../../test/fixtures.ts";
import { randomFrom } from "../random.ts";
import { cellRules } from "./cells.ts";
import { csvPieces, parseCsv } from "./csv.ts";
import { CSV_FORMAT } from "./csvFormat.ts";
import { plainPiece } from "./decimals.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const format = { ...CSV_FORMAT, delimiter: "," };
const { number: numberFrom } = cellRules(format);
const CODES = { delimiter: 44, decimal: 46 };

/** Returns the column's numbers as read by Papa Parse and `numberFrom`, and as yielded by `csvPieces` if that column is wanted. */
function bothWays(text: string, name: string): [readonly (number | undefined)[], readonly (number | undefined)[]] {
  const { columns, rows } = parseCsv(bytes(text), format, "a.csv");
  const at = columns.indexOf(name);
  const quick: (number | undefined)[] = [];
  for (const piece of csvPieces(bytes(text), format, "a.csv", [name])) {
    for (const value of piece.plain?.numbers[0] ?? []) quick.push(value);
    for (const row of piece.rows) quick.push(numberFrom(row[at] ?? ""));
  }
  return [rows.map((row) => numberFrom(row[at] ?? "")), quick];
}

describe(`numbers from bytes (seed ${seed})`, () => {
  test("are bit for bit those that JavaScript reads", () => {
    const random = randomFrom(seed, "generator");
    const digits = (count: number): string => Array.from({ length: count }, () => random.below(10)).join("");
    const spell = (): string => {
      const whole = digits(random.below(18));
      const fraction = random.below(2) === 0 ? `.${digits(random.below(20))}` : "";
      const exponent = random.below(3) === 0 ? `${"eE"[random.below(2)]}${["", "+", "-"][random.below(3)]}${random.below(330)}` : "";
      const number = whole + fraction === "" || whole + fraction === "." ? "0" : whole + fraction;
      return `${["", "-", "+"][random.below(3)]}${number}${exponent}`;
    };
    for (let k = 0; k < 20_000; k++) {
      const text = spell();
      const found = plainPiece(bytes(text), 0, text.length, Int32Array.of(0), CODES)?.numbers[0]?.[0];
      const value = Number.isFinite(Number(text)) ? Number(text) : undefined;
      expect(Object.is(found, value), `${text} is ${value}, not ${found}`).toBe(true);
    }
  });

  test.each([
    ["line breaks of two characters, blank lines, spaces", "a,b\r\n1, 2 \r\n\r\n-3 ,+4\r\n5,6\r\n"],
    ["line breaks of two kinds", "a,b\r\n1,2\n3,4\r\n"],
    ["a number that is too large for one", "a,b\n1,1e309\n2,-1e400\n3,888E010010\n4,4\n"],
    ["a delimiter at each row's end", "a,b,\n1,2,\n3,4,\n"],
    ["line breaks of one, blank lines", "\na,b\n\n1,2\n\n\n3,4\n\n"],
    ["no line break at the end", "a,b\n1,2\n3,4"],
    ["a carriage return at the very end", "a,b\n1,2\n3,4\r"],
    ["words and gaps beside the wanted column", "a,b\nx,1\n,2\nré,3\n"],
    ["quoted cells, one with a line break", 'a,b\n"x,\ny",1\n"3",2\n'],
    ["a quoted header", '"a","b"\n1,2\n'],
    ["a gap and a word in the wanted column", "a,b\n1,\n2,NA\n3,x\n4,5\n"],
    ["words that look like numbers", "a,b\n1,0x10\n2,Infinity\n3,1e\n4,.\n5,1.2.3\n6,--1\n"],
    ["a byte-order mark", "\ufeffa,b\n1,2\n"],
    ["a header alone with one row", "b\n1\n"],
  ])("%s: the same numbers as Papa Parse's", (_what, text) => {
    const [slow, quick] = bothWays(text, "b");
    expect(quick).toEqual(slow);
    expect(slow.length).toBeGreaterThan(0);
  });

  test("a table of several pieces, some of them with quotes, has the same numbers as when it is read at once", () => {
    const random = randomFrom(seed, "split");
    const cell = (): string => (random.uniform() * 1000 - 500).toFixed(random.below(8));
    const rows = Array.from({ length: 400_000 }, (_, k) => `${k === 250_000 ? '"quoted, here"' : cell()},${cell()},${k % 3}`);
    const text = `a,b,c\n${rows.join("\n")}\n`;
    expect(text.length).toBeGreaterThan(6_000_000);
    const [slow, quick] = bothWays(text, "b");
    expect(quick.length).toBe(400_000);
    expect(quick.every((value, k) => value === slow[k])).toBe(true);
  });

  test("blank lines between rows, which have numbers of their own, are left to Papa Parse", () => {
    const text = "1\n\n2\n";
    expect(plainPiece(bytes(text), 0, text.length, Int32Array.of(0), CODES)).toBeUndefined();
  });

  test("a row that is too short is reported with its number, also after plain rows", () => {
    const text = `a,b\n${"1,2\n".repeat(5)}3\n`;
    expect(() => [...csvPieces(bytes(text), format, "a.csv", ["a", "b"])]).toThrow("a.csv, row 7: 1 value where the header has 2");
  });
});
