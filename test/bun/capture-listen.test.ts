// Probes of replacing Bun.serve and http.Server.prototype.listen before an app is imported: every way to listen that an
// app may use must pass the replacements. src/worker/listen/capture-listen.ts stands on this.
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { connectRaw } from "../support/raw-http.ts";
import { makeTempDir } from "../support/temp-dir.ts";

/** Redirects what listens to a UNIX socket, tells which replacement was passed, and imports the app. */
const CAPTURE = `
  import { Server } from "node:http";
  const [, , unix, app] = process.argv;
  const serve = Bun.serve;
  const listen = Server.prototype.listen;
  let node = false;
  Object.assign(Server.prototype, { listen(...args) {
    node = true;
    try { return listen.apply(this, args); } finally { node = false; }
  } });
  Object.assign(Bun, { serve(asked) {
    const server = serve({ ...asked, unix, port: undefined, hostname: undefined });
    console.log(JSON.stringify({ asked: asked.port ?? null, node }));
    return server;
  } });
  await import(app);
`;

const packageAt = (name: string) => JSON.stringify(Bun.resolveSync(name, import.meta.dir));

const APPS: [name: string, source: string, told: { asked: number | null; node: boolean }][] = [
  ["Bun.serve", `Bun.serve({ port: 1, fetch: () => new Response("hello") });`, { asked: 1, node: false }],
  [
    'serve of "bun"',
    `import { serve } from "bun"; serve({ port: 1, fetch: () => new Response("hello") });`,
    { asked: 1, node: false },
  ],
  [
    "node:http",
    `import { createServer } from "node:http"; createServer((_, res) => res.end("hello")).listen(1);`,
    { asked: 1, node: true },
  ],
  [
    "require of http",
    `require("http").createServer((_, res) => res.end("hello")).listen(1, "0.0.0.0", () => {});`,
    { asked: 1, node: true },
  ],
  [
    "Express",
    `import express from ${packageAt("express")};
     express().get("/", (_, res) => res.send("hello")).listen(1);`,
    { asked: 1, node: true },
  ],
  [
    "Fastify",
    `import Fastify from ${packageAt("fastify")};
     const app = Fastify(); app.get("/", () => "hello"); app.listen({ port: 1, host: "0.0.0.0" });`,
    { asked: 1, node: true },
  ],
  [
    "Koa",
    `import Koa from ${packageAt("koa")}; new Koa().use((ctx) => { ctx.body = "hello"; }).listen(1);`,
    { asked: 1, node: true },
  ],
];

describe("capture listen: a program's listener passes the replacements and is redirected", () => {
  test.each(APPS)("%s", async (_name, source, told) => {
    using temp = makeTempDir();
    const unix = join(temp.path, "w.sock");
    const command = [process.execPath, temp.write("capture.ts", CAPTURE), unix, temp.write("app.ts", source)];
    await using child = Bun.spawn(command, { stdio: ["ignore", "pipe", "inherit"] });
    const line = await child.stdout.getReader().read();
    expect(JSON.parse(new TextDecoder().decode(line.value))).toEqual(told);
    using client = await connectRaw({ unix });
    await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    await client.until(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nhello/);
  });
});
