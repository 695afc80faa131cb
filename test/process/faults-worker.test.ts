// Workers that die, at every moment of a request and of their own lives: what clients see, and how it goes on. The page
// docs/faults.md leads here.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readAnswers } from "../support/answer-reader.ts";
import { inBothForms } from "../support/both-forms.ts";
import { get, request } from "../support/exchange.ts";
import { eventually, type Gw, startGw } from "../support/gw.ts";
import { doing, HOLD, urlDoing, writeObedientApp } from "../support/obedient-app.ts";
import { childInRole, childrenOf } from "../support/proc-status.ts";
import { connectRaw } from "../support/raw-http.ts";
import { startLoad } from "../support/steady-load.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const pidOf = async (gw: Gw) => Number(await (await fetch(gw.url)).text());
const workerOf = (gw: Gw) => childInRole(gw.pid, "__worker").pid;
const count = (text: string, word: RegExp) => [...text.matchAll(word)].length;

describe("faults: a worker is killed", () => {
  inBothForms("before it has answered a POST: 502, and the request has run once", async (form) => {
    using dir = makeTempDir();
    await using gw = await startGw([writeObedientApp(dir, form), "--processes", "2"]);
    const url = urlDoing(
      gw,
      'await request.text(); console.log("holding", process.pid); await Bun.sleep(1e9);',
    );
    const answer = fetch(url, { method: "POST", body: "an order" });
    const output = await gw.until(/holding \d+/);
    process.kill(Number(/holding (\d+)/.exec(output)?.[1]), "SIGKILL");
    expect((await answer).status).toBe(502);
    await gw.until(/worker \d ended .*kind=outside_signal request="POST \/".* bystanders=0/);
    expect((await fetch(gw.url)).status).toBe(200);
    expect(count(gw.stdout(), /holding/g)).toBe(1);
  });

  inBothForms(
    "while it receives an upload: 502, and the client's connection is not left hanging",
    async (form) => {
      using dir = makeTempDir();
      await using gw = await startGw([writeObedientApp(dir, form)]);
      using client = await connectRaw(gw.url);
      const code =
        'for await (const piece of request.body) console.log("piece", piece.length); return new Response();';
      await client.send(request("POST", doing(code), ["Content-Length: 9000000"], "x".repeat(100_000)));
      await gw.until(/\] piece/);
      process.kill(workerOf(gw), "SIGKILL");
      const { answers } = readAnswers(await client.untilClosed(), { isClosed: true });
      expect(answers.map(({ status, isWhole }) => [status, isWhole])).toEqual([[502, true]]);
      await gw.until(/worker 1 ended .*request="POST \/"[\s\S]*worker 1 is started again/);
    },
  );

  const framings: [string, string][] = [
    ["chunked", "{}"],
    ["length", '{ "Content-Length": "100" }'],
  ];
  test.each(framings)(
    "in the middle of a body (%s): the client can tell that it is not whole",
    async (how, fields) => {
      using dir = makeTempDir();
      const app = dir.write(
        "app.ts",
        `import { createServer } from "node:http";
       createServer((request, response) => {
         if (request.url === "/part") response.writeHead(200, ${fields}), response.write("part");
         else response.end("fine");
       }).listen(0);`,
      );
      await using gw = await startGw([app]);
      using client = await connectRaw(gw.url);
      await client.send(get("/part"));
      await client.until("part");
      process.kill(workerOf(gw), "SIGKILL");
      const { answers } = readAnswers(await client.untilClosed(), { isClosed: true });
      expect(answers.map(({ body, framing, isWhole }) => [body, framing, isWhole])).toEqual([
        ["part", how, false],
      ]);
      await gw.until(/response cut cause=response_incomplete .*why=worker_died/);
      await gw.until(/worker 1 ended .*request="GET \/part".*[\s\S]*worker 1 is started again/);
    },
  );

  inBothForms(
    "after its answer: that stands, on a connection that goes on with the next worker",
    async (form) => {
      using dir = makeTempDir();
      await using gw = await startGw([writeObedientApp(dir, form)]);
      using client = await connectRaw(gw.url);
      await client.send(get("/"));
      const finals = (text: string) => readAnswers(text).answers;
      const pid = finals(await client.until((text) => finals(text).length === 1))[0]?.body;
      process.kill(Number(pid), "SIGKILL");
      await gw.until(/worker 1 ended /);
      await client.send(get("/"));
      const [first, second] = finals(await client.until((text) => finals(text).length === 2));
      expect([first?.body, second?.status]).toEqual([pid, 200]);
      expect(second?.body).not.toBe(pid);
    },
  );

  inBothForms("one of two under load: nobody fails but who was on it", async (form) => {
    using dir = makeTempDir();
    await using gw = await startGw([writeObedientApp(dir, form), "--processes", "2"]);
    await using load = startLoad(gw.url, 4);
    process.kill(await pidOf(gw), "SIGKILL");
    await gw.until(/ is ready /);
    const before = load.total;
    await eventually(() => load.total > before + 100, "a hundred more are answered");
    const { counts, total } = await load.finish();
    expect((counts[200] ?? 0) + (counts[502] ?? 0)).toBe(total);
    expect(counts[502] ?? 0).toBeLessThanOrEqual(4);
  });

  test("all of them at once: requests wait for the next ones", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeObedientApp(dir), "--processes", "3"]);
    const workers = childrenOf(gw.pid).filter(({ words }) => words.includes("__worker"));
    for (const { pid } of workers) process.kill(pid, "SIGKILL");
    await gw.until((output) => count(output, / ended /g) === 3);
    const answers = await Promise.all(Array.from({ length: 30 }, () => fetch(gw.url)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
  });

  test("while it loads the app anew: it is named, and tried again", async () => {
    using dir = makeTempDir();
    const app = dir.write(
      "app.ts",
      `import { existsSync } from "node:fs";
       if (existsSync(import.meta.dir + "/wait")) { console.log("loading", process.pid); await Bun.sleep(1e9); }
       export default { fetch: () => new Response(String(process.pid)) };`,
    );
    await using gw = await startGw([app]);
    dir.write("wait", "");
    process.kill(await pidOf(gw), "SIGKILL");
    const output = await gw.until(/loading \d+/);
    dir.remove("wait");
    process.kill(Number(/loading (\d+)/.exec(output)?.[1]), "SIGKILL");
    await gw.until(/worker 1 did not start .*in step load: signal SIGKILL/);
    expect((await fetch(gw.url)).status).toBe(200);
  });
});

describe("faults: an app ends its process", () => {
  const ways: [string, string, string][] = [
    ["a rejection that nobody handles", 'Promise.reject(new Error("too late"))', "uncaught_error"],
    ["an error in a timer", 'throw new Error("too late")', "uncaught_error"],
    ["process.exit", "process.exit(0)", "app_exit"],
  ];
  test.each(ways)(
    "by %s, after an answer: that stands, what else is on it gets 502",
    async (_, code, kind) => {
      using dir = makeTempDir();
      await using gw = await startGw([writeObedientApp(dir)]);
      const bystander = fetch(urlDoing(gw, HOLD, "/bystander"));
      await gw.until(/\] holding/);
      const later = `globalThis.end = () => { ${code} }; return new Response("answered");`;
      expect(await (await fetch(urlDoing(gw, later))).text()).toBe("answered");
      expect(await (await fetch(urlDoing(gw, 'setTimeout(end); return new Response("set");'))).text()).toBe(
        "set",
      );
      expect((await bystander).status).toBe(502);
      await gw.until(new RegExp(`worker 1 ended .*reason=crash kind=${kind} request="GET /bystander"`));
      if (kind === "uncaught_error") expect(gw.stderr()).toMatch(/^\[worker 1\] .*too late/m);
      await gw.until(/worker 1 is started again/);
    },
  );

  inBothForms(
    "by exit code 0 in a handler: 502, an end that nobody has asked for, and a successor",
    async (form) => {
      using dir = makeTempDir();
      await using gw = await startGw([writeObedientApp(dir, form)]);
      expect((await fetch(urlDoing(gw, "process.exit(0)"))).status).toBe(502);
      await gw.until(/error worker 1 ended .*how="exit code 0" reason=crash kind=app_exit/);
      expect((await fetch(gw.url)).status).toBe(200);
    },
  );

  test("by closing all that it has open: it is ended and replaced", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeObedientApp(dir)]);
    const code =
      "for (let fd = 0; fd < 500; fd++) { try { fs.closeSync(fd) } catch {} } await Bun.sleep(1e9)";
    expect((await fetch(urlDoing(gw, code))).status).toBe(502);
    await gw.until(/worker 1 ended .*reason=crash/);
    expect((await fetch(gw.url)).status).toBe(200);
  });
});

describe("faults: one that does not come back", () => {
  test("the app was broken after the start: 503, longer and longer rests, and it serves once it is mended", async () => {
    using dir = makeTempDir();
    const app = writeObedientApp(dir);
    await using gw = await startGw([app, "--connect-timeout", "500ms"]);
    const pid = await pidOf(gw);
    dir.write("app.ts", "export default { fetch( };");
    process.kill(pid, "SIGKILL");
    await gw.until(/worker 1 did not start .*The app could not be loaded[\s\S]*is started again/);
    const refused = await fetch(gw.url);
    expect([refused.status, refused.headers.has("retry-after")]).toEqual([503, true]);
    await gw.until(/request refused cause=no_worker/);
    writeObedientApp(dir);
    await gw.until(/worker 1 is ready/);
    expect((await fetch(gw.url)).status).toBe(200);
    const rests = [...gw.stderr().matchAll(/is started again inMs=(\d+)/g)].map(([, ms]) => Number(ms));
    expect(rests).toEqual(rests.toSorted((a, b) => a - b));
  });

  test("an app that takes its time to load anew: requests wait for it", async () => {
    using dir = makeTempDir();
    const app = dir.write(
      "app.ts",
      `await Bun.sleep(1_500); export default { fetch: () => new Response(String(process.pid)) };`,
    );
    await using gw = await startGw([app]);
    process.kill(await pidOf(gw), "SIGKILL");
    await gw.until(/worker 1 ended /);
    const answers = await Promise.all(Array.from({ length: 10 }, () => fetch(gw.url)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(gw.stderr()).not.toContain("did not start");
  });

  test("the working directory was removed: it is named, and serves again once it is back", async () => {
    using dir = makeTempDir();
    using home = makeTempDir();
    const app = writeObedientApp(dir);
    await using gw = await startGw([app, "--home", home.path, "--connect-timeout", "500ms"]);
    const pid = await pidOf(gw);
    home[Symbol.dispose]();
    process.kill(pid, "SIGKILL");
    await gw.until(/worker 1 did not start .*its directory \S+ is gone/);
    expect((await fetch(gw.url)).status).toBe(503);
    home.make();
    await gw.until(/worker 1 is ready/);
    expect((await fetch(gw.url)).status).toBe(200);
  });
});

describe("faults: an app does not want to leave", () => {
  test("it hears neither SIGTERM nor gw: it is killed at the shutdown timeout", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeObedientApp(dir), "--shutdown-timeout", "500ms"]);
    const code = `for (const name of ["SIGTERM", "SIGINT", "message", "disconnect"])
      process.removeAllListeners(name).on(name, () => setInterval(() => {}, 1000));
      process.exit = process.reallyExit = () => {};
      return new Response("deaf");`;
    expect(await (await fetch(urlDoing(gw, code))).text()).toBe("deaf");
    gw.signal("SIGTERM");
    expect(await gw.exited).toBe(0);
    expect(gw.stderr()).toMatch(/worker 1 was killed: the app's own shutdown code did not end in time/);
  });
});
