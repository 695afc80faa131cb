// Every example and layout, unmodified, through the real gw: supervisor, front and worker, started from a directory that
// has nothing to do with the app. What is asserted is what a client of the public port gets.
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type Gw, launchGw, runGw, startGw } from "../support/gw.ts";
import { openPage } from "../support/page.ts";
import { connectRaw } from "../support/raw-http.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const ROOT = resolve(import.meta.dir, "../..");
const EXAMPLES = join(ROOT, "examples");
const APPS = join(ROOT, "test/apps");

type Exchange = { path: string; status?: number; body: string | object | RegExp; send?: unknown };

const USERS: Exchange = { path: "/users/ann", body: { name: "ann" } };
const ECHO: Exchange = { path: "/echo", send: { deep: [1, "ü"] }, body: { deep: [1, "ü"] } };

const TABLE: [file: string, exchanges: Exchange[]][] = [
  ["hello/app.ts", [{ path: "/a?b", body: "Hello from gw. You asked for /a\n" }]],
  ["function/app.ts", [{ path: "/f", body: "Hello from a function at /f" }]],
  [
    "hono/app.tsx",
    [
      { path: "/?name=%3Cb%3E", body: /<h1>Hello &lt;b&gt;<\/h1>/ },
      {
        path: "/orders",
        send: { item: "tea", count: 2 },
        status: 201,
        body: { accepted: { item: "tea", count: 2 } },
      },
      { path: "/orders", send: { item: "tea", count: 0 }, status: 422, body: /problems/ },
    ],
  ],
  ["elysia/app.ts", [{ path: "/", body: "Hello from Elysia" }, USERS, ECHO]],
  ["h3/app.ts", [{ path: "/", body: "Hello from H3" }, USERS]],
  ["bun-serve/app.ts", [{ path: "/", body: "Hello from Bun.serve to 127.0.0.1" }, USERS]],
  ["node-http/app.ts", [{ path: "/", body: "Hello from node:http to 127.0.0.1" }]],
  ["express/app.js", [{ path: "/", body: "Hello from Express to 127.0.0.1" }, USERS, ECHO]],
  ["fastify/app.ts", [{ path: "/", body: "Hello from Fastify to 127.0.0.1" }, USERS, ECHO]],
  ["koa/app.js", [{ path: "/", body: "Hello from Koa to 127.0.0.1" }]],
  ["events/app.ts", [{ path: "/", body: /"slot":1/ }]],
  ["service/app.ts", [{ path: "/", body: "The clock does not run\n" }]],
  [
    "groups/gw.config.json",
    [
      { path: "/tea", body: "The shop, at /tea\n" },
      { path: "/api/orders", body: { path: "/orders", self: "/api/orders", key: "for-this-group-only" } },
    ],
  ],
];

async function check(gw: Gw, { path, status = 200, body, send }: Exchange): Promise<void> {
  const posted = {
    method: "POST",
    body: JSON.stringify(send),
    headers: { "content-type": "application/json" },
  };
  const answer = await fetch(new URL(path, gw.url), send === undefined ? {} : posted);
  const text = await answer.text();
  if (body instanceof RegExp) expect(text).toMatch(body);
  else if (typeof body === "string") expect(text).toBe(body);
  else expect(JSON.parse(text)).toEqual(body);
  expect(answer.status).toBe(status);
  expect([...answer.headers.keys()].filter((name) => name.startsWith("x-gw-"))).toEqual([]);
}

describe("examples", () => {
  test("examples: each folder is in the table of this test, or in another test of the binary", async () => {
    const folders = readdirSync(EXAMPLES, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const rooms = [import.meta.dir, join(import.meta.dir, "../slow")];
    const others = rooms.flatMap((room) =>
      readdirSync(room)
        .filter((name) => name.endsWith(".ts"))
        .map((file) => Bun.file(join(room, file)).text()),
    );
    const elsewhere = (await Promise.all(others)).join("\n");
    const untested = folders.filter(
      ({ name }) =>
        !TABLE.some(([file]) => dirname(file) === name) && !new RegExp(`examples/${name}\\b`).test(elsewhere),
    );
    expect(untested.map(({ name }) => name)).toEqual([]);
  });

  test("examples: the configuration with types says the same as the one without", async () => {
    const [plain, typed] = await Promise.all(
      ["groups/gw.config.json", "groups/typed.config.ts"].map((file) =>
        runGw(["show-config", "--json", "--server-root", "/tmp/gw", "--config", join(EXAMPLES, file)]),
      ),
    );
    const said = (text = "") =>
      text.replace(/"(origin|config|value)": "[^"]*(gw|typed)\.config\.(json|ts)(:\d+)?"/g, "");
    expect([plain?.code, typed?.code]).toEqual([0, 0]);
    expect(said(typed?.stdout)).toBe(said(plain?.stdout));
  });

  test.each(TABLE)("examples: %s is served as it is", async (file, exchanges) => {
    const path = join(EXAMPLES, file);
    await using gw = await startGw(file.endsWith(".json") ? ["--config", path] : [path]);
    for (const exchange of exchanges) await check(gw, exchange);
    expect(await gw.stop()).toBe(0);
  });

  test.each(["hono/app.tsx", "express/app.js", "bun-serve/app.ts"])(
    "examples: %s in embedded mode",
    async (file) => {
      await using gw = await startGw([join(EXAMPLES, file), "--embedded-mode"]);
      for (const exchange of TABLE.find(([name]) => name === file)?.[1] ?? []) await check(gw, exchange);
      expect(await gw.stop()).toBe(0);
    },
  );
});

describe("layouts", () => {
  test.each([
    ["tsconfig-paths/src/app.ts", "through an alias"],
    ["jsx/app.tsx", '<p title="greeting">Hello JSX</p>'],
    ["slow-start.ts", "top-level await is over"],
    ["main-guard.ts", "main"],
    ["commonjs.cjs", "commonjs /"],
    ["listens-late.ts", "late"],
  ])("layouts: %s", async (file, body) => {
    await using gw = await startGw([join(APPS, file)]);
    await check(gw, { path: "/", body });
  });

  test("layouts: JSON, text and dynamic imports, import.meta.dir, a file beside the app", async () => {
    await using gw = await startGw([join(APPS, "imports/app.ts")]);
    const dir = join(APPS, "imports");
    const body = { json: "json", text: "from a text file", dynamic: "json", read: "from a text file", dir };
    await check(gw, { path: "/", body });
  });

  test("layouts: a CommonJS package that requires another package, half way down a chain", async () => {
    using temp = makeTempDir();
    writePackage(temp.path, "outer", "module.exports = 'outer, ' + require('middle');");
    writePackage(
      join(temp.path, "node_modules/outer"),
      "middle",
      "module.exports = 'middle, ' + require('inner/lib/deep');",
    );
    writePackage(temp.path, "inner", "module.exports = 'unused';", {
      "lib/deep.js": "module.exports = 'inner';",
    });
    writeFileSync(join(temp.path, "package.json"), '{ "name": "chain", "type": "module" }');
    temp.write("app.ts", 'import word from "outer";\nexport default { fetch: () => new Response(word) };\n');
    await using gw = await startGw([join(temp.path, "app.ts")]);
    await check(gw, { path: "/", body: "outer, middle, inner" });
  });

  test("layouts: a workspace whose packages are symbolic links, one of them TypeScript behind an exports map", async () => {
    using temp = makeTempDir();
    const shared = join(temp.path, "packages/shared");
    const site = join(temp.path, "apps/site");
    for (const dir of [
      join(shared, "src"),
      join(site, "node_modules/@acme"),
      join(temp.path, "node_modules/@acme"),
    ]) {
      mkdirSync(dir, { recursive: true });
    }
    writeFileSync(
      join(temp.path, "package.json"),
      '{ "name": "root", "private": true, "workspaces": ["apps/*", "packages/*"] }',
    );
    writeFileSync(
      join(shared, "package.json"),
      '{ "name": "@acme/shared", "exports": { "./word": "./src/word.ts" } }',
    );
    writeFileSync(
      join(shared, "src/word.ts"),
      'import { end } from "plain";\nexport const word: string = "shared " + end;\n',
    );
    writePackage(temp.path, "plain", "exports.end = 'and plain';");
    symlinkSync(shared, join(site, "node_modules/@acme/shared"));
    writeFileSync(join(site, "package.json"), '{ "name": "site", "type": "module" }');
    writeFileSync(
      join(site, "app.ts"),
      'import { word } from "@acme/shared/word";\nexport default () => new Response(word);\n',
    );
    symlinkSync(site, join(temp.path, "current"));
    await using gw = await startGw([join(temp.path, "current/app.ts")]);
    await check(gw, { path: "/", body: "shared and plain" });
  });

  test("layouts: a named export, chosen by --callable-object", async () => {
    await using gw = await startGw([join(APPS, "fetch-object.ts"), "--callable-object", "other"]);
    await check(gw, { path: "/", body: "the other one" });
  });

  test("layouts: an app runs in production unless its environment says otherwise", async () => {
    using temp = makeTempDir();
    const app = temp.write("app.ts", "export default () => new Response(process.env.NODE_ENV);\n");
    for (const [given, seen] of [[undefined, "production"] as const, ["staging", "staging"] as const]) {
      await using gw = await startGw([app], { env: { NODE_ENV: given } });
      await check(gw, { path: "/", body: seen });
    }
  });

  test("layouts: a node program sees which of the machine's addresses its client has reached", async () => {
    await using gw = await startGw([join(APPS, "node-handler.ts"), "--host", "0.0.0.0"]);
    for (const address of ["127.0.0.1", "127.0.0.2"]) {
      const seen = (await (await fetch(`http://${address}:${gw.port}/`)).json()) as { local: unknown };
      expect(seen.local).toEqual({ address, port: gw.port, family: "IPv4" });
    }
  });

  test("layouts: without an app there is the welcome page", async () => {
    await using gw = await startGw([]);
    const answer = await fetch(gw.url, { headers: { accept: "text/html" } });
    await using page = openPage(await answer.text());
    expect(page.text("h1")).toBe("gw works");
  });
});

describe("apps that cannot be served", () => {
  const BROKEN: [file: string, code: number, shown: RegExp[]][] = [
    ["no-such-app.ts", 66, [/no-such-app\.ts/]],
    ["broken/syntax.ts", 1, [/broken\/syntax\.ts:4:\d+/, /error: Expected/]],
    ["broken/throws.ts", 1, [/no settings for you/, /broken\/throws\.ts:2:\d+/]],
    ["broken/missing-package.ts", 1, [/no-such-package-anywhere/, /missing-package\.ts/, /npm install/]],
    ["exports-nothing.ts", 1, [/exports-nothing\.ts exports nothing that gw can serve/]],
    ["exits-at-import.ts", 1, [/code 9/]],
  ];

  test.each(BROKEN)("broken: %s ends gw with %d and the app's own error", async (file, code, shown) => {
    const ended = await runGw(["start-server", join(APPS, file), "--port", "0", "--host", "127.0.0.1"]);
    for (const text of shown) expect(ended.stderr + ended.stdout).toMatch(text);
    expect(ended.stderr).not.toMatch(/bunfs|src\/worker|src\/main/);
    expect(ended.stdout).not.toContain("gw: serving");
    expect(ended.code).toBe(code);
  });

  test("broken: an app that never finishes importing ends at the startup timeout, with the step", async () => {
    const app = join(APPS, "never-finishes.ts");
    await using gw = launchGw([
      "start-server",
      app,
      "--port",
      "0",
      "--host",
      "127.0.0.1",
      "--startup-timeout",
      "1500ms",
    ]);
    expect(await gw.exited).toBe(1);
    expect(gw.stderr()).toMatch(/still in step: load/);
  });
});

test("apps: what an app says before its answer, and behind the body, reaches the client", async () => {
  await using gw = await startGw([join(APPS, "hints-and-trailers.cjs")]);
  using client = await connectRaw(gw.url);
  await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const text = await client.until("X-Sum: abc\r\n\r\n");
  expect(text).toStartWith(
    "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload; as=style\r\n\r\nHTTP/1.1 200 OK\r\n",
  );
  expect(text).toEndWith("\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: abc\r\n\r\n");
});

function writePackage(root: string, name: string, main: string, files: Record<string, string> = {}): void {
  const dir = join(root, "node_modules", name);
  const all = { "package.json": `{ "name": "${name}", "main": "index.js" }`, "index.js": main, ...files };
  for (const [file, text] of Object.entries(all)) {
    const path = join(dir, file);
    if (!existsSync(dirname(path))) mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${text}\n`);
  }
}
