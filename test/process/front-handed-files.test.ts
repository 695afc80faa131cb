// Files that workers hand over open, and workers that hand over something else.
import { afterEach, beforeEach, expect, setDefaultTimeout } from "bun:test";
import { spawnSync } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { join } from "node:path";
import { pass } from "../../ffi/files/passing.ts";
import { FILE_HEADER, newFileName } from "../../src/http/handed-file.ts";
import { type FileHands, openHands } from "../../src/worker/files/file-hands.ts";
import { readAnswer } from "../support/answer-reader.ts";
import { get, refusalOf, request, untilAnswer } from "../support/exchange.ts";
import { type FileTree, makeFileTree, numberedBytes } from "../support/file-tree.ts";
import { type FrontProcess, startFront } from "../support/front-process.ts";
import { eventually } from "../support/gw.ts";
import { describeWith, ON_LINUX, testWith } from "../support/needs.ts";
import { openBelow } from "../support/proc-status.ts";
import { ScriptedWorker, TOKEN } from "../support/scripted-worker.ts";

setDefaultTimeout(60_000);

const BIG = numberedBytes(500_000);

describeWith(ON_LINUX)("files that a worker hands over", () => {
  let tree: FileTree;
  let worker: ScriptedWorker;
  let hands: FileHands;
  let front: FrontProcess;
  /** What the worker says of its file, by the request's reserved field. */
  let answer: (facts: string) => string | undefined;

  beforeEach(async () => {
    tree = makeFileTree({ "big.bin": BIG });
    worker = new ScriptedWorker({
      answer: ({ head }) => {
        const facts = head.lines.find((line) => /^x-gw-visit:/i.test(line)) ?? "";
        const file = answer(facts);
        const named = file === undefined ? "" : `${FILE_HEADER}: ${file}\r\n`;
        return `HTTP/1.1 200 OK\r\nX-App: yes\r\n${named}Content-Length: 0\r\n\r\n`;
      },
    });
    const opened = openHands({ unix: worker.path, token: TOKEN });
    if (typeof opened === "string") throw new Error(opened);
    hands = opened;
    front = await startFront({ takesFiles: true }, worker.backend({ pid: process.pid, capacity: 10 }));
  });

  afterEach(async () => {
    await front[Symbol.asyncDispose]();
    worker[Symbol.dispose]();
    tree[Symbol.dispose]();
  });

  async function ask(bytes = get("/")) {
    using client = await front.connect();
    await client.send(bytes);
    return await untilAnswer(client);
  }

  /** Descriptors of the front that lead to the tree. */
  const openInFront = () => openBelow(tree.path, front.pid);

  function handing(path: string, start: number, length: number) {
    return (facts: string) => {
      const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      const named = hands.hand(facts, fd, { start, length });
      closeSync(fd);
      return named;
    };
  }

  testWith()("are sent, a part or all of them, with the worker's fields", async () => {
    answer = handing(join(tree.path, "big.bin"), 0, BIG.length);
    const whole = await ask();
    expect(Buffer.from(whole.body, "latin1").equals(BIG)).toBe(true);
    expect(whole.lines).toContain("X-App: yes");
    expect(whole.lines.filter((line) => /^x-gw/i.test(line))).toEqual([]);
    answer = handing(join(tree.path, "big.bin"), 1000, 300_000);
    const part = await ask();
    expect(Buffer.from(part.body, "latin1").equals(BIG.subarray(1000, 301_000))).toBe(true);
    using old = await front.connect();
    await old.send("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
    expect(readAnswer(await old.untilClosed()).body).toHaveLength(300_000);
    await eventually(() => openInFront() === 0, "no file is open");
  });

  testWith()("are not asked for by other methods, and clients can neither ask nor name one", async () => {
    const seen: string[] = [];
    answer = (facts) => {
      seen.push(facts);
      return undefined;
    };
    await ask(request("POST", "/", ["Content-Length: 0"]));
    await ask(get("/", [`${FILE_HEADER}: ${newFileName()} 0 1`, "x-gw-visit: forged +0123456789abcdef"]));
    expect(seen.map((facts) => / \+[0-9a-f]{16}/.test(facts))).toEqual([false, true]);
    expect(seen.join()).not.toContain("forged");
    expect(
      worker.requests.flatMap(({ lines }) => lines).filter((line) => line.startsWith(FILE_HEADER)),
    ).toEqual([]);
  });

  testWith()("that did not come, or are no files, are a bad answer", async () => {
    spawnSync("mkfifo", [join(tree.path, "fifo")]);
    for (const bad of [
      () => `${newFileName()} 0 10`,
      () => "nonsense",
      handing(tree.path, 0, 10),
      handing("/dev/zero", 0, 10),
      handing(join(tree.path, "fifo"), 0, 0),
    ]) {
      answer = bad;
      expect(await refusalOf(front, await ask())).toMatchObject({
        status: 502,
        cause: "worker_answer_malformed",
      });
    }
    await eventually(() => openInFront() === 0, "no file is open");
  });

  testWith()("that are shorter than was said are cut off", async () => {
    for (const [start, length, sent] of [
      [0, 500_010, 500_000],
      [499_999, 2, 1],
      [600_000, 1, 0],
    ] as const) {
      answer = handing(join(tree.path, "big.bin"), start, length);
      using client = await front.connect();
      await client.send(get("/"));
      const [head = "", body = ""] = (await client.untilClosed()).split("\r\n\r\n");
      expect(head).toContain(`Content-Length: ${length}`);
      expect(body.length).toBeLessThanOrEqual(sent);
    }
    expect((await front.untilCause("response_incomplete")).fields?.why).toContain("shorter than was said");
    await eventually(() => openInFront() === 0, "no file is open");
  });

  testWith()("that nobody asked for do not pile up", async () => {
    let count = 0;
    answer = (facts) => {
      for (let at = 0; at < 100; at++) if (handing(join(tree.path, "big.bin"), 0, 1)(facts)) count++;
      return handing(join(tree.path, "big.bin"), 0, 5)(facts);
    };
    for (let round = 0; round < 5; round++) expect((await ask()).body).toHaveLength(5);
    expect(count).toBeGreaterThan(300);
    await eventually(() => openInFront() <= 64, "only the last strays are open");
  });

  testWith()("are no way in for somebody else", async () => {
    answer = handing(join(tree.path, "big.bin"), 0, 5);
    expect((await ask()).body).toHaveLength(5);
    // A stranger who has found the worker's socket and does not know its token.
    const { connectForFiles } = await import("../../ffi/files/passing.ts");
    const stranger = connectForFiles(`${worker.path}.f`);
    if (!stranger.ok) throw new Error(stranger.reason);
    pass(stranger.value, `wrong ${newFileName()}`);
    for (let round = 0; round < 3; round++) expect((await ask()).body).toHaveLength(5);
    closeSync(stranger.value);
  });

  testWith()("go the usual way when the worker is another process than was said", async () => {
    const seen: string[] = [];
    answer = (facts) => {
      seen.push(facts);
      return undefined;
    };
    using other = new ScriptedWorker({ ...worker.options });
    const opened = openHands({ unix: other.path, token: TOKEN });
    expect(typeof opened).toBe("object");
    front.setBackends(other.backend({ pid: 1 }));
    await ask();
    expect(seen.map((facts) => / \+[0-9a-f]{16}/.test(facts))).toEqual([false]);
  });
});
