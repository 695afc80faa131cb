// What is served, written down as files in a folder of the run: the same few answers in TypeScript, Express, Hono and Python.

/** Bytes of the bodies that go up and down. */
export const BODY_SIZES = [1000, 100_000, 10_000_000] as const;

/** Bytes of the files that are served as such. */
export const FILE_SIZES = [1000, 16_000, 10_000_000] as const;

const BODIES = `const BODIES = new Map(${JSON.stringify(BODY_SIZES)}.map((size) => ["/" + size, Buffer.alloc(size, "x")]));
const PIECE = Buffer.alloc(65_536, "x");
/** Ten megabytes, each piece when it is asked for. */
function stream(): ReadableStream<Uint8Array> {
  let left = 160;
  return new ReadableStream({ pull: (sink) => (left-- > 0 ? sink.enqueue(PIECE) : sink.close()) });
}
async function fetch(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname === "/stream") return new Response(stream());
  if (request.method !== "POST") return new Response(BODIES.get(pathname) ?? "no such size");
  let bytes = 0;
  for await (const piece of request.body ?? []) bytes += piece.length;
  return new Response(String(bytes));
}
`;

/** The same files as `--document-root` has, by a worker. */
const HANDING = `import { sendFile } from "gw";
export default { fetch: (request: Request) => sendFile(import.meta.dir + "/static" + new URL(request.url).pathname) };
`;

/** Takes all that it is told, and keeps nothing. */
const COLLECTOR = `const port = Number(process.argv[2]);
Bun.serve({ port, hostname: "127.0.0.1", fetch: async (request) => (await request.arrayBuffer(), Response.json({})) });
`;

/** Serves what one of the others exports, without gw: on a port of loopback, or on a UNIX socket. */
const BARE = `const [, , app = "", where = ""] = process.argv;
const { fetch } = (await import(app)).default;
const place = /^\\d+$/.test(where) ? { port: Number(where), hostname: "127.0.0.1" } : { unix: where };
Bun.serve({ ...place, idleTimeout: 0, fetch });
`;

const EXPRESS = `import express from "express";
const app = express();
app.get("/", (_request, response) => { response.type("text").send("hello 1\\n"); });
app.listen(process.env.LISTEN ?? 3000);
`;

const HONO = `import { Hono } from "hono";
const app = new Hono();
app.get("/", (context) => context.text("hello 1\\n"));
`;

const WSGI = `BODIES = {"/%d" % size: b"x" * size for size in ${JSON.stringify(BODY_SIZES)}}

def application(environ, start_response):
    if environ["REQUEST_METHOD"] == "POST":
        count = 0
        while piece := environ["wsgi.input"].read(65536):
            count += len(piece)
        body = str(count).encode()
    else:
        body = BODIES.get(environ["PATH_INFO"], b"hello 1\\n")
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
`;

const HELLO_WSGI = `def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "8")])
    return [b"hello 1\\n"]
`;

const FLASK = `from flask import Flask

application = Flask(__name__)


@application.get("/")
def hello():
    return "hello 1\\n"
`;

/** Twenty milliseconds in which the interpreter computes, as seen by the thread alone, or nothing. */
const MIXED_WSGI = `import time

def application(environ, start_response):
    if environ["PATH_INFO"] == "/compute":
        until = time.thread_time() + 0.02
        while time.thread_time() < until:
            pass
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "8")])
    return [b"hello 1\\n"]
`;

/** By file name. Those with \`http1\` in it are served over HTTP/1.1 alone by gw's workers. */
export const FILES: Readonly<Record<string, string>> = {
  "collector.ts": COLLECTOR,
  "hello.ts": 'export default { fetch: () => new Response("hello 1\\n") };\n',
  "hello-http1.ts": 'export default { http2: false, fetch: () => new Response("hello 1\\n") };\n',
  // Ten milliseconds in which its loop does nothing else, by the clock: so its capacity is the same whatever else runs.
  "computes.ts": `function fetch(): Response {
  const until = performance.now() + 10;
  while (performance.now() < until);
  return new Response("done\\n");
}
export default { fetch };
`,
  "hooks.ts":
    'export const allowAccess = () => true;\nexport const checkPassword = (_: unknown, __: string, word: string) => word === "right";\n',
  "files.ts": HANDING,
  "bodies.ts": `${BODIES}export default { fetch };\n`,
  "bodies-http1.ts": `${BODIES}export default { http2: false, fetch };\n`,
  "express.ts": EXPRESS,
  "hono.ts": `${HONO}export default app;\n`,
  "hono-http1.ts": `${HONO}export default { http2: false, fetch: app.fetch };\n`,
  "bare.ts": BARE,
  "app.wsgi": WSGI,
  "hello_wsgi.py": HELLO_WSGI,
  "flask_wsgi.py": FLASK,
  "mixed_wsgi.py": MIXED_WSGI,
};
