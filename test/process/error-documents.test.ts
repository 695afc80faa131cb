// Pages of the operator's for errors, errors of apps that their clients do not get, and HEAD that apps answer as GET; on the
// real gw, from workers that are spoken to in either form.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { type FileTree, makeFileTree } from "../support/file-tree.ts";
import { type Gw, startGw } from "../support/gw.ts";
import { AS_ROOT } from "../support/needs.ts";

setDefaultTimeout(60_000);

/** What both apps answer: status, fields and body by path. */
const ANSWERS = `
  export const answers = {
    "/": [200, {}, "home"],
    "/page-404": [200, { "content-type": "text/html", etag: '"x"', "cache-control": "max-age=99" }, "<h1>ours</h1>"],
    "/denied": [401, { "www-authenticate": 'Basic realm="a", Digest realm="b"', "content-type": "text/plain", etag: '"y"' }, "secret"],
    "/broken": [500, { "set-cookie": "a=b" }, "stack trace"],
    "/none": [404, {}, "no such thing"],
    "/large": [404, {}, "x".repeat(300000)],
    // Of one whose length the app does not tell it is told by gw where all of it came at once, which need not be so for GET and HEAD alike.
    "/long": [200, { "content-type": "text/plain", "content-length": "300000" }, "y".repeat(300000)],
  };
  export const seen = [];
`;
const FETCH_APP = `
  import { answers, seen } from "./answers.ts";
  export default { fetch(request) {
    const path = new URL(request.url).pathname.slice("/fetch".length);
    seen.push(request.method + " " + path);
    if (path === "/seen") return Response.json(seen);
    const [status, headers, body] = answers[path] ?? answers["/none"];
    return new Response(body, { status, headers });
  } };
`;
const NODE_APP = `
  import { createServer } from "node:http";
  import { answers, seen } from "./answers.ts";
  createServer((request, response) => {
    const path = request.url.slice("/node".length);
    seen.push(request.method + " " + path);
    if (path === "/seen") return response.end(JSON.stringify(seen));
    const [status, headers, body] = answers[path] ?? answers["/none"];
    response.writeHead(status, headers).end(body);
  }).listen(3000);
`;

let tree: FileTree;
let gw: Gw;

beforeAll(async () => {
  const common = {
    stripMount: false,
    errorOverride: true,
    mapHeadToGet: "on",
    errorDocument: { "404": "/page-404", "500": "/none", "413": "/page-404" },
    limitRequestBody: "1k",
  };
  tree = makeFileTree({
    "answers.ts": ANSWERS,
    "fetch.ts": FETCH_APP,
    "node.ts": NODE_APP,
    "public/404.html": "<h1>a file</h1>",
    "gw.config.json": JSON.stringify({
      groups: {
        fetch: { app: "fetch.ts", mount: "/fetch", ...common },
        node: { app: "node.ts", mount: "/node", ...common },
        files: { documentRoot: "public", errorDocument: { "404": "/404.html", "405": "/gone.html" } },
      },
    }),
  });
  const user = AS_ROOT.isMet ? ["--user", "nobody"] : [];
  gw = await startGw([...user, "--server-root", join(tree.path, "root")], { cwd: tree.path });
});

afterAll(async () => {
  await gw[Symbol.asyncDispose]();
  tree[Symbol.dispose]();
});

const ask = (path: string, init: RequestInit = {}) => fetch(new URL(path, gw.url), init);

describe.each(["fetch", "node"])("error documents of a %s app", (kind) => {
  test("error documents: an error of the app is a page of the operator's, with its status", async () => {
    for (const path of ["/none", "/large"]) {
      const found = await ask(`/${kind}${path}`, { headers: { "if-none-match": '"x"' } });
      const { headers } = found;
      expect([found.status, await found.text()]).toEqual([404, "<h1>ours</h1>"]);
      expect([headers.get("etag"), headers.get("cache-control"), headers.get("content-type")]).toEqual([
        ...[null, "no-store", "text/html"],
      ]);
    }
    const head = await ask(`/${kind}/none`, { method: "HEAD" });
    expect([head.status, await head.text(), head.headers.get("content-type")]).toEqual([
      404,
      "",
      "text/html",
    ]);
  });

  test("error documents: where there is none it is gw's page, and nothing of the app's body", async () => {
    const [denied, broken] = [await ask(`/${kind}/denied`), await ask(`/${kind}/broken`)];
    expect([denied.status, broken.status]).toEqual([401, 500]);
    expect([denied.headers.get("www-authenticate"), broken.headers.get("set-cookie")]).toEqual([
      'Basic realm="a", Digest realm="b"',
      "a=b",
    ]);
    expect([denied.headers.get("etag"), denied.headers.get("proxy-status")]).toEqual([
      null,
      "gw; received-status=401",
    ]);
    for (const found of [denied, broken]) expect(await found.text()).toMatch(/cause: answered_by_app/);
  });

  test("error documents: an error of gw is one as well, and the request's body is not the document's", async () => {
    const found = await ask(`/${kind}/x`, { method: "POST", body: "x".repeat(2000) });
    expect([found.status, await found.text()]).toEqual([413, "<h1>ours</h1>"]);
    expect(found.headers.get("proxy-status")).toContain("request_body_too_large");
    expect(found.headers.get("x-request-id")).toMatch(/-/);
  });

  test("error documents: HEAD is GET for the app, and has no body for its client", async () => {
    for (const path of ["/", "/long"]) {
      const [get, head] = [await ask(`/${kind}${path}`), await ask(`/${kind}${path}`, { method: "HEAD" })];
      expect([head.status, await head.text()]).toEqual([200, ""]);
      expect(head.headers.get("content-type")).toBe(get.headers.get("content-type"));
      expect(head.headers.get("content-length")).toBe(get.headers.get("content-length"));
    }
    const seen = (await (await ask(`/${kind}/seen`)).json()) as string[];
    expect(seen.filter((one) => one.startsWith("HEAD") && !one.endsWith("/page-404"))).toEqual([]);
  });
});

test("error documents: of files, by a file; and gw's own page where that is not there", async () => {
  const [none, post] = [await ask("/none"), await ask("/404.html", { method: "POST" })];
  expect([none.status, await none.text(), none.headers.get("etag")]).toEqual([404, "<h1>a file</h1>", null]);
  expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, HEAD, OPTIONS"]);
  expect(await post.text()).toContain("method_not_allowed");
  await gw.until(/an error document cannot be shown.*\/gone\.html/);
});
