// Heads up to the largest that are taken, and beyond: at each door, for each kind of worker. Every answer is the app's, which has
// then got all of it, or gw's own, with one cause for the client, the log and the counters. No engine behind a door answers by itself.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { FIELDS_MOST, HEAD_BYTES_MOST, LINE_BYTES_MOST } from "../../src/core/requests/head-bounds.ts";
import { fieldValue } from "../../src/http/fields.ts";
import { FLAG, FRAME } from "../../src/http/h2/frames.ts";
import { FrameClient, type Pair } from "../front/door/h2/frame-client.ts";
import { H2_OVER_TLS } from "../front/door/h2/h2-player.ts";
import { readAnswer, valuesOf } from "../support/answer-reader.ts";
import { obey } from "../support/control.ts";
import { freePort } from "../support/free-port.ts";
import { eventually, type Gw, startGw } from "../support/gw.ts";
import { frame } from "../support/h2-peer.ts";
import { encodeFields } from "../support/hpack.ts";
import { describeWith, WITH_PYTHON } from "../support/needs.ts";
import { exchangeRaw, type RawTarget } from "../support/raw-http.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { tlsFlags } from "../support/tls-setup.ts";
import { PYTHON } from "../support/worker-process.ts";

setDefaultTimeout(60_000);

/** Each app tells how many of the fields it got that begin with `x-`, and how many characters their values have together. */
const APPS = {
  fetch: {
    file: "fetch.ts",
    text: `export default { fetch({ headers, url }) {
      const own = [...headers].filter(([name]) => /^x-\\d/.test(name));
      return new Response(own.length + " " + own.reduce((sum, [, value]) => sum + value.length, 0) + " " + new URL(url).pathname.split("p").length);
    } };`,
  },
  "http1 alone": {
    file: "http1.ts",
    text: `export default { http2: false, fetch({ headers, url }) {
      const own = [...headers].filter(([name]) => /^x-\\d/.test(name));
      return new Response(own.length + " " + own.reduce((sum, [, value]) => sum + value.length, 0) + " " + new URL(url).pathname.split("p").length);
    } };`,
  },
  node: {
    file: "node.ts",
    text: `import { createServer } from "node:http";
    createServer(({ rawHeaders, url }, response) => {
      const values = rawHeaders.filter((_, at) => at % 2 === 1 && /^x-\\d/i.test(rawHeaders[at - 1]));
      response.end(values.length + " " + values.join("").length + " " + url.split("p").length);
    }).listen(process.env.PORT);`,
  },
  python: {
    file: "app.py",
    text: `def application(environ, start_response):
    values = [value for name, value in environ.items() if name.startswith("HTTP_X_") and name[7].isdigit()]
    path = environ.get("SCRIPT_NAME", "") + environ["PATH_INFO"]
    body = "%d %d %d" % (len(values), len("".join(values)), path.count("p") + 1)
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body.encode()]
`,
  },
} as const;
type Kind = keyof typeof APPS;
/** Without the letter that fills paths. */
const MOUNTS: Record<Kind, string> = { fetch: "/f", "http1 alone": "/h", node: "/n", python: "/s" };

let dir: TempDir;
let gw: Gw;
let doors: Record<string, Ask>;

type Asked = { path: string; fields: readonly Pair[] };
type Ask = (asked: Asked) => Promise<Answer>;
type Answer = { status: number; cause: string; id: string; body: string };

async function start(kinds: readonly Kind[]): Promise<void> {
  dir = makeTempDir();
  const secure = freePort();
  const unix = join(dir.path, "door.sock");
  const groups = kinds.map((kind) => {
    const { file, text } = APPS[kind];
    dir.write(file, text);
    const group = { app: file, mount: MOUNTS[kind], ...(kind === "python" && { python: PYTHON }) };
    return [kind.replace(" ", "-"), group];
  });
  dir.write("gw.config.json", JSON.stringify({ groups: Object.fromEntries(groups) }));
  gw = await startGw([
    ...["--config", join(dir.path, "gw.config.json"), "--listen", `unix:${unix}`],
    ...["--https-port", String(secure), ...tlsFlags(dir.path)],
  ]);
  doors = {
    plain: (asked) => overHttp1(gw.url, asked),
    TLS: (asked) => overHttp1({ port: secure, tls: true }, asked),
    UNIX: (asked) => overHttp1({ unix }, asked),
    "HTTP/2": (asked) => overHttp2(secure, asked),
  };
}

async function overHttp1(target: RawTarget, { path, fields }: Asked): Promise<Answer> {
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const text = `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${lines}\r\n`;
  const answer = readAnswer(await exchangeRaw(target, text));
  const [id = ""] = valuesOf(answer, "x-request-id");
  return { ...answer, id, cause: causeIn(valuesOf(answer, "proxy-status")[0]) };
}

const FRAME_MOST = 16_384;

async function overHttp2(port: number, { path, fields }: Asked): Promise<Answer> {
  using client = await FrameClient.connect(port, true, H2_OVER_TLS);
  const pseudo: Pair[] = [
    [":method", "GET"],
    [":scheme", "https"],
    [":path", path],
    [":authority", "localhost"],
  ];
  // In the place of the field of HTTP/1.1 that ends the connection, so that all doors see as many.
  const block = encodeFields([...pseudo, ["te", "trailers"], ...fields]);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < block.length; at += FRAME_MOST) {
    const flags = (at === 0 ? FLAG.endStream : 0) | (at + FRAME_MOST >= block.length ? FLAG.endHeaders : 0);
    const type = at === 0 ? FRAME.headers : FRAME.continuation;
    pieces.push(frame(type, flags, 1, block.subarray(at, at + FRAME_MOST)));
  }
  client.send(...pieces);
  await client.untilAnswered(1);
  const head = client.heads.get(1) ?? [];
  const id = fieldValue(head, "x-request-id") ?? "";
  const cause = causeIn(fieldValue(head, "proxy-status"));
  return { status: client.statusOf(1) ?? 0, cause, id, body: client.bodyOf(1) };
}

const causeIn = (proxyStatus: unknown) => /details="(\w+)"/.exec(String(proxyStatus))?.[1] ?? "";

/** `count`: of all fields, Host and the one that is no part of `fields` included. */
const many = (count: number): Pair[] =>
  Array.from({ length: count - 2 }, (_, at) => [`x-${at}`, "v"] as const);
const large = (bytes: number): Pair[] => [["x-0", "v".repeat(bytes)]];
const spread = (bytes: number): Pair[] =>
  Array.from({ length: 8 }, (_, at) => [`x-${at}`, "v".repeat(bytes / 8)] as const);
/** Behind a mount of two characters. */
const long = (bytes: number) => `/${"p".repeat(bytes - "GET /m/ HTTP/1.1".length)}`;

/** What else a head has here, in the reckoning of HTTP/2, which is the larger one. */
const REST = 700;
const CASES: [what: string, asked: Partial<Asked>, causes: readonly string[]][] = [
  ["a few fields", { fields: many(20) }, []],
  ["100 fields", { fields: many(100) }, []],
  ["as many as may be", { fields: many(FIELDS_MOST) }, []],
  ["one more", { fields: many(FIELDS_MOST + 1) }, ["too_many_fields"]],
  ["as many as the runtime takes", { fields: many(198) }, ["too_many_fields"]],
  ["one more than that", { fields: many(199) }, ["too_many_fields"]],
  ["300 fields", { fields: many(300) }, ["too_many_fields"]],
  ["16 kB in one field", { fields: large(16_500) }, []],
  ["16 kB in several", { fields: spread(16_800) }, []],
  ["40 kB", { fields: large(40_000) }, []],
  ["the largest head, in one field", { fields: large(HEAD_BYTES_MOST - REST) }, []],
  ["the largest head, in several", { fields: spread(HEAD_BYTES_MOST - REST - 8) }, []],
  [
    "the largest head with the most fields",
    { fields: [...many(FIELDS_MOST - 1), ["x-999", "v".repeat(50_000)]] },
    [],
  ],
  [
    "a head that is too large",
    { fields: large(HEAD_BYTES_MOST) },
    ["field_too_large", "request_head_too_large"],
  ],
  ["one that is much too large", { fields: spread(120_000) }, ["request_head_too_large"]],
  ["the longest line", { path: long(LINE_BYTES_MOST) }, []],
  ["a line that is longer by one", { path: long(LINE_BYTES_MOST + 1) }, ["target_too_long"]],
  ["a line of 60 kB", { path: long(60_000) }, ["target_too_long"]],
  [
    "the longest line in the largest head",
    { path: long(16_000), fields: large(HEAD_BYTES_MOST - 16_000 - REST) },
    [],
  ],
];

/**
 * The runtime's own parser, at the plain door, does not tell the beginning of a head that came in several reads; of HTTP/2 no more than
 * the largest head is put together.
 */
const isLineKnown = (door: string, bytes: number) =>
  door !== "plain" && !(door === "HTTP/2" && bytes >= HEAD_BYTES_MOST);

const REFUSALS = ["too_many_fields", "field_too_large", "request_head_too_large", "target_too_long"];

async function counts(): Promise<number[]> {
  const text = await obey(gw, "metrics");
  return REFUSALS.map((cause) =>
    Number(new RegExp(`gw_errors_total\\{cause="${cause}"\\} (\\d+)`).exec(text)?.[1] ?? 0),
  );
}

function tests(kinds: readonly Kind[]): void {
  beforeAll(() => start(kinds));
  afterAll(async () => {
    await gw?.[Symbol.asyncDispose]();
    dir?.[Symbol.dispose]();
  });
  for (const kind of kinds)
    test(`head limits: ${kind}, by each door`, async () => {
      const before = await counts();
      const refused: Record<string, number> = Object.fromEntries(REFUSALS.map((cause) => [cause, 0]));
      for (const [door, ask] of Object.entries(doors)) {
        for (const [what, { path = "/", fields = [] }, causes] of CASES) {
          const { status, cause, id, body } = await ask({ path: MOUNTS[kind] + path, fields });
          const of = `${what}, by ${door}`;
          const bytes = fields.reduce((sum, [, value]) => sum + value.length, 0);
          const got = `${fields.length} ${bytes} ${path.split("p").length}`;
          if (causes.length === 0) {
            expect([of, status, cause, body]).toEqual([of, 200, "", got]);
            continue;
          }
          expect([of, causes.includes(cause)]).toEqual([of, true]);
          expect([of, status]).toEqual([of, cause === "target_too_long" ? 414 : 431]);
          const asked = isLineKnown(door, bytes)
            ? ` method=GET path=${MOUNTS[kind] + path.slice(0, 100)}`
            : "";
          await gw.until(new RegExp(`request refused cause=${cause} status=\\d+ id=${id}${asked}`));
          refused[cause] = (refused[cause] ?? 0) + 1;
        }
      }
      const expected = REFUSALS.map((cause, at) => (before[at] ?? 0) + (refused[cause] ?? 0));
      await eventually(async () => Bun.deepEquals(await counts(), expected), "all of them are counted");
    });
}

describe("heads for workers in JavaScript", () => tests(["fetch", "http1 alone", "node"]));
describeWith(WITH_PYTHON)("heads for workers in Python", () => tests(["python"]));
