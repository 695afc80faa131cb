// What one request may be, by the operator's word, at each door: the same judgement whatever the protocol, and a cause that client
// and log agree on.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { connect } from "node:http2";
import { request } from "node:https";
import { freePort } from "../support/free-port.ts";
import { type Gw, startGw } from "../support/gw.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { tlsFlags } from "../support/tls-setup.ts";

setDefaultTimeout(60_000);

const APP = `export default {
  async fetch(request: Request) {
    return new Response(String((await request.bytes()).length));
  },
};`;

type Asked = { path?: string; method?: string; fields?: Record<string, string>; body?: string };
type Answer = { status: number; cause: string };
type Ask = (asked: Asked) => Promise<Answer>;

let dir: TempDir;
let gw: Gw;
let secure: number;

beforeAll(async () => {
  dir = makeTempDir();
  secure = freePort();
  gw = await startGw([
    dir.write("app.ts", APP),
    ...["--https-port", String(secure), ...tlsFlags(dir.path)],
    ...["--limit-request-line", "1k", "--limit-request-fields", "20", "--limit-request-field-size", "2k"],
    ...["--limit-request-body", "1k", "--limit-request-body", "/upload=64k"],
  ]);
});

afterAll(async () => {
  await gw?.[Symbol.asyncDispose]();
  dir?.[Symbol.dispose]();
});

const causeIn = (proxyStatus: unknown) => /details="?([a-z_]+)/.exec(String(proxyStatus))?.[1] ?? "";

async function overPlain({ path = "/", method = "GET", fields = {}, body }: Asked): Promise<Answer> {
  const answer = await fetch(new URL(path, gw.url), { method, headers: fields, ...(body && { body }) });
  await answer.bytes();
  return { status: answer.status, cause: causeIn(answer.headers.get("proxy-status")) };
}

function overTls({ path = "/", method = "GET", fields = {}, body }: Asked): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const options = { host: "127.0.0.1", port: secure, path, method, headers: fields, agent: false };
  const sent = request({ ...options, rejectUnauthorized: false }, (answer) => {
    const cause = causeIn(answer.headers["proxy-status"]);
    answer.on("end", () => resolve({ status: answer.statusCode ?? 0, cause })).resume();
  });
  sent.on("error", reject);
  sent.end(body);
  return promise;
}

async function overHttp2({ path = "/", method = "GET", fields = {}, body }: Asked): Promise<Answer> {
  const session = connect(`https://localhost:${secure}`, { rejectUnauthorized: false });
  try {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    session.on("error", reject);
    const stream = session.request({ ":path": path, ":method": method, ...fields });
    let answer = { status: 0, cause: "" };
    stream.on("response", (head) => {
      answer = { status: Number(head[":status"]), cause: causeIn(head["proxy-status"]) };
    });
    stream.on("error", reject);
    stream.on("end", () => resolve(answer)).resume();
    stream.end(body);
    return await promise;
  } finally {
    session.destroy();
  }
}

const DOORS: Record<string, Ask> = {
  "HTTP/1.1": overPlain,
  "HTTP/1.1 over TLS": overTls,
  "HTTP/2": overHttp2,
};
const many = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`x-${at}`, "1"]));
const post = (path: string, bytes: number): Asked => ({ path, method: "POST", body: "b".repeat(bytes) });

describe.each(Object.keys(DOORS))("at the door of %s", (name) => {
  const ask = DOORS[name] as Ask;
  for (const [what, asked, status, cause] of [
    ["all within the limits", { path: `/${"a".repeat(900)}`, fields: { "x-a": "1".repeat(2000) } }, 200, ""],
    ["a long first line", { path: `/${"a".repeat(1100)}` }, 414, "target_too_long"],
    ["many fields", { fields: many(30) }, 431, "too_many_fields"],
    ["a large field", { fields: { "x-a": "1".repeat(3000) } }, 431, "field_too_large"],
    ["a body below the limit", post("/", 1024), 200, ""],
    ["a body over the limit", post("/", 1025), 413, "request_body_too_large"],
    ["a body over it where more is allowed", post("/upload/a", 65_536), 200, ""],
    ["one over that", post("/upload/a", 65_537), 413, "request_body_too_large"],
    ["one beside it", post("/uploads", 1025), 413, "request_body_too_large"],
  ] as [string, Asked, number, string][])
    test(`limits: ${what}`, async () => {
      expect(await ask(asked)).toEqual({ status, cause });
      if (cause) await gw.until(new RegExp(`request refused.*${cause}`));
    });
});
