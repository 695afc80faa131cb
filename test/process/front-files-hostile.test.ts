// Files under those who wish to see others, and files that change while they are sent.
import { afterAll, beforeAll, expect, setDefaultTimeout } from "bun:test";
import {
  appendFileSync,
  readdirSync,
  renameSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { connectH2, H2_OVER_TLS } from "../front/door/h2/h2-player.ts";
import { get, untilAnswer, untilAnswers } from "../support/exchange.ts";
import { FILES, type FileTree, makeFileTree, numberedBytes } from "../support/file-tree.ts";
import { anyHost, type FrontProcess, SETTINGS, startFront } from "../support/front-process.ts";
import { eventually } from "../support/gw.ts";
import { describeWith, ON_LINUX, testWith } from "../support/needs.ts";
import type { RawClient } from "../support/raw-http.ts";
import { tlsSetup } from "../support/tls-setup.ts";

setDefaultTimeout(120_000);

const SECRET = "SECRET-THAT-NOBODY-MAY-SEE";
const LINES = 20_000;

describeWith(ON_LINUX)("hostile clients and restless files", () => {
  let tree: FileTree;
  let front: FrontProcess;

  beforeAll(async () => {
    tree = makeFileTree({
      "site/a.txt": "hello",
      "site/sub/b.txt": "b",
      "site/swap/a.txt": "inside",
      "site/.hidden": SECRET,
      "other/a.txt": SECRET,
      secret: SECRET,
      "site/big.bin": numberedBytes(24_000_000),
    });
    symlinkSync("../other", join(tree.path, "site/out"));
    const files = { ...FILES, root: join(tree.path, "site"), isWhole: true, listing: true };
    front = await startFront({ groups: [anyHost("default", { ...SETTINGS, files })] });
  });

  afterAll(async () => {
    await front[Symbol.asyncDispose]();
    tree[Symbol.dispose]();
  });

  testWith()(
    "20000 lines that try to lead out find nothing, and none is left without an answer",
    async () => {
      const targets = linesThatLeadOut(LINES);
      const seen = { answers: 0, files: 0 };
      for (let at = 0; at < targets.length; at += 100) {
        using client = await front.connect();
        const some = targets.slice(at, at + 100);
        for (const target of some) await client.send(get(target));
        // What is no HTTP ends the connection; what came behind it was not looked at.
        const text = await client.until((all) => client.isClosed || count(all) >= some.length);
        expect(text).not.toContain(SECRET);
        expect(text).not.toContain("root:x:0");
        seen.answers += count(text);
        seen.files += text.split("\r\n\r\nhello").length - 1;
      }
      expect(seen.answers).toBeGreaterThan(LINES / 2);
      expect(seen.files).toBeGreaterThan(0);
    },
  );

  testWith()("nor do they over HTTP/2", async () => {
    const files = { ...FILES, root: join(tree.path, "site"), isWhole: true, listing: true };
    const groups = [anyHost("default", { ...SETTINGS, files })];
    await using secure = await startFront({ groups, tls: tlsSetup({ http2: true }) });
    const seen = { answers: 0, files: 0 };
    const targets = linesThatLeadOut(LINES / 10);
    for (let at = 0; at < targets.length; at += 50) {
      using client = await connectH2(secure.port, H2_OVER_TLS);
      for (const target of targets.slice(at, at + 50)) await client.ask({ target });
      await client.watch.until(
        () => client.exchanges.every((one) => one.isOver) || client.isEnded,
        () => "all of them are over",
      );
      for (const { got } of client.exchanges) {
        if (!got) continue;
        seen.answers++;
        expect(got.body).not.toContain(SECRET);
        expect(got.body).not.toContain("root:x:0");
        if (got.status === 200 && got.body === "hello") seen.files++;
      }
    }
    expect(seen.answers).toBeGreaterThan(targets.length / 2);
    expect(seen.files).toBeGreaterThan(0);
  });

  testWith()("a directory that is exchanged for a link all the time shows itself or nothing", async () => {
    const [swap, other] = [join(tree.path, "site/swap"), join(tree.path, "site/swap.dir")];
    const script = `
      const fs = require("node:fs");
      const [swap, dir] = process.argv.slice(1);
      for (;;) { fs.renameSync(swap, dir); fs.symlinkSync("../other", swap); fs.unlinkSync(swap); fs.renameSync(dir, swap); }`;
    const swapper = Bun.spawn([process.execPath, "-e", script, swap, other], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const statuses = new Map<number, number>();
    try {
      for (let at = 0; at < 60; at++) {
        using client = await front.connect();
        // Names that nobody has asked for before go the long way, step by step.
        await client.send(
          Array.from({ length: 50 }, (_, i) => get(i % 2 ? "/swap/a.txt" : `/swap/x${at}.${i}`)).join(""),
        );
        for (const { status, body } of await untilAnswers(client, 50)) {
          expect(body).not.toContain(SECRET);
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
        }
      }
    } finally {
      swapper.kill("SIGKILL");
      await swapper.exited;
    }
    expect([...statuses.keys()].filter((status) => ![200, 403, 404].includes(status))).toEqual([]);
    expect(statuses.get(200)).toBeGreaterThan(0);
  });

  /** A client that has begun to take a large file, and takes no more for now. */
  async function begin(name = "big.bin"): Promise<RawClient> {
    const client = await front.connect();
    await client.send(get(`/${name}`));
    await client.until((text) => text.length > 100_000);
    client.pause();
    return client;
  }

  testWith()(
    "a file that becomes shorter, or is written into, while it is sent ends in a cut that is told",
    async () => {
      const path = join(tree.path, "site/big.bin");
      for (const change of [
        () => truncateSync(path, 1_000_000),
        () => writeFileSync(path, "x", { flag: "r+" }),
        () => appendFileSync(path, "more"),
      ]) {
        tree.put("site/big.bin", numberedBytes(24_000_000));
        using client = await begin();
        change();
        client.resume();
        const text = await client.untilClosed();
        const length = Number(/Content-Length: (\d+)/.exec(text)?.[1]);
        expect(length).toBe(24_000_000);
        expect(text.length - text.indexOf("\r\n\r\n") - 4).toBeLessThan(length);
      }
      const log = await front.untilCause("response_incomplete");
      expect(log.fields?.why).toMatch(/the file (is shorter than was said|was written to)/);
    },
  );

  testWith()("a file whose name another one takes is sent to its end as it was", async () => {
    const old = numberedBytes(24_000_000);
    tree.put("site/big.bin", old);
    using client = await begin();
    renameSync(tree.put("site/new.bin", "new"), join(tree.path, "site/big.bin"));
    client.resume();
    const { body } = await untilAnswer(client);
    expect(Buffer.from(body, "latin1").equals(old)).toBe(true);
    using next = await front.connect();
    await next.send(get("/big.bin"));
    expect((await untilAnswer(next)).body).toBe("new");
  });

  testWith()("clients that leave in the middle leave nothing open", async () => {
    // A name of its own: for a moment the front may show what others had put in the place of the large file.
    tree.put("site/left.bin", numberedBytes(24_000_000));
    const opened = () => readdirSync(`/proc/${front.pid}/fd`).length;
    using calm = await front.connect();
    await calm.send(get("/a.txt"));
    await untilAnswer(calm);
    await front.untilStats(({ active, connections }) => active === 0 && connections === 1);
    const before = opened();
    for (let round = 0; round < 5; round++) {
      const clients = await Promise.all(Array.from({ length: 10 }, () => begin("left.bin")));
      for (const client of clients) client.terminate();
    }
    await front.untilStats(({ active, connections }) => active === 0 && connections === 1);
    await eventually(() => opened() <= before, "nothing is open that was not before");
  });

  testWith()("a disk that does not answer holds up nobody but who waits for it", async () => {
    // Who holds a lease on a file keeps others from opening it, until it is given back.
    const path = tree.put("site/leased.bin", numberedBytes(200_000));
    const holder = Bun.spawn([process.execPath, `${import.meta.dir}/../support/lease-holder.ts`, path], {
      stdin: "pipe",
      stdout: "pipe",
    });
    const reader = holder.stdout.getReader();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe("held\n");
    using waiting = await front.connect();
    await waiting.send(get("/leased.bin"));
    using others = await front.connect();
    let slowest = 0;
    for (let at = 0; at < 200; at++) {
      const from = performance.now();
      await others.send(get("/a.txt"));
      await others.until((text) => count(text) > at);
      slowest = Math.max(slowest, performance.now() - from);
    }
    expect(waiting.text().length).toBe(0);
    // Far below the 45 s after which the kernel takes such a lease away.
    expect(slowest).toBeLessThan(10_000);
    holder.stdin.end();
    await holder.exited;
    const { status, body } = await untilAnswer(waiting);
    expect([status, body.length]).toEqual([200, 200_000]);
    unlinkSync(path);
  });
});

/** Of all that has ever led out of a directory, in any order, the same each time. */
function linesThatLeadOut(count: number): string[] {
  const pieces = [
    ...["..", ".", "/", "//", "\\", "%2e", "%2e%2e", "%2f", "%5c", "%00", "%c0%ae", "%c0%af", "%e0%80%af"],
    ...["%252e", ";", "a.txt", "sub", "out", "secret", ".hidden", "etc/passwd", "%u002e", "?", ":", "~", "%"],
  ];
  const path = fc
    .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 10 })
    .map((parts) => `/${parts.join("")}`);
  return fc.sample(path, { numRuns: count, seed: 1 });
}

/** Heads of answers. */
const count = (text: string) => text.split("HTTP/1.1 ").length - 1;
