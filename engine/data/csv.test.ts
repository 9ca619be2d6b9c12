/** Real-world tables: delimiters, encodings, line breaks, comments, and the messages about unreadable tables. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { csvPieces, parseCsv } from "./csv.ts";
import { CSV_FORMAT, type CsvFormat } from "./csvFormat.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const given = (name: string): Uint8Array => readFileSync(new URL(`../../test/conformance/data/${name}`, import.meta.url));
const read = (text: string | Uint8Array, format: Partial<CsvFormat> = {}) =>
  parseCsv(typeof text === "string" ? bytes(text) : text, { ...CSV_FORMAT, ...format }, "t.csv");

describe("the delimiter", () => {
  test.each([
    [";", "a;b\n1,5;2\n3;4,25\n"],
    [";", "name;weight;price\np0;3,68;80,12\np1;2,12;23,23\n"],
    [";", "3,68;80,12\n2,12;23,23\n5,13;74,40\n"],
    [",", "movieId,title,genres\n1,Toy Story (1995),Adventure|Animation\n2,Heat (1995),Action|Crime|Thriller\n"],
    [",", "sepal length (cm),sepal width (cm)\n5.1,3.5\n4.9,3.0\n"],
    [",", 'name,note\n"Smith; John","a;b"\n"Roe; Jane","c;d"\n'],
    [",", "time,value\n2020-01-01 10:00,5\n2020-01-01 11:00,6\n"],
    [",", "city\nNew York\nLos Angeles\nBern\n"],
    [",", "value\n1\n2\n"],
    ["\t", "a\tb\n1,5\t2\n3\t4\n"],
    ["|", "a|b\n1|2\n3|4\n"],
    [" ", "18.0   8   307.0\n15.0   8   350.0\n16.0   8   304.0\n"],
    [" ", "  a  b\n  1  2\n 10 20\n"],
    [",", "a,b,c\n1,2,3\n4,5;6,x\n6,7,8\n"],
  ])("is %j in %j", (delimiter, text) => expect(read(text).delimiter).toBe(delimiter));

  test("is no character of the numbers, unless every row agrees on it", () => {
    expect(read("weight\n3,5\n4\n", { decimal: "," })).toMatchObject({ columns: ["weight"], rows: [["3,5"], ["4"]] });
    expect(read("sold\n1,200\n4\n5,100\n", { thousands: "," }).columns).toEqual(["sold"]);
    expect(read('a,b\n"3,5",1\n"4,5",2\n', { decimal: "," })).toMatchObject({ delimiter: ",", columns: ["a", "b"] });
  });

  test("is found in real files", () => {
    expect(read(given("wine.csv"))).toMatchObject({
      columns: ["fixed acidity", "volatile acidity", "alcohol", "quality"],
      delimiter: ";",
    });
    expect(read(given("decimal-comma.csv"))).toMatchObject({ columns: ["name", "weight", "price"], delimiter: ";" });
  });

  test("that is written is used", () => expect(read("a;b\n1;2\n", { delimiter: "," }).columns).toEqual(["a;b"]));

  test("of one blank takes runs of blanks, with quoted cells as they are", () => {
    const text = '  a   "b  c"\n  1  2\n3   " x  y "\n\n';
    expect(read(text, { delimiter: " " })).toMatchObject({
      columns: ["a", "b  c"],
      rows: [
        ["1", "2"],
        ["3", " x  y "],
      ],
    });
  });

  test("that was found is named in a message about a row's length", () => {
    expect(() => read("a;b\n1;2\n3\n4;5\n")).toThrow("t.csv, row 3: 1 value where the header has 2 (cells are separated by semicolons)");
    expect(() => read("a,b\n1,2\n3\n", { delimiter: "," })).toThrow("t.csv, row 3: 1 value where the header has 2; correct that row.");
  });
});

describe("line breaks", () => {
  const rows = [
    ["1", "2"],
    ["3", "4"],
  ];
  test.each([
    ["LF", "a,b\n1,2\n3,4\n"],
    ["CRLF", "a,b\r\n1,2\r\n3,4\r\n"],
    ["a header with CRLF and rows with LF", "a,b\r\n1,2\n3,4\n"],
    ["a header with LF and rows with CRLF", "a,b\n1,2\r\n3,4"],
    ["CR alone", "a,b\r1,2\r3,4\r"],
    ["doubled CR", "a,b\r\r\n1,2\r\r\n3,4\r\r\n"],
    ["quoted last cells with CRLF", '"a","b"\r\n"1","2"\r\n"3","4"\r\n'],
  ])("of %s", (_what, text) => expect(read(text)).toMatchObject({ columns: ["a", "b"], rows }));
  test("in quoted cells belong to the cell", () =>
    expect(read('a,b\r\n"x\r\ny",2\r\n3,4\r\n').rows).toEqual([
      ["x\ny", "2"],
      ["3", "4"],
    ]));
});

describe("a table's rows", () => {
  test("have the numbers that an editor shows, also after blank lines and comments", () => {
    const { rows, rowNumber } = read("\na,b\n1,2\n\n# late\n3,4\n", { comment: "#" });
    expect(rows.map((row, i) => [rowNumber(i), ...row])).toEqual([
      [3, "1", "2"],
      [6, "3", "4"],
    ]);
  });
  test("may begin with the comment's characters only where they are no comment", () => {
    const text = '# made by "hand\na,b\n1,"x\n#2"\n#3,4\n5,6\n';
    expect(read(text, { comment: "#" })).toMatchObject({
      columns: ["a", "b"],
      rows: [
        ["1", "x\n#2"],
        ["5", "6"],
      ],
    });
    expect(read("% x\na,b\n1,2\n", { comment: "%" }).columns).toEqual(["a", "b"]);
  });
  test("may end with a delimiter, with and without one in the header", () => {
    for (const text of ["a,b,\n1,2,\n3,4,\n", "a,b\n1,2,\n3,4,\n", "a,b,\n1,2\n3,4\n"])
      expect(read(text)).toMatchObject({
        columns: ["a", "b"],
        rows: [
          ["1", "2"],
          ["3", "4"],
        ],
      });
  });
  test("have a value behind the last name: then that column has no name", () =>
    expect(read("a,b,\n1,2,3\n").columns).toEqual(["a", "b", "column_3"]));
  test("of a table from pandas begin with its index", () => {
    expect(read(given("pandas.csv")).columns).toEqual(["column_1", "x1", "x2", "y"]);
    expect(read("5,6\n7,8\n", { header: false })).toMatchObject({
      columns: ["column_1", "column_2"],
      rows: [
        ["5", "6"],
        ["7", "8"],
      ],
    });
  });
});

describe("a file that is not a table is rejected with its repair", () => {
  test.each([
    ["# made on Monday\na,b,c\n1,2,3\n4,5,6\n", /t\.csv, row 1 begins with "#", as comments do; write comment="#" in csv\(\.\.\.\)/],
    ["a,b\n1,2\n# half-way\n3,4\n", /t\.csv, row 3 begins with "#".*comment="#"/],
    [
      "Sales of 2024\na,b,c\n1,2,3\n4,5,6\n",
      /t\.csv, row 1: 1 value where the rows after it have 3, so it looks like a title; delete that row/,
    ],
    [
      "Sales\n2024\na,b,c\n1,2,3\n",
      /t\.csv, rows 1 to 2: 1 value in each where the rows after them have 3, so they look like a title; delete those/,
    ],
    ["# made on Monday\n# by me\na,b,c\n1,2,3\n", /t\.csv, row 1 begins with "#".*comment="#"/],
    ["sep=;\na;b;c\n1;2;3\n4;5;6\n", /t\.csv, row 1 tells Excel the delimiter and is no row of names; delete that row/],
    ["a,b\nr1,2,3\nr2,4,5\n", /t\.csv, row 1 names 2 columns, but the rows after it have 3 values; name the first column too/],
    ["a,b\n1,2\n3,\0\n", /t\.csv, row 3: there is a NUL byte/],
    ["a,a\n1,2\n", /two columns are named "a"/],
    ["", /t\.csv is empty/],
    ["a,b\n", /no rows/],
    ['a,b\n1,"2\n', /quoted cell is not closed/],
    ["<!DOCTYPE html>\n<html>\n", /t\.csv is a web page.*download/],
    ["version https://git-lfs.github.com/spec/v1\noid sha256:0\n", /t\.csv is a pointer of Git LFS.*git lfs pull/],
    ['{"a": [1, 2]}\n', /t\.csv is JSON/],
  ])("%j", (text, message) => expect(() => read(text)).toThrow(message));

  const head = (...codes: (number | string)[]): Uint8Array =>
    new Uint8Array([...codes.flatMap((code) => (typeof code === "string" ? [...bytes(code)] : [code])), ...new Uint8Array(64)]);
  test.each([
    ["Parquet", head("PAR1")],
    ["an Excel workbook (.xlsx)", head("PK", 3, 4, ..."....................", "[Content_Types].xml xl/workbook.xml")],
    ["a NumPy archive (.npz)", head("PK", 3, 4, ..."....................", "x_train.npy")],
    ["a zip archive", head("PK", 3, 4, ..."....................", "data.csv")],
    ["an Excel workbook (.xls)", head(0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1)],
    ["HDF5", head(0x89, "HDF\r\n", 0x1a, "\n")],
    ["a NumPy array (.npy)", head(0x93, "NUMPY")],
    ["Arrow (Feather)", head("ARROW1")],
    ["an SQLite database", head("SQLite format 3", 0)],
    ["a bzip2 file", head("BZh9")],
    ["an xz file", head(0xfd, "7zXZ", 0)],
    ["a Zstandard file", head(0x28, 0xb5, 0x2f, 0xfd)],
    ["a PDF", head("%PDF-1.7")],
    ["a PNG image", head(0x89, "PNG\r\n", 0x1a, "\n")],
    ["a JPEG image", head(0xff, 0xd8, 0xff)],
    ["a Python pickle", head(0x80, 4, 0x95)],
  ])("%s is called by its name", (name, file) => expect(() => read(file)).toThrow(`t.csv is ${name}`));
});

describe("another encoding than UTF-8", () => {
  test("is reported with row and column", () => {
    expect(() => read(given("latin1.csv"))).toThrow(/t\.csv, row 2, column city: .* not UTF-8; .*save the file as CSV in UTF-8/);
    const late = new Uint8Array([...bytes(`a,b\n${"1,x\n".repeat(1000)}2,caf`), 0xe9, ...bytes("\n3,y\n")]);
    expect(() => read(late)).toThrow(/t\.csv, row 1002, column b: /);
    const named = new Uint8Array([...bytes("a,gr"), 0xf6, ...bytes("sse\n1,2\n")]);
    expect(() => read(named)).toThrow(/t\.csv, row 1: /);
  });
  test("UTF-32 is called by its name, with and without its mark", () => {
    const utf32 = (...bytes: number[]): Uint8Array =>
      new Uint8Array([...bytes, ...[..."a,b\n1,2\n"].flatMap((one) => [one.charCodeAt(0), 0, 0, 0])]);
    expect(() => read(utf32(0xff, 0xfe, 0, 0))).toThrow(/t\.csv is in UTF-32, which `csv` can't read; save it as CSV in UTF-8/);
    expect(() => read(utf32())).toThrow(/t\.csv is in UTF-32/);
    expect(() => read(new Uint8Array([0, 0, 0xfe, 0xff, 0, 0, 0, 97]))).toThrow(/t\.csv is in UTF-32/);
  });

  test("UTF-16 is called by its name, with and without its mark", () => {
    const utf16 = (text: string, ...mark: number[]): Uint8Array =>
      new Uint8Array([...mark, ...new Uint8Array(Uint16Array.from(text, (c) => c.charCodeAt(0)).buffer)]);
    expect(() => read(utf16("a,b\n1,2\n", 0xff, 0xfe))).toThrow(/t\.csv is in UTF-16, which `csv` can't read; save it as CSV in UTF-8/);
    expect(() => read(utf16("a,b\n1,2\n"))).toThrow(/t\.csv is in UTF-16/);
    expect(() => read(new Uint8Array([0xfe, 0xff, 0, 97, 0, 10]))).toThrow(/t\.csv is in UTF-16/);
  });
  test("a mark of UTF-8 is no part of the first name", () => expect(read("\ufeffa,b\n1,2\n").columns).toEqual(["a", "b"]));
});

describe("a file of several pieces", () => {
  const text = (row: string, count: number, head = "a;b;c\n"): Uint8Array => bytes(head + row.repeat(count));
  const total = (file: Uint8Array, format: Partial<CsvFormat>, wanted: readonly string[]): [number, number, boolean] => {
    let rows = 0;
    let sum = 0;
    let plain = true;
    for (const piece of csvPieces(file, { ...CSV_FORMAT, ...format }, "t.csv", wanted)) {
      rows += piece.plain?.rows ?? piece.rows.length;
      for (const value of piece.plain?.numbers[0] ?? []) sum += value;
      if (!piece.plain && piece.rows.length > 0) plain = false;
    }
    return [rows, sum, plain];
  };
  test("with decimal commas is read from its bytes", () =>
    expect(total(text("1,5;x;2\n", 900_000), { decimal: "," }, ["a"])).toEqual([900_000, 1_350_000, true]));
  test("with comments before a quoted header", () =>
    expect(total(text("1;x;2\r\n", 900_000, '# c\n\n"a";"b";"c"\n'), { comment: "#" }, ["a"])).toEqual([900_000, 900_000, true]));
  test("has the same row numbers, whichever reader counts", () => {
    const file = bytes(`a,b\n${"1,2\n".repeat(1_100_000)}\n3\n`);
    expect(() => [...csvPieces(file, CSV_FORMAT, "t.csv", ["a", "b"])]).toThrow("t.csv, row 1100003: 1 value");
  });
  test("that is too large for a number has the word at its place", () => {
    const rows = [...csvPieces(bytes("a,b\n1e309,2\n"), CSV_FORMAT, "t.csv", ["a", "b"])].flatMap((piece) => piece.rows);
    expect(rows).toEqual([["1e309", "2"]]);
  });
});
