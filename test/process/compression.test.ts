// Answers that are made smaller, on the real gw: at each door, from workers of both kinds and from files, whole and in pieces.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { type ClientHttp2Session, connect } from "node:http2";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { CODINGS, type Coding } from "../../src/http/content/content-codings.ts";
import { Decoded } from "../support/decoded.ts";
import { type FileTree, makeFileTree } from "../support/file-tree.ts";
import { freePort } from "../support/free-port.ts";
import { type Gw, startGw } from "../support/gw.ts";
import { AS_ROOT } from "../support/needs.ts";
import { tlsFlags } from "../support/tls-setup.ts";

setDefaultTimeout(60_000);

const TEXT = "The quick brown fox jumps over the lazy dog.\n".repeat(3000);

const BESIDE = gzipSync("compressed by somebody else");

/** Sends the second part of a stream when it is told to. */
const SHARED = `
  export const TEXT = "The quick brown fox jumps over the lazy dog.\\n".repeat(3000);
  const gates = new Map();
  export const gate = (name) => {
    if (!gates.has(name)) gates.set(name, Promise.withResolvers());
    return gates.get(name);
  };
`;
const FETCH_APP = `
  import { gate, TEXT } from "./shared.ts";
  export default { async fetch(request) {
    const { pathname } = new URL(request.url);
    const [, , what, name] = pathname.split("/");
    const headers = { "content-type": "text/plain", etag: '"a"' };
    if (what === "go") { gate(name).resolve(); return new Response("gone"); }
    if (what === "text") return new Response(TEXT, { headers });
    if (what === "events") return new Response(TEXT, { headers: { "content-type": "text/event-stream" } });
    return new Response(new ReadableStream({ async start(c) {
      c.enqueue("first "); await gate(name).promise; c.enqueue("second"); c.close();
    } }), { headers });
  } };
`;
const NODE_APP = `
  import { createServer } from "node:http";
  import { gate, TEXT } from "./shared.ts";
  createServer(async (request, response) => {
    const [, , what, name] = request.url.split("/");
    if (what === "go") { gate(name).resolve(); return response.end("gone"); }
    response.writeHead(200, { "content-type": what === "events" ? "text/event-stream" : "text/plain", etag: '"a"' });
    if (what !== "stream") return response.end(TEXT);
    response.write("first "); await gate(name).promise; response.end("second");
  }).listen(3000);
`;

/** `decoded`: what has come of the body, as it comes; `whole`: all of it, as text. */
type Got = { fields: Headers; decoded: Decoded; whole: Promise<string> };
type Ask = (path: string, coding: string, method?: string) => Promise<Got>;

let tree: FileTree;
let gw: Gw;
let session: ClientHttp2Session;
let https: string;

beforeAll(async () => {
  tree = makeFileTree({
    "shared.ts": SHARED,
    "fetch.ts": FETCH_APP,
    "node.ts": NODE_APP,
    "public/a.txt": TEXT,
    "public/b.txt": TEXT,
    "public/b.txt.gz": BESIDE,
    "gw.config.json": JSON.stringify({
      compressResponses: true,
      groups: {
        fetch: { app: "fetch.ts", mount: "/fetch", stripMount: false },
        node: { app: "node.ts", mount: "/node", stripMount: false },
        files: { mount: "/", documentRoot: "public" },
      },
    }),
  });
  const httpsPort = await freePort();
  https = `https://localhost:${httpsPort}`;
  gw = await startGw(
    [
      ...["--https-port", String(httpsPort), ...tlsFlags(tree.path)],
      ...(AS_ROOT.isMet ? ["--user", "nobody"] : []),
      ...["--server-root", join(tree.path, "root")],
    ],
    { cwd: tree.path },
  );
  session = connect(https, { rejectUnauthorized: false });
});

afterAll(async () => {
  session.destroy();
  await gw[Symbol.asyncDispose]();
  tree[Symbol.dispose]();
});

const byFetch = async (base: string, path: string, coding: string, method = "GET"): Promise<Got> => {
  const headers = { "accept-encoding": coding };
  const init = { method, headers, decompress: false, tls: { rejectUnauthorized: false } };
  const { headers: fields, body } = await fetch(new URL(path, base), init as RequestInit);
  const decoded = new Decoded(codingIn(fields));
  const read = async () => {
    for await (const piece of body ?? []) decoded.take(piece);
    return String(await decoded.whole());
  };
  return { fields, decoded, whole: read() };
};

const byHttp2: Ask = async (path, coding, method = "GET") => {
  const stream = session.request({ ":path": path, ":method": method, "accept-encoding": coding });
  const { promise: answered, resolve: onAnswer } = Promise.withResolvers<Got>();
  const { promise: ended, resolve: onEnd } = Promise.withResolvers<void>();
  // All of it may come in one read.
  stream.once("response", (found) => {
    const fields = new Headers();
    for (const [name, value] of Object.entries(found))
      if (!name.startsWith(":")) fields.set(name, String(value));
    const decoded = new Decoded(codingIn(fields));
    stream.on("data", (piece: Buffer) => decoded.take(piece));
    stream.on("end", onEnd);
    onAnswer({ fields, decoded, whole: ended.then(async () => String(await decoded.whole())) });
  });
  stream.end();
  return answered;
};

const codingIn = (fields: Headers) => (fields.get("content-encoding") ?? undefined) as Coding | undefined;

const DOORS: [string, Ask][] = [
  ["HTTP/1.1", (...asked) => byFetch(gw.url, ...asked)],
  ["HTTP/1.1 over TLS", (...asked) => byFetch(https, ...asked)],
  ["HTTP/2", byHttp2],
];

/** What is said of the content, however that is framed. */
function toldIn(got: Got | undefined): Record<string, string> {
  const {
    date: _,
    "content-length": __,
    "transfer-encoding": ___,
    ...told
  } = Object.fromEntries(got?.fields ?? []);
  return told;
}

describe.each(DOORS)("compression: %s", (door, ask) => {
  test.each(["/fetch/text", "/node/text", "/a.txt"])("compression: all of %s", async (path) => {
    const found = await Promise.all(CODINGS.map((coding) => ask(path, coding)));
    expect(found.map(({ fields }) => [fields.get("content-encoding"), fields.get("vary")])).toEqual(
      CODINGS.map((coding) => [coding, "Accept-Encoding"]),
    );
    expect(await Promise.all(found.map((one) => one.whole))).toEqual([TEXT, TEXT, TEXT]);
    for (const { fields } of found) expect(fields.get("etag")).toStartWith('W/"');
    const plain = await ask(path, "identity");
    expect([plain.fields.get("content-encoding"), plain.fields.get("content-length")]).toEqual([
      null,
      String(TEXT.length),
    ]);
    expect(plain.fields.get("etag")).toStartWith('"');
    const head = await ask(path, "gzip", "HEAD");
    expect(toldIn(head)).toEqual(toldIn(found[2]));
    expect([head.fields.get("content-length"), await head.whole]).toEqual([null, ""]);
  });

  test.each(["fetch", "node"])("compression: each piece of a stream of %s is there at once", async (kind) => {
    for (const coding of CODINGS) {
      const name = `${door.replaceAll(/\W/g, "")}-${coding}`;
      const got = await ask(`/${kind}/stream/${name}`, coding);
      expect(got.fields.get("content-encoding")).toBe(coding);
      expect(String(await got.decoded.until(6))).toBe("first ");
      await ask(`/${kind}/go/${name}`, "");
      expect(await got.whole).toBe("first second");
    }
  });

  test("compression: events, and what somebody else has compressed, are left alone", async () => {
    const [events, beside] = [await ask("/fetch/events", "gzip"), await ask("/b.txt", "gzip, br;q=0.1")];
    expect([events.fields.get("content-encoding"), beside.fields.get("content-encoding")]).toEqual([
      null,
      "gzip",
    ]);
    expect(beside.fields.get("content-length")).toBe(String(BESIDE.length));
  });
});
