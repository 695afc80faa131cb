// Clients that are slow, vanish or are too many, against the real gw: what the others see, and what the app is told. The
// page docs/faults.md leads here.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Status } from "../../src/control/status.ts";
import { readAnswers } from "../support/answer-reader.ts";
import { inBothForms } from "../support/both-forms.ts";
import { get, request, untilAnswer } from "../support/exchange.ts";
import { eventually, type Gw, runGw, startGw } from "../support/gw.ts";
import { doing, HOLD, urlDoing, writeObedientApp } from "../support/obedient-app.ts";
import { childInRole } from "../support/proc-status.ts";
import { connectRaw, type RawClient } from "../support/raw-http.ts";
import { startLoad } from "../support/steady-load.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const READ = "return new Response(String((await request.text()).length));";
const connectMany = (gw: Gw, count: number) =>
  Promise.all(Array.from({ length: count }, () => connectRaw(gw.url)));

function disposeAll(clients: RawClient[]): void {
  for (const client of clients) client[Symbol.dispose]();
}

describe("faults: slow clients", () => {
  test("five hundred that send their heads byte by byte: others are served as ever", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeObedientApp(dir)]);
    const slow = await connectMany(gw, 500);
    let sent = 0;
    const bytes = get("/").slice(0, -4);
    const drip = setInterval(() => {
      for (const client of slow) void client.send(bytes[sent] ?? "x").catch(() => {});
      sent++;
    }, 50);
    await using load = startLoad(gw.url, 4);
    await eventually(() => load.total > 500 && sent > 10, "five hundred requests are answered meanwhile");
    clearInterval(drip);
    const { counts, total } = await load.finish();
    expect(counts).toEqual({ 200: total });
    expect(slow.filter(({ isClosed }) => isClosed)).toEqual([]);
    disposeAll(slow);
    expect((await fetch(gw.url)).status).toBe(200);
  });

  test("one whose body comes byte by byte holds no place of a worker", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeObedientApp(dir), "--concurrency", "1", "--max-queue", "1"]);
    const slow = await connectMany(gw, 20);
    for (const client of slow) await client.send(request("POST", doing(READ), ["Content-Length: 3"], "a"));
    for (const client of slow) await client.send("b");
    for (let n = 0; n < 20; n++) expect((await fetch(gw.url)).status).toBe(200);
    const [first] = slow;
    await first?.send("c");
    expect(first && (await untilAnswer(first)).body).toBe("3");
    disposeAll(slow);
  });

  test("an honest upload that is slower than every timeout is whole, by length and by chunks", async () => {
    using dir = makeTempDir();
    const timeouts = ["--socket-timeout", "2s", "--request-timeout", "2s", "--queue-timeout", "2s"];
    await using gw = await startGw([writeObedientApp(dir), ...timeouts]);
    const piece = "x".repeat(1_000);
    const upload = async (fields: string[], framed: (piece: string) => string, end: string) => {
      using client = await connectRaw(gw.url);
      await client.send(request("POST", doing(READ), fields));
      for (let n = 0; n < 20; n++) {
        await client.send(framed(piece));
        // biome-ignore lint/plugin: the stimulus itself; a pause of a tenth of the timeouts, and three seconds in all
        await Bun.sleep(150);
      }
      await client.send(end);
      return (await untilAnswer(client)).body;
    };
    const bodies = await Promise.all([
      upload(["Content-Length: 20000"], (piece) => piece, ""),
      upload(["Transfer-Encoding: chunked"], (piece) => `3e8\r\n${piece}\r\n`, "0\r\n\r\n"),
    ]);
    expect(bodies).toEqual(["20000", "20000"]);
    expect(gw.stderr()).not.toContain("warn");
  });
});

describe("faults: clients that vanish", () => {
  inBothForms("in the middle of an upload: the app's body fails, it is not taken for whole", async (form) => {
    using dir = makeTempDir();
    await using gw = await startGw([writeObedientApp(dir, form)]);
    using client = await connectRaw(gw.url);
    const code = `try { let size = 0; for await (const piece of request.body) { size += piece.length; console.log("got", size); }
      console.log("upload whole"); } catch (error) { console.log("upload broken"); } return new Response();`;
    await client.send(request("POST", doing(code), ["Content-Length: 1000000"], "x".repeat(100_000)));
    await gw.until(/\] got/);
    client.terminate();
    await gw.until(/\] upload (broken|whole)/);
    expect(gw.stdout()).not.toContain("upload whole");
    expect((await fetch(gw.url)).status).toBe(200);
  });

  inBothForms(
    "in the middle of a response: the app's stream is cancelled, and its place is free",
    async (form) => {
      using dir = makeTempDir();
      await using gw = await startGw([writeObedientApp(dir, form), "--concurrency", "1"]);
      using client = await connectRaw(gw.url);
      const code = `return new Response(new ReadableStream({
      start(out) { out.enqueue("part"); }, cancel() { console.log("cancelled"); } }));`;
      await client.send(get(doing(code)));
      await client.until("part");
      client.terminate();
      await gw.until(/\] cancelled/);
      expect((await fetch(gw.url)).status).toBe(200);
    },
  );

  inBothForms("before the answer: the app is told by request.signal, and its place is free", async (form) => {
    using dir = makeTempDir();
    await using gw = await startGw([writeObedientApp(dir, form), "--concurrency", "1"]);
    using client = await connectRaw(gw.url);
    await client.send(get(doing(`request.signal.onabort = () => console.log("aborted"); ${HOLD}`)));
    await gw.until(/\] holding/);
    client.terminate();
    await gw.until(/\] aborted/);
    expect((await fetch(gw.url)).status).toBe(200);
  });

  test("while they wait in the queue: they are never run", async () => {
    using dir = makeTempDir();
    const root = join(dir.path, "root");
    await using gw = await startGw([writeObedientApp(dir), "--concurrency", "1", "--server-root", root]);
    const queued = async () => {
      const { stdout } = await runGw(["status", "--json", "--server-root", root]);
      return (JSON.parse(stdout) as Status).groups[0]?.queueLength;
    };
    using first = await connectRaw(gw.url);
    const code =
      'console.log("holding"); while (!fs.existsSync("go")) await Bun.sleep(10); return new Response("first");';
    await first.send(get(doing(code)));
    await gw.until(/\] holding/);
    const waiting = await connectMany(gw, 3);
    for (const client of waiting) await client.send(get(doing('console.log("ran"); return new Response();')));
    await eventually(async () => (await queued()) === 3, "three requests are queued");
    disposeAll(waiting);
    await eventually(async () => (await queued()) === 0, "the queue is empty");
    dir.write("go", "");
    expect((await untilAnswer(first)).body).toBe("first");
    expect((await fetch(gw.url)).status).toBe(200);
    expect(gw.stdout()).not.toContain("] ran");
  });

  inBothForms("by half: a client that ends its side counts as gone, and its place is free", async (form) => {
    using dir = makeTempDir();
    await using gw = await startGw([writeObedientApp(dir, form), "--concurrency", "1"]);
    using client = await connectRaw(gw.url);
    await client.send(get(doing(HOLD)));
    await gw.until(/\] holding/);
    client.end();
    await client.untilClosed();
    expect((await fetch(gw.url)).status).toBe(200);
  });
});

describe("faults: too many, and none of ours", () => {
  test("more connections than the front has descriptors: the others wait, and are served when some leave", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeObedientApp(dir)]);
    expect((await fetch(gw.url)).status).toBe(200);
    const front = childInRole(gw.pid, "__front").pid;
    const open = readdirSync(`/proc/${front}/fd`).length;
    expect(Bun.spawnSync(["prlimit", "--pid", String(front), `--nofile=${open + 10}:`]).exitCode).toBe(0);
    const clients = await connectMany(gw, 40);
    for (const client of clients) await client.send(get("/"));
    const answered = () => clients.filter((client) => readAnswers(client.text()).answers.length > 0);
    await eventually(() => answered().length > 0, "some are served");
    expect(answered().length).toBeLessThan(20);
    // One after the other leaves, and makes room for another one.
    await eventually(() => {
      answered()
        .find(({ isClosed }) => !isClosed)
        ?.terminate();
      return answered().length === clients.length;
    }, "everybody has been served");
    expect(answered().every((client) => client.text().startsWith("HTTP/1.1 200"))).toBe(true);
    disposeAll(clients);
    expect((await fetch(gw.url)).status).toBe(200);
    expect(gw.stderr()).not.toContain("front 1 ended");
  });

  test("more requests than can run and wait: 503 at once with Retry-After, the others are answered", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeObedientApp(dir), "--concurrency", "2", "--max-queue", "3"]);
    const code =
      'console.log("runs"); while (!fs.existsSync("go")) await Bun.sleep(10); return new Response("ran");';
    const refused: Response[] = [];
    const asked = Array.from({ length: 20 }, () =>
      fetch(urlDoing(gw, code)).then((answer) => {
        if (answer.status === 503) refused.push(answer);
        return answer.status;
      }),
    );
    await eventually(() => refused.length === 15, "all are refused that neither run nor wait");
    dir.write("go", "");
    expect((await Promise.all(asked)).filter((status) => status === 200)).toHaveLength(5);
    expect(refused.every(({ headers }) => headers.has("retry-after"))).toBe(true);
    await gw.until(/request refused cause=queue_full status=503/);
    await gw.until((output) => output.match(/\] runs/g)?.length === 5);
  });

  test("TLS on the plain port: 400 and the end of the connection, with a log line", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeObedientApp(dir)]);
    using client = await connectRaw(gw.url);
    await client.send(Uint8Array.from([0x16, 3, 1, 0, 0xa5, 1, 0, 0, 0xa1, 3, 3, ...new Array(160).fill(7)]));
    expect(await client.untilClosed()).toStartWith("HTTP/1.1 400 ");
    await gw.until(/request refused cause=tls_on_plain_port status=400/);
  });
});
