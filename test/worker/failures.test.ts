// An app that cannot be served: the worker says what failed, in which step, in the app's own words with file and line,
// and ends with its own exit code. No frame of gw is ever in the text.
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { makeTempDir } from "../support/temp-dir.ts";
import { ask, startWorker } from "../support/worker-process.ts";

type Row = { app: string; cause?: string; reason: RegExp; detail: RegExp };

const AT_LOAD: Row[] = [
  {
    app: "broken/syntax.ts",
    reason: /^Expected "\)" but found ";" \(\/.*broken\/syntax\.ts:4:\d+\)$/,
    detail: /return new Response\("x";\n.*\^\nerror: Expected/,
  },
  {
    app: "broken/imports-syntax.ts",
    reason: /broken\/syntax\.ts:4:\d+\)$/,
    detail: /broken\/syntax\.ts:4:/,
  },
  {
    app: "broken/throws.ts",
    reason: /^no settings for you \(\/.*broken\/throws\.ts:2:\d+\)$/,
    detail: /TypeError: no settings for you\n\s+at readSettings \(\/.*broken\/throws\.ts:2:\d+\)/,
  },
  { app: "broken/throws-text.ts", reason: /^just a string$/, detail: /^thrown: "just a string"$/ },
  {
    app: "broken/missing-package.ts",
    reason:
      /^\/.*missing-package\.ts imports "no-such-package-anywhere", which is not installed; run npm install/,
    detail: /Cannot find package 'no-such-package-anywhere'/,
  },
  {
    app: "broken/missing-file.ts",
    reason: /^\/.*missing-file\.ts imports ".*no-such-file\.ts", and there is no such file$/,
    detail: /Cannot find module/,
  },
  {
    app: "broken/missing-export.ts",
    reason: /Export named 'absent' not found in module '\/.*exports-nothing\.ts'/,
    detail: /Export named 'absent' not found/,
  },
  {
    app: "broken/serves-nothing.ts",
    reason: /^Bun\.serve\(\) needs either: \(\/.*serves-nothing\.ts:1:\d+\)$/,
    detail: /at .*serves-nothing\.ts:1:/,
  },
  {
    app: "awaits-nothing.ts",
    reason: /awaits something at its top level that can never happen$/,
    detail: /^$/,
  },
];

describe("failures", () => {
  test.each(AT_LOAD)("failures: $app is reported in its own words", async ({ app, reason, detail }) => {
    await using worker = startWorker(app);
    const failed = await worker.heard("failed");
    expect({ ...failed, facts: {}, detail: "" }).toEqual({
      type: "failed",
      cause: "app_load_failed",
      step: "load",
      facts: {},
      detail: "",
    });
    expect(failed.facts.reason).toMatch(reason);
    expect(failed.detail ?? "").toMatch(detail);
    expect(failed.detail ?? "").not.toMatch(/src\/worker|src\/main|node:internal|\[native/);
    expect(await worker.exited).toBe(3);
    expect(worker.messages().at(-1)).toEqual(failed);
    expect(worker.stderr()).toBe("");
  });

  test("failures: where gw's own function refuses what the app gave it, no source of gw is shown", async () => {
    await using worker = startWorker("broken/serves-nothing.ts");
    expect((await worker.heard("failed")).detail).toStartWith("TypeError: Bun.serve() needs either:");
  });

  test("failures: a file that does not exist is not found, and not called a broken app", async () => {
    using temp = makeTempDir();
    const path = join(temp.path, "nowhere.ts");
    await using worker = startWorker(path, { cwd: temp.path });
    expect(await worker.heard("failed")).toEqual({
      type: "failed",
      cause: "app_not_found",
      facts: { path },
      step: "load",
    });
    expect(await worker.exited).toBe(3);
  });

  test("failures: an app that exports nothing usable and never listens is told once it has nothing left to do", async () => {
    await using worker = startWorker("exports-nothing.ts");
    expect(await worker.heard("failed")).toMatchObject({ cause: "app_exports_nothing", step: "listen" });
    expect(await worker.exited).toBe(3);
  });

  test("failures: a named callable that is missing is answered with the names that there are", async () => {
    await using worker = startWorker("fetch-object.ts", { setup: { callableObject: "application" } });
    expect(await worker.heard("failed")).toMatchObject({
      cause: "app_callable_missing",
      facts: { name: "application", exports: "default, number, other" },
      step: "listen",
    });
  });

  test("failures: a named export that cannot be served counts as missing", async () => {
    await using worker = startWorker("fetch-object.ts", { setup: { callableObject: "number" } });
    expect(await worker.heard("failed")).toMatchObject({ cause: "app_callable_missing" });
  });

  test("failures: an app that ends its process while it is imported is not said to have failed to load", async () => {
    await using worker = startWorker("exits-at-import.ts");
    expect(await worker.heard("bye")).toEqual({ type: "bye", reason: "the app ended its process" });
    expect(await worker.exited).toBe(9);
    expect(worker.messages().filter(({ type }) => type === "failed")).toEqual([]);
  });

  test("failures: an app that never finishes importing stays in step load, and its heart goes on beating", async () => {
    await using worker = startWorker("never-finishes.ts");
    await worker.heard("step");
    worker.signal("SIGTERM");
    expect(await worker.heard("bye")).toEqual({ type: "bye", reason: "shutdown_signal" });
    expect(await worker.exited).toBe(0);
    expect(worker.messages().filter(({ type }) => type === "step")).toEqual([{ type: "step", step: "load" }]);
  });
});

describe("handlers that go wrong", () => {
  const WAYS: [path: string, line: RegExp][] = [
    ["/throw", /error: thrown by the handler\n\s+at .*misbehaves\.ts:\d+:\d+/],
    ["/reject", /error: rejected by the handler\n\s+at .*misbehaves\.ts:\d+:\d+/],
    [
      "/nothing",
      /The app's handler for GET http:\/\/app\.example\/nothing returned undefined, not a Response/,
    ],
    ["/later-nothing", /returned undefined, not a Response/],
    ["/text", /returned just text, not a Response/],
    ["/throw-null", /thrown: (null|undefined)/],
  ];

  test.each(WAYS)(
    "handlers: %s is a plain 500 for the client and one report for the author",
    async (path, line) => {
      await using worker = startWorker("misbehaves.ts");
      await worker.heard("ready");
      expect(await ask(worker, path)).toMatchObject({ status: 500, body: "Internal Server Error\n" });
      expect((await ask(worker, "/")).body).toBe("fine");
      worker.say({ type: "drain", withinMs: 1000 });
      await worker.exited;
      expect(worker.stderr()).toMatch(line);
      expect(worker.stderr()).not.toMatch(/src\/worker/);
      expect(worker.stderr().match(/error: |not a Response|thrown: /g)).toHaveLength(1);
    },
  );

  test("handlers: a node listener that throws is a 500, and its connection is cut once the head is out", async () => {
    await using worker = startWorker("node-http.ts");
    await worker.heard("ready");
    expect(await ask(worker, "/throw")).toMatchObject({ status: 500, body: "Internal Server Error\n" });
    const late = await ask(worker, "/late-throw");
    expect(late.body).not.toContain("Internal Server Error");
    expect((await ask(worker, "/address")).status).toBe(200);
  });

  test("handlers: an exported node handler that rejects is a 500", async () => {
    await using worker = startWorker("node-handler.ts");
    await worker.heard("ready");
    expect((await ask(worker, "/throw")).status).toBe(500);
    expect((await ask(worker, "/")).status).toBe(200);
  });

  test("handlers: process.exit and an uncaught rejection end the worker with the app's own code", async () => {
    for (const [path, code] of [["/exit", 7] as const, ["/unhandled", 1] as const]) {
      await using worker = startWorker("misbehaves.ts");
      await worker.heard("ready");
      using client = await worker.connect();
      await client.send(
        `GET ${path} HTTP/1.1\r\nHost: a\r\nx-gw-visit: token-of-this-test http r 192.0.2.1 1 0\r\n\r\n`,
      );
      expect(await worker.exited).toBe(code);
      expect(await worker.heard("bye")).toEqual({ type: "bye", reason: "the app ended its process" });
    }
  });
});
