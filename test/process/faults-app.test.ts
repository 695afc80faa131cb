// Apps that answer badly or treat their own process badly, without ending it: what clients see, and how it goes on. The
// page docs/faults.md leads here.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { readAnswers } from "../support/answer-reader.ts";
import { inBothForms } from "../support/both-forms.ts";
import { obey, statusOf } from "../support/control.ts";
import { get } from "../support/exchange.ts";
import { eventually, type Gw, startGw } from "../support/gw.ts";
import { doing, urlDoing, writeObedientApp } from "../support/obedient-app.ts";
import { connectRaw } from "../support/raw-http.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const APPS = resolve(import.meta.dir, "../apps");
const pidOf = async (gw: Gw) => (await fetch(gw.url)).text();
const detailsOf = (answer: Response) => /details="(\w+)"/.exec(answer.headers.get("proxy-status") ?? "")?.[1];

describe("faults: an app that closes the connection of a request", () => {
  let gw: Gw;
  beforeAll(async () => {
    gw = await startGw([join(APPS, "closes.cjs"), "--retry-requests", "idempotent"]);
  });
  afterAll(() => gw[Symbol.asyncDispose]());

  test.each(["/socket", "/response", "/request"])(
    "%s: 502 that says so, no second try, and the process stays",
    async (path) => {
      const pid = await pidOf(gw);
      const answer = await fetch(new URL(path, gw.url));
      expect([answer.status, detailsOf(answer)]).toEqual([502, "app_closed"]);
      await gw.until(new RegExp(`request refused cause=app_closed status=502 .*path=${path} `));
      expect(await pidOf(gw)).toBe(pid);
      expect(gw.stderr()).not.toMatch(/ ended |worker_died/);
    },
  );

  test("in the middle of an answer: the client can tell, and the log says who", async () => {
    using client = await connectRaw(gw.url);
    await client.send(get("/half"));
    const { answers } = readAnswers(await client.untilClosed(), { isClosed: true });
    expect([answers[0]?.body, answers[0]?.isWhole]).toEqual(["half", false]);
    await gw.until(/response cut cause=response_incomplete .*why=app_closed/);
  });
});

describe("faults: a handler", () => {
  const ways: [string, string, RegExp][] = [
    ["throws", "/throw", /^\[worker 1\].*thrown by the handler/m],
    ["rejects", "/reject", /^\[worker 1\].*rejected by the handler/m],
    ["throws null", "/throw-null", /^\[worker 1\].*null/m],
    [
      "returns nothing",
      "/nothing",
      /handler for GET http:\/\/[^/]+\/nothing returned undefined, not a Response/,
    ],
    ["promises nothing", "/later-nothing", /handler for GET .* returned undefined, not a Response/],
    ["returns a text", "/text", /handler for GET .* returned just text, not a Response/],
  ];
  test.each(ways)(
    "that %s: 500 that says nothing of the app; its author is told; the process stays",
    async (_, path, said) => {
      await using gw = await startGw([join(APPS, "misbehaves.ts")]);
      const answer = await fetch(gw.url + path.slice(1));
      expect([answer.status, await answer.text()]).toEqual([500, "Internal Server Error\n"]);
      await gw.until(said);
      expect(gw.stderr()).not.toContain("$bunfs");
      expect(await (await fetch(gw.url)).text()).toBe("fine");
      expect(gw.stderr()).not.toContain(" ended ");
    },
  );

  const answers: [string, string, string, string][] = [
    [
      "a control character in a header",
      '{ a: "x\\x01y" }',
      "worker_answer_malformed",
      "the header a holds a control character",
    ],
    [
      "a header over --header-buffer-size",
      '{ a: "x".repeat(40_000) }',
      "response_header_too_large",
      "a header line of 40003 bytes",
    ],
  ];
  test.each(answers)("that answers with %s: 502, and the process stays", async (_, headers, cause, why) => {
    using dir = makeTempDir();
    await using gw = await startGw([writeObedientApp(dir)]);
    const pid = await pidOf(gw);
    const answer = await fetch(urlDoing(gw, `return new Response("x", { headers: ${headers} })`));
    expect([answer.status, detailsOf(answer)]).toEqual([502, cause]);
    const page = await answer.text();
    await gw.until(new RegExp(`request refused cause=${cause} .*path=/ `));
    expect(page + gw.stderr()).toContain(why);
    expect(await pidOf(gw)).toBe(pid);
  });

  inBothForms(
    "whose body fails in the middle: the client can tell that it is not whole, and the process stays",
    async (form) => {
      using dir = makeTempDir();
      await using gw = await startGw([writeObedientApp(dir, form)]);
      const pid = await pidOf(gw);
      const code = `let failed = false; return new Response(new ReadableStream({ async pull(out) {
      if (failed) out.error(new Error("no more")); else out.enqueue("part"); failed = true; await Bun.sleep(50); } }));`;
      using client = await connectRaw(gw.url);
      await client.send(get(doing(code)));
      const { answers } = readAnswers(await client.untilClosed(), { isClosed: true });
      expect(answers.map(({ status, body, isWhole }) => [status, body, isWhole])).toEqual([
        [200, "part", false],
      ]);
      await gw.until(/response cut cause=response_incomplete /);
      expect(await pidOf(gw)).toBe(pid);
    },
  );

  inBothForms(
    "whose body fails before its first byte: 502, its author is told, and the process stays",
    async (form) => {
      using dir = makeTempDir();
      await using gw = await startGw([writeObedientApp(dir, form)]);
      const pid = await pidOf(gw);
      const code =
        'return new Response(new ReadableStream({ start(out) { out.error(new Error("no body")); } }));';
      const answer = await fetch(urlDoing(gw, code));
      expect([answer.status, detailsOf(answer)]).toEqual([502, "app_closed"]);
      await gw.until(/^\[worker 1\] .*no body/m);
      expect(await pidOf(gw)).toBe(pid);
    },
  );
});

describe("faults: an app and its process", () => {
  test("it closes stdout and stderr: nothing more is shown, and it serves", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeObedientApp(dir)]);
    const code =
      'fs.closeSync(1); fs.closeSync(2); console.log("unheard"); console.error("unheard"); return new Response("closed");';
    expect(await (await fetch(urlDoing(gw, code))).text()).toBe("closed");
    for (let n = 0; n < 20; n++)
      expect((await fetch(urlDoing(gw, 'console.log("unheard"); return new Response();'))).status).toBe(200);
    expect(await gw.stop()).toBe(0);
    expect(gw.stdout() + gw.stderr()).not.toContain("unheard\n");
    expect(gw.stderr()).not.toContain(" ended ");
  });

  test("it changes its directory and its umask: it serves, and the next process has those that were set", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeObedientApp(dir)]);
    const look = "return new Response(process.cwd() + ' ' + process.umask());";
    const before = await (await fetch(urlDoing(gw, look))).text();
    await fetch(urlDoing(gw, 'process.chdir("/"); process.umask(0o777); return new Response();'));
    expect(await Promise.all(Array.from({ length: 5 }, () => pidOf(gw)))).not.toContain("");
    gw.signal("SIGUSR1");
    await gw.until(/worker 1 ended .*reason=graceful_signal/);
    expect(await (await fetch(urlDoing(gw, look))).text()).toBe(before);
  });

  test("it opens files until there are no more: who asks for one gets 500, what needs none is served, and a restart helps", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeObedientApp(dir), "--open-files", "100"]);
    const leak = 'globalThis.kept = []; for (;;) kept.push(fs.openSync("/dev/null"));';
    expect((await fetch(urlDoing(gw, leak))).status).toBe(500);
    await gw.until(/^\[worker 1\] .*EMFILE/m);
    // It can take no new connections; the one that the front has open carries all requests.
    const busy = urlDoing(gw, 'await Bun.sleep(300); return new Response("late")');
    const answers = await Promise.all([1, 2, 3].map(() => fetch(busy)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    gw.signal("SIGUSR1");
    await gw.until(/worker 1 ended .*reason=graceful_signal/);
    const after = await Promise.all([1, 2, 3].map(() => fetch(gw.url)));
    expect(after.map(({ status }) => status)).toEqual([200, 200, 200]);
  });
});

describe("faults: sockets that vanish", () => {
  const things: [string, string][] = [
    ["an app removes its own socket", "run/w1.sock"],
    ["somebody removes the directory of the sockets", "run"],
    ["somebody removes the whole server root", "."],
  ];
  test.each(things)(
    "%s: the worker is replaced, nobody is refused, and a stop leaves nothing",
    async (_, name) => {
      using dir = makeTempDir();
      const root = join(dir.path, "root");
      await using gw = await startGw([writeObedientApp(dir), "--server-root", root]);
      const pid = await pidOf(gw);
      const code = `fs.rmSync(${JSON.stringify(join(root, name))}, { recursive: true }); return new Response("removed");`;
      expect(await (await fetch(urlDoing(gw, code))).text()).toBe("removed");
      await gw.until(
        new RegExp(`error worker 1 ended pid=${pid} .*reason=crash kind=left why="its socket has vanished"`),
      );
      const answers = await Promise.all(Array.from({ length: 10 }, () => fetch(gw.url)));
      expect(answers.every(({ status }) => status === 200)).toBe(true);
      if (name !== "run/w1.sock")
        expect(gw.stderr()).toContain("the directory of the sockets had vanished and was made again");
      expect(await gw.stop()).toBe(0);
      await eventually(() => !existsSync(root), "nothing is left of the server root");
    },
  );

  test.each([
    ["its control socket", ["control.sock"]],
    ["its control socket and its lock", ["control.sock", "gw.pid"]],
    ["its whole server root", [""]],
  ])("a cleaner takes away %s: gw makes it again, says so, and can be steered", async (_, names) => {
    await using gw = await startGw([join(APPS, "fetch-object.ts"), "--port", "0"]);
    const { serverRoot } = await statusOf(gw);
    for (const name of names) rmSync(join(serverRoot, name), { recursive: true });
    await gw.until(/warn {2}the control socket had vanished and was made again/);
    expect(statSync(join(serverRoot, "control.sock")).mode & 0o777).toBe(0o600);
    expect((await statusOf(gw)).pid).toBe(gw.pid);
    expect(await obey(gw, "stop")).toContain("has stopped");
    expect(await gw.exited).toBe(0);
    expect(existsSync(serverRoot)).toBe(false);
  });
});
