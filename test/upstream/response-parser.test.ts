import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { AnswerProblem, type ResponseHead } from "../../src/upstream/response-head.ts";
import { ResponseParser } from "../../src/upstream/response-parser.ts";

const LINE_MOST = 256;
const BLOCK_MOST = 4 * LINE_MOST;

/** What a parser says of some bytes: pieces of a body are one, so that splits do not show. */
type Outcome = {
  heads: string[];
  body: string;
  /** How often the end was told. */
  ends: number;
  /** Bytes came after the end. */
  surplus: boolean;
  problem: string | undefined;
  /** What `close` says when the bytes are over. */
  closes: boolean | undefined;
};

type Reading = { method?: string; maySwitch?: boolean; heads?: Map<string, ResponseHead> };

function readAll(
  chunks: readonly Buffer[],
  { method = "GET", maySwitch = false, heads = new Map() }: Reading = {},
): Outcome {
  const outcome: Outcome = {
    heads: [],
    body: "",
    ends: 0,
    surplus: false,
    problem: undefined,
    closes: undefined,
  };
  const sink = {
    onHead: ({ status, framing, length }: ResponseHead) =>
      void outcome.heads.push(`${status} ${framing} ${length}`),
    onBody: (piece: Uint8Array) => {
      if (outcome.ends > 0 || outcome.heads.length !== 1)
        throw new Error("a piece of a body outside of an answer");
      if (piece.length === 0) throw new Error("an empty piece");
      outcome.body += Buffer.from(piece).toString("latin1");
    },
    onEnd: () => void outcome.ends++,
  };
  const parser = new ResponseParser(sink, { headerLineBytes: LINE_MOST }, heads);
  parser.expect(method, maySwitch);
  try {
    for (const chunk of chunks) if (!parser.push(chunk)) outcome.surplus = true;
  } catch (error) {
    if (!(error instanceof AnswerProblem)) throw error;
    outcome.problem = error.kind;
    return outcome;
  }
  if (!parser.isDone) outcome.closes = parser.close();
  return outcome;
}

const bytesOf = (text: string) => Buffer.from(text, "latin1");
const read = (text: string, reading?: Reading) => readAll([bytesOf(text)], reading);
const OK = "HTTP/1.1 200 OK\r\n";
/** A head of so many bytes, without its final empty line, in lines that are short enough. */
function headOf(bytes: number): string {
  const filler = `A: ${"x".repeat(97)}\r\n`.repeat(9);
  return `${OK}${filler}B: ${"y".repeat(bytes - OK.length - filler.length - 3)}`;
}
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

type Recorded = { bytes: string; wanted: Partial<Outcome>; reading?: Reading };

const RECORDED: Record<string, Recorded> = {
  "a body of known length": {
    bytes: `${OK}Content-Length: 3\r\n\r\nabc`,
    wanted: { heads: ["200 length 3"], body: "abc", ends: 1 },
  },
  "an empty body": { bytes: `${OK}Content-Length: 0\r\n\r\n`, wanted: { heads: ["200 length 0"], ends: 1 } },
  "a body that ends too early": {
    bytes: `${OK}Content-Length: 3\r\n\r\nab`,
    wanted: { heads: ["200 length 3"], body: "ab", closes: false },
  },
  "a body that is too long": {
    bytes: `${OK}Content-Length: 3\r\n\r\nabcd`,
    wanted: { heads: ["200 length 3"], body: "abc", ends: 1, surplus: true },
  },
  "a second answer behind the first": {
    bytes: `${OK}Content-Length: 0\r\n\r\n${OK}Content-Length: 0\r\n\r\n`,
    wanted: { heads: ["200 length 0"], ends: 1, surplus: true },
  },
  "a body that ends with the connection": {
    bytes: `${OK}\r\nabc`,
    wanted: { heads: ["200 close -1"], body: "abc", ends: 1, closes: true },
  },
  "no body that ends with the connection": {
    bytes: `${OK}\r\n`,
    wanted: { heads: ["200 close -1"], ends: 1, closes: true },
  },
  chunks: {
    bytes: `${CHUNKED}3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n`,
    wanted: { heads: ["200 chunked -1"], body: "abcd", ends: 1 },
  },
  "no chunk but the last": { bytes: `${CHUNKED}0\r\n\r\n`, wanted: { heads: ["200 chunked -1"], ends: 1 } },
  "sizes in any letter case and with zeros": {
    bytes: `${CHUNKED}00a\r\n0123456789\r\nA\r\n0123456789\r\n000\r\n\r\n`,
    wanted: { heads: ["200 chunked -1"], body: "01234567890123456789", ends: 1 },
  },
  "chunk extensions": {
    bytes: `${CHUNKED}1;a=b;c="d e"\r\nx\r\n1 ; f\r\ny\r\n0;g\r\n\r\n`,
    wanted: { heads: ["200 chunked -1"], body: "xy", ends: 1 },
  },
  trailers: {
    bytes: `${CHUNKED}1\r\nx\r\n0\r\nContent-Length: 9\r\nX-A: b\r\n\r\n`,
    wanted: { heads: ["200 chunked -1"], body: "x", ends: 1 },
  },
  "bytes behind the last chunk": {
    bytes: `${CHUNKED}0\r\n\r\nx`,
    wanted: { heads: ["200 chunked -1"], ends: 1, surplus: true },
  },
  "chunks without a last one": {
    bytes: `${CHUNKED}1\r\nx\r\n`,
    wanted: { heads: ["200 chunked -1"], body: "x", closes: false },
  },
  "a last chunk without its end": {
    bytes: `${CHUNKED}0\r\n`,
    wanted: { heads: ["200 chunked -1"], closes: false },
  },
  "a chunk that is cut": {
    bytes: `${CHUNKED}5\r\nab`,
    wanted: { heads: ["200 chunked -1"], body: "ab", closes: false },
  },
  "interim answers": {
    bytes: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n${OK}Content-Length: 1\r\n\r\na`,
    wanted: { heads: ["200 length 1"], body: "a", ends: 1 },
  },
  "an interim answer alone": { bytes: "HTTP/1.1 102 Processing\r\n\r\n", wanted: { closes: false } },
  "204": { bytes: "HTTP/1.1 204 No Content\r\n\r\n", wanted: { heads: ["204 none -1"], ends: 1 } },
  "204 with a body": {
    bytes: "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nab",
    wanted: { heads: ["204 none -1"], ends: 1, surplus: true },
  },
  "304 with a length": {
    bytes: "HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n",
    wanted: { heads: ["304 none 2"], ends: 1 },
  },
  "HEAD with a length": {
    bytes: `${OK}Content-Length: 2\r\n\r\n`,
    wanted: { heads: ["200 none 2"], ends: 1 },
    reading: { method: "HEAD" },
  },
  "HEAD with chunks": {
    bytes: CHUNKED,
    wanted: { heads: ["200 none -1"], ends: 1 },
    reading: { method: "HEAD" },
  },
  "HEAD without framing": {
    bytes: `${OK}\r\n`,
    wanted: { heads: ["200 none -1"], ends: 1 },
    reading: { method: "HEAD" },
  },
  "HEAD with a body all the same": {
    bytes: `${OK}Content-Length: 2\r\n\r\nab`,
    wanted: { heads: ["200 none 2"], ends: 1, surplus: true },
    reading: { method: "HEAD" },
  },
  "101 that was asked for": {
    bytes: "HTTP/1.1 101 x\r\n\r\nraw \0 bytes",
    wanted: { heads: ["101 none -1"], body: "raw \0 bytes", ends: 1, closes: true },
    reading: { maySwitch: true },
  },
  "another answer to who asked for 101": {
    bytes: `${OK}Content-Length: 1\r\n\r\na`,
    wanted: { heads: ["200 length 1"], body: "a", ends: 1 },
    reading: { maySwitch: true },
  },
  "a chunk line at the limit": {
    bytes: `${CHUNKED}1;${"a".repeat(254)}\r\na\r\n0\r\n\r\n`,
    wanted: { heads: ["200 chunked -1"], body: "a", ends: 1 },
  },
  "nothing at all": { bytes: "", wanted: { closes: false } },
  "half a head": { bytes: `${OK}Content-Le`, wanted: { closes: false } },
  "a head at the limit": {
    bytes: `${headOf(BLOCK_MOST)}\r\n\r\n`,
    wanted: { heads: ["200 close -1"], ends: 1, closes: true },
  },
};

const MALFORMED: Record<string, Recorded> = {
  "another protocol": { bytes: "SSH-2.0-x\r\n\r\n", wanted: { problem: "malformed" } },
  "lines that end with LF alone, and a length": {
    bytes: "HTTP/1.1 200 OK\nContent-Length: 1\n\na\r\n\r\n",
    wanted: { problem: "malformed" },
  },
  "an empty line before the answer": { bytes: `\r\n${OK}\r\n`, wanted: { problem: "malformed" } },
  "a head that never ends": {
    bytes: `${OK}${"A: b\r\n".repeat(BLOCK_MOST / 6)}`,
    wanted: { problem: "header too large" },
  },
  "a head one byte over the limit": {
    bytes: `${headOf(BLOCK_MOST + 1)}\r\n\r\n`,
    wanted: { problem: "header too large" },
  },
  "a line over the limit": {
    bytes: `${OK}A: ${"x".repeat(LINE_MOST)}\r\n\r\n`,
    wanted: { problem: "header too large" },
  },
  "101 that nobody asked for": { bytes: "HTTP/1.1 101 x\r\n\r\n", wanted: { problem: "malformed" } },
  "a chunk size that is none": {
    bytes: `${CHUNKED}x\r\n`,
    wanted: { heads: ["200 chunked -1"], problem: "malformed" },
  },
  "a chunk size with 0x": {
    bytes: `${CHUNKED}0x1\r\na\r\n`,
    wanted: { heads: ["200 chunked -1"], problem: "malformed" },
  },
  "a chunk size with a sign": {
    bytes: `${CHUNKED}+1\r\na\r\n`,
    wanted: { heads: ["200 chunked -1"], problem: "malformed" },
  },
  "a chunk size behind a space": {
    bytes: `${CHUNKED} 1\r\na\r\n`,
    wanted: { heads: ["200 chunked -1"], problem: "malformed" },
  },
  "an empty chunk size": {
    bytes: `${CHUNKED}\r\n\r\n`,
    wanted: { heads: ["200 chunked -1"], problem: "malformed" },
  },
  "a chunk size of thirteen digits": {
    bytes: `${CHUNKED}1000000000000\r\n`,
    wanted: { heads: ["200 chunked -1"], problem: "malformed" },
  },
  "a chunk line that ends with LF alone": {
    bytes: `${CHUNKED}1\na\r\n0\r\n\r\n`,
    wanted: { heads: ["200 chunked -1"], problem: "malformed" },
  },
  "an extension with a bare CR": {
    bytes: `${CHUNKED}1;a\rb\r\na\r\n`,
    wanted: { heads: ["200 chunked -1"], problem: "malformed" },
  },
  "a chunk line one byte over the limit": {
    bytes: `${CHUNKED}1;${"a".repeat(255)}\r\na\r\n0\r\n\r\n`,
    wanted: { heads: ["200 chunked -1"], problem: "malformed" },
  },
  "an extension without end": {
    bytes: `${CHUNKED}1;${"a".repeat(300)}`,
    wanted: { heads: ["200 chunked -1"], problem: "malformed" },
  },
  "a chunk longer than its size": {
    bytes: `${CHUNKED}1\r\nabc\r\n`,
    wanted: { heads: ["200 chunked -1"], body: "a", problem: "malformed" },
  },
  "a chunk that ends with LF alone": {
    bytes: `${CHUNKED}1\r\na\n0\r\n\r\n`,
    wanted: { heads: ["200 chunked -1"], body: "a", problem: "malformed" },
  },
  "one trailer without end": {
    bytes: `${CHUNKED}0\r\nA: ${"b".repeat(17_000)}`,
    wanted: { heads: ["200 chunked -1"], problem: "malformed" },
  },
  "a trailer that is no field": {
    bytes: `${CHUNKED}0\r\nA b\r\n\r\n`,
    wanted: { heads: ["200 chunked -1"], problem: "malformed" },
  },
  "a control character in a trailer": {
    bytes: `${CHUNKED}0\r\nA: b\rc\r\n\r\n`,
    wanted: { heads: ["200 chunked -1"], problem: "malformed" },
  },
  "a trailer line over the limit": {
    bytes: `${CHUNKED}0\r\nA: ${"b".repeat(LINE_MOST)}\r\n\r\n`,
    wanted: { heads: ["200 chunked -1"], problem: "header too large" },
  },
  "trailers without end": {
    bytes: `${CHUNKED}0\r\n${"A: b\r\n".repeat(5000)}`,
    wanted: { heads: ["200 chunked -1"], problem: "malformed" },
  },
};

const NOTHING: Outcome = {
  heads: [],
  body: "",
  ends: 0,
  surplus: false,
  problem: undefined,
  closes: undefined,
};

describe("response parser: recorded answers", () => {
  for (const [what, { bytes, wanted, reading }] of Object.entries({ ...RECORDED, ...MALFORMED })) {
    test(what, () => expect(read(bytes, reading)).toEqual({ ...NOTHING, ...wanted }));

    test(`${what}, one byte after the other`, () => {
      const chunks = [...bytesOf(bytes)].map((byte) => Buffer.from([byte]));
      expect(readAll(chunks, reading)).toEqual({ ...NOTHING, ...wanted });
    });
  }

  test("an answer on a kept connection is read from its beginning, whatever came before", () => {
    const outcome: string[] = [];
    const sink = {
      onHead: ({ status }: ResponseHead) => void outcome.push(`head ${status}`),
      onBody: (piece: Uint8Array) => void outcome.push(Buffer.from(piece).toString()),
      onEnd: () => void outcome.push("end"),
    };
    const parser = new ResponseParser(sink, { headerLineBytes: LINE_MOST });
    for (const [method, bytes] of [
      ["GET", `${CHUNKED}1\r\na\r\n0\r\n\r\n`],
      ["HEAD", `${OK}Content-Length: 7\r\n\r\n`],
      ["GET", `${OK}Content-Length: 7\r\n\r\nseven b`],
    ] as const) {
      parser.expect(method);
      expect(parser.isDone).toBe(false);
      expect(parser.push(bytesOf(bytes))).toBe(true);
      expect(parser.isDone).toBe(true);
    }
    expect(outcome).toEqual(["head 200", "a", "end", "head 200", "end", "head 200", "seven b", "end"]);
    expect(parser.push(bytesOf("x"))).toBe(false);
  });
});

describe("response parser: whatever comes, and however it is cut", () => {
  const cuts = fc.array(fc.nat(2000), { maxLength: 12 });
  const recorded = fc.constantFrom(...Object.values({ ...RECORDED, ...MALFORMED }));

  test("recorded answers mean the same in any pieces", () => {
    fc.assert(
      fc.property(recorded, cuts, ({ bytes, wanted, reading }, places) => {
        expect(readAll(cut(bytesOf(bytes), places), reading)).toEqual({ ...NOTHING, ...wanted });
      }),
      { numRuns: 1000 },
    );
  });

  test("made-up answers mean the same in any pieces, and nothing throws but an AnswerProblem", () => {
    const part = fc.constantFrom(
      ...[
        "HTTP/1.1 200 OK",
        "HTTP/1.1 100 x",
        "HTTP/1.1 204 x",
        "HTTP/1.0 200",
        "\r\n",
        "\r\n",
        "\r\n",
        "\r\n\r\n",
        "\r",
        "\n",
      ],
      ...[
        "Content-Length: 3",
        "Content-Length: 0",
        "Transfer-Encoding: chunked",
        "Connection: close",
        "A: b",
        ":",
        " ",
      ],
      ...["0", "3", "3\r\nabc\r\n", "0\r\n\r\n", "abc", ";x", "\0", "\xff"],
    );
    const bytes = fc.array(part, { maxLength: 14 }).map((parts) => parts.join(""));
    const method = fc.constantFrom("GET", "HEAD");
    const begin = fc.constantFrom("", OK, CHUNKED);
    fc.assert(
      fc.property(begin, bytes, method, cuts, (begun, text, asked, places) => {
        const whole = read(begun + text, { method: asked });
        expect(readAll(cut(bytesOf(begun + text), places), { method: asked })).toEqual(whole);
        expect(whole.ends).toBeLessThanOrEqual(1);
      }),
      { numRuns: 2000 },
    );
  });

  test("random bytes end in an AnswerProblem or in waiting for more", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.boolean(), (random, begun) => {
        const chunks = [...(begun ? [bytesOf(CHUNKED)] : []), Buffer.from(random)];
        expect(readAll(chunks).ends).toBeLessThanOrEqual(1);
      }),
      { numRuns: 300 },
    );
  });

  test("bodies of any bytes in chunks of any sizes arrive as they were", () => {
    const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 6 });
    fc.assert(
      fc.property(pieces, cuts, (body, places) => {
        const chunks = body.map(
          (piece) => `${piece.length.toString(16)}\r\n${Buffer.from(piece).toString("latin1")}\r\n`,
        );
        const bytes = bytesOf(`${CHUNKED}${chunks.join("")}0\r\n\r\n`);
        const { body: got, ends } = readAll(cut(bytes, places));
        expect([got, ends]).toEqual([Buffer.concat(body).toString("latin1"), 1]);
      }),
      { numRuns: 300 },
    );
  });
});

describe("response parser: heads that were seen lately", () => {
  test("a head that comes again is the same object, and HEAD does not change it for others", () => {
    const heads = new Map<string, ResponseHead>();
    const bytes = `${OK}Content-Length: 0\r\n\r\n`;
    read(bytes, { heads });
    const [first] = heads.values();
    read(bytes, { heads, method: "HEAD" });
    expect([...heads.values()]).toEqual([first as ResponseHead]);
    expect(first?.framing).toBe("length");
    expect(heads.size).toBe(1);
  });

  test("they are bounded in number", () => {
    const heads = new Map<string, ResponseHead>();
    let most = 0;
    for (let n = 0; n < 2000; n++) {
      read(`${OK}Content-Length: 0\r\nX-Id: ${n}\r\n\r\n`, { heads });
      most = Math.max(most, heads.size);
    }
    expect(most).toBe(512);
  });

  test("they are bounded in size: a long head is never kept", () => {
    const heads = new Map<string, ResponseHead>();
    const line = "x".repeat(20_000);
    const sink = { onHead() {}, onBody() {}, onEnd() {} };
    const parser = new ResponseParser(sink, { headerLineBytes: 32_768 }, heads);
    for (const fields of [`A: ${line}\r\n`, `A: b\r\n`.repeat(400), ""]) {
      parser.expect("GET");
      parser.push(bytesOf(`${OK}Content-Length: 0\r\n${fields}\r\n`));
    }
    expect([...heads.keys()].map((head) => head.length)).toEqual([34]);
  });

  test("a head that is refused is not remembered", () => {
    const heads = new Map<string, ResponseHead>();
    read(`${OK}A b\r\n\r\n`, { heads });
    expect(heads.size).toBe(0);
  });
});

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].sort(
    (a, b) => a - b,
  );
  return sorted.slice(1).map((to, n) => Buffer.from(bytes.subarray(sorted[n] ?? 0, to)));
}

test("response parser: interim answers are told with their fields, and trailers before the end, checked and sorted out", () => {
  const told: string[] = [];
  const parser = new ResponseParser(
    {
      onInterim: ({ status, fields }) => void told.push(`${status} ${fields.join()}`),
      onHead: ({ status, fields }) => void told.push(`${status} ${fields.join()}`),
      onBody() {},
      onTrailers: (fields) => void told.push(`trailers ${fields.join()}`),
      onEnd: () => void told.push("end"),
    },
    { headerLineBytes: LINE_MOST },
  );
  parser.expect("GET");
  const interim = "HTTP/1.1 100 x\r\n\r\nHTTP/1.1 103 x\r\nLink: a\r\nKeep-Alive: b\r\n\r\n";
  const trailers = "X-A:  b \r\nTransfer-Encoding: gzip\r\nDate: now\r\nx-a: c\r\n\r\n";
  for (const byte of bytesOf(`${interim}${CHUNKED}0\r\n${trailers}`)) parser.push(Buffer.from([byte]));
  expect(told).toEqual(["100 ", "103 Link,a", "200 ", "trailers X-A,b,x-a,c", "end"]);
  // Nothing of them is left for the next answer.
  parser.expect("GET");
  parser.push(bytesOf(`${CHUNKED}0\r\n\r\n`));
  expect(told.slice(5)).toEqual(["200 ", "end"]);
});
