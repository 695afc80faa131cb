// Files under hostile clients, the same at every door: one table of requests and their verdicts for HTTP/1.1, without TLS and with it,
// and HTTP/2 in frames. None leads out, and each refusal has one cause for the client, the log and the counters.
import { afterAll, beforeAll, expect, setDefaultTimeout } from "bun:test";
import { CODE, FLAG, FRAME, SETTING, settingsFrame, wordFrame } from "../../src/http/h2/frames.ts";
import type { FrameClient, Pair } from "../front/door/h2/frame-client.ts";
import { readAnswers, valuesOf } from "../support/answer-reader.ts";
import { eventually } from "../support/gw.ts";
import { data, frame } from "../support/h2-peer.ts";
import {
  BIG,
  DOCUMENT,
  type HostileSite,
  inFull,
  SECRET,
  startHostileSite,
} from "../support/hostile-site.ts";
import { encodeFields } from "../support/hpack.ts";
import { describeWith, ON_LINUX, testWith } from "../support/needs.ts";
import { connectRaw } from "../support/raw-http.ts";

setDefaultTimeout(60_000);

type Asked = {
  method?: string;
  path: string;
  authority?: string;
  fields?: readonly Pair[];
  body?: string;
};

type Row = {
  asked: Asked;
  /** Status, cause, and what of the body is told; "app" for the app's answer. */
  verdict: string;
  /** Where HTTP/2 has another word for it. */
  overHttp2?: string;
};

const FILE = "200 hello";
const MALFORMED = "400 malformed_request";
const BAD_HOST = "400 bad_host";
/** With the operator's document in the place of gw's page. */
const NONE = "404 file_not_found document";
const FORBIDDEN = "403 file_forbidden document";
const NOT_ALLOWED = "405 method_not_allowed document";
const UNSATISFIABLE = "416 range_not_satisfiable";
const FAILED = "412 precondition_failed";

const paths = (verdict: string, ...all: string[]): Row[] => all.map((path) => ({ asked: { path }, verdict }));
/** What has no place in :path, and is a target of HTTP/1.1 like others. */
const absolute = (verdict: string, ...all: string[]): Row[] =>
  all.map((path) => ({ asked: { path }, verdict, overHttp2: MALFORMED }));
const methods = (verdict: string, ...all: string[]): Row[] =>
  all.map((method) => ({ asked: { method, path: "/a.txt" }, verdict }));
/** Each list is the fields of one request for the same file. */
const asking = (verdict: string, ...all: (readonly Pair[])[]): Row[] =>
  all.map((fields) => ({ asked: { path: "/a.txt", fields }, verdict }));
const named = (name: string, values: readonly string[]): Pair[][] => values.map((value) => [[name, value]]);
const hosts = (verdict: string, ...all: string[]): Row[] =>
  all.map((authority) => ({ asked: { path: "/a.txt", authority }, verdict }));

const LATER = "Wed, 01 Jan 2025 00:00:00 GMT";
const BEFORE = "Tue, 01 Jan 2019 00:00:00 GMT";

const TABLE: readonly Row[] = [
  // What could be read in two ways names no file, and is the app's affair; what is below an alias is nobody else's.
  ...paths("app", "/../secret", "/%2e%2e/secret", "/.%2e/secret", "/%2e%2e%2fsecret", "/..%5csecret"),
  ...paths("app", "/..\\secret", "/a.txt%00", "/a.txt%00.html", "/%c0%ae%c0%ae/secret", "/%c0%af", "/%ff"),
  ...paths("app", "/%e0%80%af", "/%f0%80%80%af", "/%ed%a0%80", "/%", "/%4", "/%zz", "/%u002e", "//a.txt"),
  ...paths("app", "/\\a.txt", "/./a.txt", "/a.txt/", "/a.txt/x", "/sub//b.txt", "/a.txt;", "/back\\slash"),
  ...paths("app", "/back%5Cslash", "/.hidden", "/sub/.hidden", `/${"../".repeat(50)}etc/passwd`),
  ...paths("app", `/${"a/".repeat(3000)}`, `/${"a".repeat(300)}`, "/aliasx/a.txt", "/alias%2fa.txt"),
  ...paths("app", "/alias/../secret", "/alias/%2e%2e/secret", "/alias%2f..%2fsecret"),
  ...paths(NONE, "/alias/none", "/alias/.hidden", "/alias/%2ehidden", `/alias/${"a".repeat(300)}`),
  ...paths(FORBIDDEN, "/out/a.txt", "/alias/out/a.txt", "/pipe"),
  ...paths(FILE, "/a.txt?", "/a.txt?x=../..", "/%61.txt", "/a%2etxt", "/alias/a.txt"),
  ...paths("308 /sub/", "/sub"),
  ...paths("414 target_too_long", `/${"a".repeat(20_000)}`),
  ...paths(MALFORMED, "", "*", "?a", "a.txt", "h:443", "ftp://h/a.txt", "http:///a.txt", "/a.txt#x", "/a b"),
  ...paths(
    MALFORMED,
    "/a.txt\0",
    "/a.txt\x7f",
    "/a.txt\t",
    "/a.txt\xff",
    "/\xc0\xae\xc0\xae/secret",
    "/\xc3\xbc",
  ),
  ...paths(MALFORMED, "/a.txt\r\nx: y"),
  ...absolute(FILE, "http://h/a.txt", "https://h/a.txt", "HTTP://other/a.txt"),
  ...absolute("app", "http://h/../secret"),
  ...hosts(FILE, "other"),
  ...hosts(BAD_HOST, "", "h/../x", "u@h", "h, h", "h:99999"),
  { ...asking(BAD_HOST, [["host", "h"]])[0], overHttp2: FILE } as Row,
  { ...asking(BAD_HOST, [["host", "other"]])[0], overHttp2: MALFORMED } as Row,
  // Methods.
  ...methods(NOT_ALLOWED, "POST", "PUT", "DELETE", "PATCH", "PROPFIND", "TRACE"),
  ...methods("204", "OPTIONS"),
  ...methods("200", "HEAD"),
  { asked: { method: "CONNECT", path: "h:443" }, verdict: "501 method_not_implemented" },
  { asked: { method: "TRACE", path: "*" }, verdict: MALFORMED },
  { asked: { method: "OPTIONS", path: "*" }, verdict: "204" },
  { asked: { method: "DELETE", path: "/alias/none" }, verdict: NONE },
  { asked: { path: "/a.txt", body: "hi" }, verdict: FILE },
  { asked: { method: "HEAD", path: "/a.txt", body: "hi" }, verdict: "200" },
  { asked: { path: "/big.bin", body: "hi" }, verdict: "200 large" },
  { asked: { path: "/alias/none", body: "hi" }, verdict: NONE },
  // Ranges: what is none is passed over, and so are two fields of it.
  ...asking("206 he", [["range", "bytes=0-1"]]),
  ...asking("206 hello", ...named("range", ["bytes=0-18446744073709551616", "bytes=-99999999999999999999"])),
  ...asking(UNSATISFIABLE, ...named("range", ["bytes=99-", "bytes=-0", "bytes=18446744073709551616-"])),
  ...asking(
    FILE,
    ...named("range", ["bytes=9-1", "bytes=", "bytes", "lines=0-1", "bytes=1e0-2", "bytes=--1"]),
  ),
  ...asking(
    FILE,
    ...named("range", ["bytes=+0-1", "bytes=0x0-1", "bytes=0-1,3-4", `bytes=${"0-1,".repeat(500)}`]),
  ),
  ...asking(FILE, [
    ["range", "bytes=0-1"],
    ["range", "bytes=2-3"],
  ]),
  // Conditions.
  ...asking(
    FAILED,
    [["if-match", '"x"']],
    [["if-match", "x"]],
    [
      ["if-match", '"x"'],
      ["if-match", "*"],
    ],
  ),
  ...asking(FAILED, [["if-unmodified-since", BEFORE]]),
  ...asking("304", [["if-none-match", "*"]], [["if-modified-since", LATER]]),
  ...asking(
    FILE,
    [
      ["if-none-match", '"a"'],
      ["if-none-match", "*"],
    ],
    [["if-none-match", '"'.repeat(8000)]],
  ),
  ...asking(FILE, [["if-none-match", '"a",'.repeat(2000)]], [["if-modified-since", BEFORE]]),
  ...asking(
    FILE,
    [
      ["if-modified-since", LATER],
      ["if-modified-since", LATER],
    ],
    [["if-unmodified-since", "x"]],
  ),
  ...asking(FILE, [
    ["range", "bytes=0-1"],
    ["if-range", '"x"'],
  ]),
  ...asking(UNSATISFIABLE, [
    ["range", "bytes=9-"],
    ["if-match", "*"],
  ]),
  // Fields that somebody else could believe.
  ...asking(FILE, [["x-sendfile", "/etc/passwd"]], [["accept-encoding", "br;q=9, *;q="]]),
  ...asking("417 expectation_failed", [["expect", "200-ok"]]),
  ...asking(MALFORMED, [["x\0y", "1"]], [["x", "1\0"]], [["content-length", "-5"]]),
  { asked: { path: "/handed" }, verdict: "200 large" },
  { asked: { path: "/handed", fields: [["range", "bytes=0-1"]] }, verdict: "206 two" },
];

/** The verdict, read off an answer. */
function judge(status: number, values: (name: string) => string[], body: string): string {
  if (body.includes(SECRET) || body.includes("root:x:0")) return "a leak";
  const cause = /^gw; error=\w+; details="(\w+)"$/.exec(values("proxy-status").join())?.[1];
  if (status === 200 && body === "app") return "app";
  const document = body === DOCUMENT ? "document" : undefined;
  const content = cause ? document : (values("location")[0] ?? NAMES.get(body) ?? body);
  return [status, cause, content].filter(Boolean).join(" ");
}

const LARGE = Buffer.from(BIG).toString("latin1");
const NAMES = new Map([
  [LARGE, "large"],
  [LARGE.slice(0, 2), "two"],
]);

let site: HostileSite;

describeWith(ON_LINUX)("hostile clients of files", () => {
  beforeAll(async () => {
    site = await startHostileSite();
  });

  afterAll(() => site?.[Symbol.asyncDispose]());

  async function byHttp1({ method = "GET", path, authority = "h", fields = [], body }: Asked, tls: boolean) {
    using client = await connectRaw({ port: tls ? site.secure : site.gw.port, tls });
    const all = [["Host", authority], ["Connection", "close"], ...fields];
    if (body !== undefined) all.push(["Content-Length", String(body.length)]);
    const lines = all.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    await client.send(`${method} ${path} HTTP/1.1\r\n${lines}\r\n${body ?? ""}`);
    const { answers } = readAnswers(await client.untilClosed(), { methods: [method], isClosed: true });
    const [answer, ...more] = answers.filter(({ status }) => status >= 200);
    if (!answer?.isWhole || more.length > 0)
      throw new Error(`not one answer: ${JSON.stringify(client.text())}`);
    const [id = ""] = valuesOf(answer, "x-request-id");
    return { verdict: judge(answer.status, (name) => valuesOf(answer, name), answer.body), id };
  }

  async function byHttp2({ method = "GET", path, authority = "h", fields = [], body }: Asked) {
    using client = await site.connect();
    client.send(
      settingsFrame([[SETTING.initialWindowSize, 2 ** 24]]),
      wordFrame(FRAME.windowUpdate, 0, 0, 2 ** 24),
    );
    const target: Pair[] = method === "CONNECT" ? [[":authority", path]] : inFull(path, authority);
    const length: Pair[] = body === undefined ? [] : [["content-length", String(body.length)]];
    sendHead(client, [[":method", method], ...target, ...fields, ...length], body === undefined);
    if (body !== undefined) client.send(data(1, body, true));
    await client.until(() => client.hasAnswer(1) || client.resetOf(1) !== undefined, `an answer to ${path}`);
    const head = client.heads.get(1);
    // By the protocol's own means (RFC 9113 section 8.1.1): no answer, no id.
    if (!head && client.resetOf(1) === CODE.protocol) return { verdict: MALFORMED, id: "" };
    const values = (name: string) => (head ?? []).filter((_, at) => at % 2 === 1 && head?.[at - 1] === name);
    return {
      verdict: judge(client.statusOf(1) ?? 0, values, client.bodyOf(1)),
      id: values("x-request-id")[0] ?? "",
    };
  }

  const causeIn = (verdict: string) => verdict.split(" ").find((word) => word.includes("_"));

  testWith()(
    "each request has the same verdict at each door, in its answer, the log and the counters",
    async () => {
      const doors = {
        "HTTP/1.1": (asked: Asked) => byHttp1(asked, false),
        "HTTP/1.1 over TLS": (asked: Asked) => byHttp1(asked, true),
        "HTTP/2": byHttp2,
      };
      const all = TABLE.flatMap(({ asked, verdict, overHttp2 = verdict }) =>
        Object.entries(doors).map(([door, ask]) => ({
          asked,
          ask,
          door,
          verdict: door === "HTTP/2" ? overHttp2 : verdict,
        })),
      );
      const told = new Map<string, string>();
      await site.counted(
        all.map(({ verdict }) => causeIn(verdict)),
        async () => {
          for (let at = 0; at < all.length; at += 20)
            await Promise.all(
              all.slice(at, at + 20).map(async ({ asked, ask, door, verdict }) => {
                const shown = `${asked.method ?? "GET"} ${JSON.stringify([asked.path.slice(0, 40), asked.fields])} by ${door}`;
                const got = await ask(asked);
                expect(`${shown}: ${got.verdict}`).toBe(`${shown}: ${verdict}`);
                const cause = causeIn(verdict);
                if (cause && got.id) told.set(got.id, cause);
              }),
            );
        },
      );
      const logged = () => {
        const lines = site.gw.stderr().matchAll(/ request refused cause=(\w+) .*?\bid=(\S+)/g);
        return new Map([...lines].map(([, cause, id]) => [id, cause]));
      };
      const isLogged = () => {
        const found = logged();
        return [...told].every(([id, cause]) => found.get(id) === cause);
      };
      await eventually(isLogged, "the log has each of them under the same cause");
      const toApp = all.filter(({ verdict, asked }) => verdict === "app" || asked.path === "/handed").length;
      expect(site.gw.stdout().match(/reached /g)).toHaveLength(toApp);
      site.expectSameFront();
    },
  );
});

/** In as many frames as it takes. */
function sendHead(client: FrameClient, fields: readonly Pair[], isLast: boolean): void {
  const block = encodeFields(fields);
  const most = 16_384;
  for (let at = 0; at < block.length; at += most) {
    const flags =
      (at === 0 && isLast ? FLAG.endStream : 0) | (at + most >= block.length ? FLAG.endHeaders : 0);
    client.send(
      frame(at === 0 ? FRAME.headers : FRAME.continuation, flags, 1, block.subarray(at, at + most)),
    );
  }
}
