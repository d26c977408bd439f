import { deflateRawSync } from "node:zlib";
import { io } from "adjoint";
import { describe, expect, test } from "vitest";
import { type Kind, type Row, refuses, wrong } from "../bad_input/refusals.js";
import { described, type End, header, type Member, npy, safetensors, uints, zip } from "./crafted_files.js";
import { golden } from "./golden_files.js";

const bytes = (n: number): Buffer => Buffer.alloc(n, 1);
const one = npy(header("'<f8'", "(1,)"), bytes(8));
const deflated = deflateRawSync(one);
const member: Member = { name: "a.npy", content: one };
const small: Member = { name: "a.npy", content: deflated, method: 8, crc: 0, size: one.length };

const reads = (what: string, file: Buffer, kind: Kind, ...parts: (string | RegExp)[]): Row => [
  what,
  () => io.parse(file),
  kind,
  ...parts,
];
const array = (what: string, text: string, ...parts: (string | RegExp)[]): Row =>
  reads(what, npy(text), "format", "header", ...parts);
const archive = (what: string, changed: Partial<Member>, ...parts: (string | RegExp)[]): Row =>
  reads(what, zip([{ ...member, ...changed }]), "format", ...parts);
const ending = (what: string, end: End, ...parts: (string | RegExp)[]): Row =>
  reads(what, zip([member], end), "format", ...parts);
const named = (what: string, json: unknown, ...parts: (string | RegExp)[]): Row =>
  reads(what, safetensors(json, bytes(16)), "format", ...parts);

const zip64 = (...numbers: (number | bigint)[]): Buffer =>
  uints([2, 1], [2, 8 * numbers.length], ...numbers.map((value) => [8, value] as const));

/** The records of zip64 where the directory of `zip([member])` ends. */
function zip64End(
  changed: { entries?: bigint; size?: bigint; directory?: bigint; record?: bigint } = {},
): End {
  const plain = zip([member]);
  const end = plain.length - 22;
  const directory = plain.readUInt32LE(end + 16);
  const entries = changed.entries ?? 1n;
  const between = Buffer.concat([
    uints([4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0], [8, entries], [8, entries]),
    uints([8, changed.size ?? end - directory], [8, changed.directory ?? directory]),
    uints([4, 0x07064b50], [4, 0], [8, changed.record ?? end], [4, 1]),
  ]);
  return { between, entries: 0xffff, directorySize: 0xffffffff, directoryPosition: 0xffffffff };
}

test("what is crafted here is read where nothing is wrong with it", () => {
  expect(io.parse(one, { format: "npy" }).shape).toEqual([1]);
  expect(Object.keys(io.parse(zip([member]), { format: "npz" }))).toEqual(["a"]);
  expect(Object.keys(io.parse(zip([member], zip64End()), { format: "npz" }))).toEqual(["a"]);
  expect(Object.keys(io.parse(safetensors({ a: described("F64", [2], 0, 16) }, bytes(16))))).toEqual(["a"]);
});

refuses({
  "io.parse": [
    reads("nothing", Buffer.alloc(0), "format", "empty"),
    reads(
      "a picture",
      Buffer.from("89504e470d0a1a0a00", "hex"),
      "format",
      "89504e470d0a1a0a00",
      "npy, npz or",
    ),
    reads("a pickle", Buffer.from("8004950500000000000000", "hex"), "format", "80049505"),
    ["npy for npz", () => io.parse(one, { format: "npz" }), "format", "no npz file", 'format: "npy"'],
    ["npz for safetensors", () => io.parse(zip([member]), { format: "safetensors" }), "format", '"npz"'],

    // npy
    ...[6, 7, 8, 9, 10, 40].map((n) =>
      reads(
        `npy cut at ${n}`,
        one.subarray(0, n),
        "format",
        "cut short",
        /takes \d+ bytes, and \d+ are left/,
      ),
    ),
    reads("npy cut in its values", one.subarray(0, -1), "format", "float64[1]", "8 bytes", "7 follow"),
    reads("more behind an array", Buffer.concat([one, one]), "format", "8 bytes", "follow the header"),
    reads("npy version 4", npy(header("'<f8'", "()"), bytes(8), 4), "format", "4.0", "1.0, 2.0 or 3.0"),
    reads("npy version 0", npy(header("'<f8'", "()"), bytes(8), 0), "format", "0.0"),
    reads("a header that is longer than the file", npy("{}", bytes(0), 1, 500), "format", "500 bytes, and 2"),
    reads("a header of 4 GiB", npy("{}", bytes(0), 2, 2 ** 32 - 1), "format", "4294967295", "65535"),
    array("an empty header", "", "the end", '"{"'),
    array("a list", "['<f8']\n", '"{"'),
    array("an expression", "__import__('os').system('true')\n", "__import__"),
    array("a call within", header("'<f8'", "(eval('1'),)"), "eval", "an extent"),
    array(
      "a dictionary that does not end",
      "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)",
      "the end",
    ),
    array("something behind it", `${header("'<f8'", "(1,)")}; 1`, '"; 1"'),
    array("no comma", "{'descr': '<f8' 'shape': (1,)}", "comma"),
    array("no value", "{'descr': , 'shape': (1,)}", "a dtype"),
    array("no key", "{'descr'}", "a colon"),
    array("no shape", "{'descr': '<f8', 'fortran_order': False}", "lacks shape"),
    array("nothing in it", "{}", "lacks descr, fortran_order, shape"),
    array("a key twice", "{'descr': '<f8', 'descr': '<f8'}", '"descr" twice'),
    array("another key", "{'descr': '<f8', 'order': 'C'}", '"order"'),
    array("a key of every object", "{'constructor': '<f8'}", '"constructor"'),
    array("an order that is no boolean", header("'<f8'", "(1,)", "1"), "True or False"),
    array("a shape that is a number", header("'<f8'", "3"), "a tuple"),
    array("a number in parentheses", header("'<f8'", "(3)"), "a tuple"),
    array("extents without a comma", header("'<f8'", "(3 4)"), "comma"),
    array("a negative extent", header("'<f8'", "(-1,)"), "-1"),
    array("an extent of minus zero and more", header("'<f8'", "(-0x1,)"), '"x1'),
    array("an extent of a thousand digits", header("'<f8'", `(${"9".repeat(1000)},)`), /"9{60}…"/),
    array("an extent of 2**63", header("'<f8'", "(9223372036854775808,)"), "9223372036854775808"),
    array("a fraction", header("'<f8'", "(1.5,)"), '".5'),
    array("an escape", "{'d\\x65scr': '<f8'}", "a key"),
    array("no dtype at all", header("'xyz'", "(1,)"), '"xyz"', "NumPy does not have"),
    array("a dtype that goes on", header("'<f8<f8'", "(1,)"), "<f8<f8"),
    reads(
      "a product that overflows",
      npy(header("'<f8'", "(4294967296, 4294967296)")),
      "format",
      "overflows",
    ),
    reads(
      "one that an empty axis hides",
      npy(header("'<f8'", `(0, ${2 ** 40}, ${2 ** 40})`)),
      "format",
      "overflows",
    ),
    reads("a petabyte", npy(header("'<f8'", `(${2 ** 47},)`)), "format", `${2 ** 50} bytes, and 0 follow`),
    reads("33 axes", npy(header("'<f8'", `(${"1, ".repeat(33)})`), bytes(8)), "shape", "32", "33"),

    // Kinds of elements that are not read.
    ...(
      [
        ["object", "pickled"],
        ["bytes", "byte strings"],
        ["string", "strings"],
        ["structured", "structured"],
        ["void", "raw bytes"],
        ["date", "datetime64"],
        ["timedelta", "timedelta64"],
        ["longdouble", "f16"],
        ["clongdouble", "c32"],
      ] as const
    ).map(([name, part]) => reads(name, golden(`refused_${name}.npy`), "dtype", part)),
    reads(
      "int64 beyond int32",
      golden("wide_i8.npy"),
      "dtype",
      "int64 -9007199254740992 at element 0",
      "float64",
    ),
    reads("uint64 beyond int32", golden("wide_u8.npy"), "dtype", "uint64 9007199254740992 at element 0"),

    // zip
    reads("half an archive", zip([member]).subarray(0, 60), "format", "cut short"),
    reads(
      "an archive without its last byte",
      zip([member]).subarray(0, -1),
      "format",
      "no record at its end",
    ),
    reads(
      "something behind the archive",
      zip([member], { behind: bytes(1) }),
      "format",
      "no record at its end",
    ),
    reads(
      "something before the archive",
      Buffer.concat([zip([]), zip([member])]),
      "format",
      "expected to end at",
    ),
    ending("more members than there are", { entries: 60_000 }, "60000 members"),
    ending("fewer members than there are", { entries: 0 }, "follow the last entry"),
    ending("several parts", { disk: 1 }, "several parts"),
    ending("members in other parts", { entriesHere: 0 }, "several parts"),
    ending("a directory elsewhere", { directoryPosition: 2 ** 31 }, "2147483648"),
    ending("a directory that is larger", { directorySize: 1000 }, "1000 bytes"),
    ending("2**63 members", zip64End({ entries: 2n ** 63n }), "Infinity members"),
    ending("2**40 members", zip64End({ entries: 2n ** 40n }), "1099511627776 members"),
    ending("a directory beyond all files", zip64End({ directory: 2n ** 63n }), "expected to end at"),
    ending("a zip64 record elsewhere", zip64End({ record: 3n }), "said to be at 3"),
    archive("an encrypted member", { flags: 1 }, '"a.npy" is encrypted'),
    archive("a member by bzip2", { method: 12 }, "bzip2"),
    archive("a member by something else", { method: 77 }, "method 77"),
    archive("sizes that differ", { size: one.length + 1 }, `${one.length + 1} bytes`),
    archive("a member of 4 GiB", { size: 2 ** 32 - 2, compressedSize: 2 ** 32 - 2 }, "something else begins"),
    archive("zip64 sizes that are not there", { size: 2 ** 32 - 1 }, "lacks its zip64 sizes"),
    archive(
      "a member of 2**63 bytes",
      { size: 2 ** 32 - 1, compressedSize: 2 ** 32 - 1, extra: zip64(2n ** 63n, 2n ** 63n) },
      "Infinity bytes",
    ),
    archive(
      "a zip64 field that is too short",
      { size: 2 ** 32 - 1, extra: uints([2, 1], [2, 4], [4, 1]) },
      "lacks",
    ),
    archive(
      "an extra field that is longer than it is",
      { size: 2 ** 32 - 1, extra: uints([2, 9], [2, 99]) },
      "lacks",
    ),
    archive("a checksum that is wrong", { crc: 0x12345678 }, "12345678", "checksum"),
    archive("another local name", { localName: "b.npy" }, 'member "a.npy"', "differ"),
    archive("another local method", { localMethod: 8 }, "differ"),
    archive("no local header", { position: 1 }, /no local header|something else/),
    archive("a member in the directory", { position: 100 }, "something else begins"),
    archive("a name that is not UTF-8", { name: Buffer.from([0xff, 0xfe]) }, "not UTF-8"),
    archive(
      "a member that is no npy file",
      { content: Buffer.from("<html></html>") },
      "no npy file",
      "3c68746d6c3e",
    ),
    archive("a member of nothing", { content: Buffer.alloc(0) }, "cut short"),
    archive("a directory", { name: "folder/", content: Buffer.alloc(0) }, "folder/"),
    reads("members of one name", zip([member, member]), "format", 'two members are called "a"'),
    reads(
      "names that become one",
      zip([member, { ...member, name: "a" }]),
      "format",
      'two members are called "a"',
    ),
    reads(
      "members in one place",
      zip([member, { ...member, name: "b.npy", position: 0 }]),
      "format",
      "something else",
    ),
    reads("damaged deflated bytes", zip([{ ...small, content: bytes(60) }]), "format", "damaged"),
    reads(
      "deflated bytes cut short",
      zip([{ ...small, content: deflated.subarray(0, -9) }]),
      "format",
      "damaged",
    ),
    reads("more than was said", zip([{ ...small, size: 20 }]), "format", "more than the 20 bytes"),
    reads("less than was said", zip([{ ...small, size: 1000 }]), "format", `${one.length} bytes`, "1000"),
    reads("nothing, deflated", zip([{ ...small, size: 0 }]), "format", "holds nothing"),
    reads("a deflated member's checksum", zip([small]), "format", "checksum", "00000000"),
    reads("more than deflate can make", zip([{ ...small, size: 2 ** 31 }]), "format", "2147483648 bytes"),

    // safetensors
    reads("a header length alone", safetensors("{").subarray(0, 8), "format", "no npy, npz or"),
    reads("safetensors cut in its header", safetensors({ a: 1 }).subarray(0, 12), "format", "cut short"),
    reads("a header of 2**63 bytes", safetensors("{}", bytes(4), 2n ** 63n), "format", "9223372036854775808"),
    reads("a header that is too long", safetensors("{}", bytes(4), 100_000_001n), "format", "100000001"),
    reads("a header beyond the file", safetensors("{}", bytes(4), 99n), "format", "99 bytes, and 6 are left"),
    reads(
      "a header that is not UTF-8",
      Buffer.from("05000000000000007b22ff227d", "hex"),
      "format",
      "not UTF-8",
    ),
    named("JSON that is not", "{'a': 1}", "not JSON"),
    named("JSON that goes on", "{} {}", "not JSON"),
    named("a key twice", `{"a":{"dtype":"U8","shape":[16],"data_offsets":[0,16]},"\\u0061":1}`, '"a" twice'),
    named("an object in an object in an object", { a: { b: { c: {} } } }, "nested more than 3 deep"),
    named("arrays without end", `{"a":${"[".repeat(1e6)}`, "nested more than 3 deep"),
    named("numbers without end", `{"a":[${"0,".repeat(2 ** 22)}0]}`, "more than 4194304 parts"),
    named("a string without end", '{"a', "not JSON"),
    named("a comma at the end", '{"a":{"dtype":"U8","shape":[16],"data_offsets":[0,16]},}', "not JSON"),
    named("a comma at the end of much", `{"__metadata__":{"a":"${"b".repeat(1e5)}"},}`, "ends with a comma"),
    named("two commas behind much", `{"__metadata__":{"a":"${"b".repeat(1e5)}"},,"a":{}}`, "not JSON"),
    named("a colon without a key", '{:"a"}', "not JSON"),
    named("a number of a million digits", `{"a":${"9".repeat(1e6)}}`, /the number 9{24}… where/),
    named("a key twice within", '{"a":{"dtype":"U8","dtype":"U8"}}', '"dtype" twice'),
    named("a number for a tensor", { a: 1 }, '"a"', "1"),
    named("null for a tensor", { a: null }, '"a"', "null"),
    named("a tensor of nothing", { a: {} }, "dtype is undefined"),
    named("another key", { a: { ...described("U8", [16], 0, 16), x: 1 } }, '"x"'),
    named("a dtype that is a number", { a: { dtype: 1, shape: [], data_offsets: [0, 16] } }, "dtype is 1"),
    named("a shape that is a number", { a: described("U8", 16, 0, 16) }, "shape is 16"),
    named("an extent that is a word", { a: described("U8", ["16"], 0, 16) }, '"16"'),
    named("a negative extent", '{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,16]}}', "the number -1"),
    named(
      "an extent of minus zero",
      '{"a":{"dtype":"U8","shape":[-0],"data_offsets":[0,16]}}',
      "the number -0",
    ),
    named("a fraction", '{"a":{"dtype":"U8","shape":[16.0],"data_offsets":[0,16]}}', "the number 16.0"),
    named("an exponent", '{"a":{"dtype":"U8","shape":[1e1],"data_offsets":[0,16]}}', "the number 1e1"),
    named(
      "2**64",
      `{"a":{"dtype":"U8","shape":[${2n ** 64n}],"data_offsets":[0,16]}}`,
      "18446744073709551616",
    ),
    named(
      "three offsets",
      { a: { dtype: "U8", shape: [], data_offsets: [0, 1, 2] } },
      "data_offsets are [0,1,2]",
    ),
    named("offsets the wrong way round", { a: described("U8", [16], 16, 0) }, "[16,0]"),
    named("a shape that overflows", { a: described("U8", [2 ** 40, 2 ** 40], 0, 16) }, "overflows"),
    named("another size", { a: described("F64", [3], 0, 16) }, "24 bytes", "16"),
    named("a hole at the beginning", { a: described("U8", [8], 8, 16) }, '"a"', "[8,16]"),
    named(
      "a hole between",
      { a: described("U8", [4], 0, 4), b: described("U8", [8], 8, 16) },
      '"b"',
      "the bytes before it end at 4",
    ),
    named("a hole at the end", { a: described("U8", [8], 0, 8) }, "end at 8", "16 bytes follow"),
    named("tensors beyond the file", { a: described("U8", [99], 0, 99) }, "end at 99", "16 bytes follow"),
    named(
      "tensors that overlap",
      { a: described("U8", [12], 0, 12), b: described("U8", [8], 8, 16) },
      '"b"',
      "another tensor ends at 12",
    ),
    named("metadata that are a word", { __metadata__: "x" }, "__metadata__"),
    named("metadata that are no words", { __metadata__: { a: true } }, '"a"', "true"),
    reads(
      "8-bit floats",
      safetensors({ a: described("F8_E4M3", [1], 0, 1) }, bytes(1)),
      "dtype",
      "F8_E4M3",
      "BF16",
    ),
    reads(
      "a dtype of every object",
      safetensors({ a: described("constructor", [], 0, 0) }),
      "dtype",
      "constructor",
    ),
    reads(
      "33 axes of a safetensor",
      safetensors({ a: described("U8", new Array(33).fill(1), 0, 1) }, bytes(1)),
      "shape",
      "32",
      "33",
    ),

    // Options
    ["an unknown name", () => io.parse(zip([member]), { names: ["b"] }), "argument", '"b"', '["a"]'],
    ["names of one", () => io.parse(one, { names: ["a"] }), "argument", "npz and safetensors"],
    ["names that are one", () => io.parse(zip([member]), { names: wrong("a") }), "argument", '"a"'],
    ["too little memory", () => io.parse(one, { maxBytes: 7 }), "argument", "8 bytes", "maxBytes allows 7"],
    ["a negative limit", () => io.parse(one, { maxBytes: -1 }), "argument", "maxBytes is -1"],
    ["text", () => io.parse(wrong("x")), "argument", '"x"', "bytes"],
  ],
  "io.serialize": [
    ["a format that is not", () => io.serialize(1, { format: wrong("csv") }), "argument", '"csv"', '"npy"'],
    ["no format", () => io.serialize(1, wrong(undefined)), "argument", "format"],
    [
      "several tensors as one",
      () => io.serialize({ a: io.parse(one) as never }, { format: "npy" }),
      "argument",
      "npz",
    ],
    ["one tensor as several", () => io.serialize([1], { format: "npz" }), "argument", "by name", "[1]"],
    ["half a character", () => io.serialize({ "\ud800": 1 }, { format: "npz" }), "argument", "no name"],
    ["a NUL in a name", () => io.serialize({ "a\0b": 1 }, { format: "npz" }), "argument", "no name"],
    [
      "complex128 safetensors",
      () => io.serialize({ z: [{ re: 1, im: 2 }] }, { format: "safetensors" }),
      "dtype",
      '"z"',
      "complex128",
    ],
    [
      "a tensor called metadata",
      () => io.serialize({ __metadata__: 1 }, { format: "safetensors" }),
      "argument",
      "__metadata__",
    ],
    [
      "metadata of npz",
      () => io.serialize({ a: 1 }, { format: "npz", metadata: {} }),
      "argument",
      "safetensors",
    ],
    [
      "metadata that are numbers",
      () => io.serialize({ a: 1 }, { format: "safetensors", metadata: wrong({ n: 1 }) }),
      "argument",
      '"n"',
      "1",
    ],
    [
      "metadata that are a list",
      () => io.serialize({ a: 1 }, { format: "safetensors", metadata: wrong([]) }),
      "argument",
      "[]",
    ],
    ["compressed npy", () => io.serialize(1, { format: "npy", compress: true }), "argument", "npz"],
  ],
});

describe("what a limit allows", () => {
  const zeros = { a: new Float64Array(1e6) };
  const archived = io.serialize(zeros, { format: "npz", compress: true });

  test("is exact", () => {
    expect(archived.length).toBeLessThan(20_000);
    expect(Object.keys(io.parse(archived, { maxBytes: 8e6 }))).toEqual(["a"]);
    const bytes = io.serialize({ a: [1, 2], b: [3] }, { format: "safetensors" });
    expect(Object.keys(io.parse(bytes, { maxBytes: 24 }))).toEqual(["a", "b"]);
    expect(() => io.parse(bytes, { maxBytes: 23 })).toThrow("maxBytes allows 23");
    expect(Object.keys(io.parse(bytes, { maxBytes: 16, names: ["a"] }))).toEqual(["a"]);
  });

  test("is not inflated beyond", () => {
    expect(() => io.parse(archived, { maxBytes: 8e6 - 1 })).toThrow(/maxBytes/);
    expect(() => io.parse(archived, { maxBytes: 1e6 })).toThrow("more than maxBytes leaves for it");
  });
});

test("names are keys, whatever they are", () => {
  const odd = ["__proto__", "constructor", "../../etc/passwd", "C:\\x", "", "0"];
  const record: Record<string, number> = Object.create(null);
  for (const [i, name] of odd.entries()) record[name] = i;
  for (const format of ["npz", "safetensors"] as const) {
    const read = io.parse(io.serialize(record, { format }), { format });
    expect(Object.getPrototypeOf(read)).toBeNull();
    expect(Object.keys(read).sort()).toEqual([...odd].sort());
    for (const [i, name] of odd.entries()) expect(read[name].item()).toBe(i);
  }
});
