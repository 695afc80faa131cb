import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BlockProblem, FieldDecoder } from "../../../src/http/h2/field-decoder.ts";
import { encodeFields, encodeInteger, encodeString } from "../../support/hpack.ts";

const LIMITS = { lineMost: 65_536, listMost: 65_536 };
const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));
const reader = (tableMost = 4096, limits = LIMITS) => {
  const decoder = new FieldDecoder(tableMost, limits);
  return Object.assign(
    (bytes: readonly number[] | Uint8Array) => decoder.read(Uint8Array.from(bytes), 0, bytes.length),
    {
      decoder,
    },
  );
};

/** As many of the newest as a table of this size holds. */
function fitting(known: readonly [string, string][], most: number): [string, string][] {
  let size = 0;
  return known.filter(([name, value]) => {
    size += name.length + value.length + 32;
    return size <= most;
  });
}

const FIRST = [":method", "GET", ":scheme", "http", ":path", "/", ":authority", "www.example.com"];
const SECOND = [...FIRST, "cache-control", "no-cache"];
const THIRD = [":method", "GET", ":scheme", "https", ":path", "/index.html", ":authority", "www.example.com"];
const REQUESTS = [FIRST, SECOND, [...THIRD, "custom-key", "custom-value"]];
const DATES = ["Mon, 21 Oct 2013 20:13:21 GMT", "Mon, 21 Oct 2013 20:13:22 GMT"] as const;
const answer = (status: string, date: string) => [
  ":status",
  status,
  "cache-control",
  "private",
  "date",
  date,
];
const ANSWERS = [
  [...answer("302", DATES[0]), "location", "https://www.example.com"],
  [...answer("307", DATES[0]), "location", "https://www.example.com"],
  [
    ...[...answer("200", DATES[1]), "location", "https://www.example.com", "content-encoding", "gzip"],
    ...["set-cookie", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"],
  ],
];

describe("the examples of RFC 7541 appendix C", () => {
  test.each([
    [
      "C.3: requests",
      4096,
      [
        "828684410f7777772e6578616d706c652e636f6d",
        "828684be58086e6f2d6361636865",
        "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
      ],
      REQUESTS,
    ],
    [
      "C.4: requests, compressed",
      4096,
      [
        "828684418cf1e3c2e5f23a6ba0ab90f4ff",
        "828684be5886a8eb10649cbf",
        "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
      ],
      REQUESTS,
    ],
    [
      "C.6: answers, compressed, where fields have to leave",
      256,
      [
        "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
        "4883640effc1c0bf",
        "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
      ],
      ANSWERS,
    ],
  ] as const)("%s", (_what, tableMost, blocks, fields) => {
    const read = reader(tableMost);
    expect(blocks.map((block) => read(hex(block)))).toEqual(fields as never);
  });
});

describe("a table of header fields", () => {
  const remembered = (name: string, value: string) => [0x40, ...encodeString(name), ...encodeString(value)];

  test("gives the newest field the lowest number", () => {
    const read = reader();
    read([...remembered("a", "1"), ...remembered("b", "2")]);
    expect(read([0x80 | 62, 0x80 | 63])).toEqual(["b", "2", "a", "1"]);
  });

  test("loses the oldest where there is no room, and all by a field larger than itself", () => {
    const read = reader(68);
    read([...remembered("a", "1"), ...remembered("b", "2")]);
    read(remembered("c", "3"));
    expect(read([0x80 | 62, 0x80 | 63])).toEqual(["c", "3", "b", "2"]);
    expect(() => read([0x80 | 64])).toThrow(BlockProblem);
    read(remembered("d", "x".repeat(68)));
    expect(() => read([0x80 | 62])).toThrow("field number 62");
  });

  test("is emptied by its size, which may come twice, and grows again as far as was allowed", () => {
    const read = reader(100);
    read(remembered("a", "1"));
    expect(read([0x20, ...encodeInteger(100, 5, 0x20), 0x82])).toEqual([":method", "GET"]);
    expect(() => read([0x80 | 62])).toThrow(BlockProblem);
    expect(() => read(encodeInteger(101, 5, 0x20))).toThrow("a table of 101 bytes, where 100 are allowed");
    expect(() => read([0x82, 0x20])).toThrow("in the middle");
  });

  test("goes on through a block that is over a limit", () => {
    const read = reader(4096, { lineMost: 1000, listMost: 80 });
    expect(read([...remembered("a", "1"), ...remembered("b", "2"), ...remembered("c", "3")])).toEqual([
      "a",
      "1",
      "b",
      "2",
    ]);
    expect(read.decoder.overflow).toBe("more than 80 bytes of header");
    expect(read([0x80 | 62])).toEqual(["c", "3"]);
    expect(read.decoder.overflow).toBeUndefined();
  });

  test("says for whatever was remembered what a plain list would", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 40 });
    const step = fc.record({ name: word, value: word, pick: fc.nat(12) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 32, max: 400 }), (steps, most) => {
        const read = reader(most);
        let known: [string, string][] = [];
        for (const { name, value, pick } of steps) {
          read(remembered(name, value));
          known.unshift([name, value]);
          known = fitting(known, most);
          const expected = known[pick];
          if (expected) expect(read([0x80 | (62 + pick)])).toEqual(expected);
          else expect(() => read([0x80 | (62 + pick)])).toThrow(BlockProblem);
        }
      }),
    );
  });
});

test("blocks are read between their ends, and not beyond", () => {
  const { decoder } = reader();
  const block = encodeFields([["a", "1"]], true);
  expect(decoder.read(Uint8Array.from([0xff, ...block, 0x82]), 1, 1 + block.length)).toEqual(["a", "1"]);
  expect(() => decoder.read(Uint8Array.from([...block, 0x82]), 0, block.length - 1)).toThrow(BlockProblem);
});

test("any bytes are fields or a BlockProblem, and a block of references stays within the list's limit", () => {
  const read = reader(4096, { lineMost: 500, listMost: 500 });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      try {
        const fields = read(bytes);
        expect(fields.join("").length).toBeLessThanOrEqual(500);
      } catch (problem) {
        expect(problem).toBeInstanceOf(BlockProblem);
      }
    }),
    { numRuns: 2_000 },
  );
});
