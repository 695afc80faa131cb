// Files that leave by the kernel: the same bytes, in the same order, as by any other way.
import { afterAll, beforeAll, expect, setDefaultTimeout } from "bun:test";
import { truncateSync } from "node:fs";
import { join } from "node:path";
import { readAnswer } from "../support/answer-reader.ts";
import { get, untilAnswer, untilAnswers } from "../support/exchange.ts";
import { FILES, type FileTree, makeFileTree, numberedBytes } from "../support/file-tree.ts";
import { anyHost, type FrontProcess, SETTINGS, startFront } from "../support/front-process.ts";
import { describeWith, ON_LINUX, testWith } from "../support/needs.ts";

setDefaultTimeout(60_000);

const BIG = numberedBytes(6_000_001);
const isBig = (body: string) => Buffer.from(body, "latin1").equals(BIG);

describeWith(ON_LINUX)("sendfile", () => {
  let tree: FileTree;
  let front: FrontProcess;

  beforeAll(async () => {
    tree = makeFileTree({ "big.bin": BIG, "a.txt": "hello", "cut.bin": BIG });
    const files = { ...FILES, root: tree.path, isWhole: true, sendfile: true };
    front = await startFront({ groups: [anyHost("default", { ...SETTINGS, files })] });
  });

  afterAll(async () => {
    await front[Symbol.asyncDispose]();
    tree[Symbol.dispose]();
  });

  testWith()("a whole file, and its connection goes on", async () => {
    using client = await front.connect();
    for (let round = 1; round <= 3; round++) {
      await client.send(get("/big.bin") + get("/a.txt"));
      const answers = await untilAnswers(client, round * 2);
      expect(isBig(answers[round * 2 - 2]?.body ?? "")).toBe(true);
      expect(answers[round * 2 - 1]?.body).toBe("hello");
    }
  });

  testWith()("a range, several ranges, and a range at the end", async () => {
    using client = await front.connect();
    await client.send(get("/big.bin", ["Range: bytes=100001-3000000"]));
    await client.send(get("/big.bin", ["Range: bytes=-70000"]));
    await client.send(get("/big.bin", ["Range: bytes=0-99999,3000000-3099999"]));
    const [one, last, several] = await untilAnswers(client, 3);
    expect(Buffer.from(one?.body ?? "", "latin1").equals(BIG.subarray(100_001, 3_000_001))).toBe(true);
    expect(Buffer.from(last?.body ?? "", "latin1").equals(BIG.subarray(-70_000))).toBe(true);
    const parts = several?.body ?? "";
    for (const [start, end] of [
      [0, 100_000],
      [3_000_000, 3_100_000],
    ] as const) {
      const from = parts.indexOf("\r\n\r\n", parts.indexOf(`bytes ${start}-`)) + 4;
      const found = Buffer.from(parts.slice(from, from + end - start), "latin1");
      expect(found.equals(BIG.subarray(start, end))).toBe(true);
    }
  });

  testWith()("twenty clients at once, one of which takes its time, and HTTP/1.0", async () => {
    const clients = await Promise.all(Array.from({ length: 20 }, () => front.connect()));
    const [slow] = clients;
    slow?.pause();
    await Promise.all(clients.map((client) => client.send(get("/big.bin"))));
    for (const client of clients.slice(1)) expect(isBig((await untilAnswer(client)).body)).toBe(true);
    slow?.resume();
    if (slow) expect(isBig((await untilAnswer(slow)).body)).toBe(true);
    for (const client of clients) client.terminate();
    using old = await front.connect();
    await old.send("GET /big.bin HTTP/1.0\r\n\r\n");
    expect(isBig(readAnswer(await old.untilClosed()).body)).toBe(true);
  });

  testWith()("a client that leaves hurts nobody, and a file that becomes shorter is a cut", async () => {
    for (let at = 0; at < 10; at++) {
      using leaving = await front.connect();
      await leaving.send(get("/big.bin"));
      await leaving.until((text) => text.length > 100_000);
      leaving.terminate();
    }
    using client = await front.connect();
    await client.send(get("/cut.bin"));
    await client.until((text) => text.length > 100_000);
    client.pause();
    truncateSync(join(tree.path, "cut.bin"), 1_000_000);
    client.resume();
    const text = await client.untilClosed();
    expect(text.length).toBeLessThan(BIG.length);
    expect((await front.untilCause("response_incomplete")).fields?.why).toContain("while it was sent");
    using after = await front.connect();
    await after.send(get("/big.bin"));
    expect(isBig((await untilAnswer(after)).body)).toBe(true);
  });
});
