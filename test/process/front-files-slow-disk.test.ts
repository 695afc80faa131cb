// Files on a disk that does not answer, which is a file system of the test's own: whoever waits for it waits, and nobody else does.
import { afterEach, beforeEach, expect, setDefaultTimeout } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { get, untilAnswer } from "../support/exchange.ts";
import { FILES, type FileTree, makeFileTree, numberedBytes } from "../support/file-tree.ts";
import { anyHost, type FrontProcess, SETTINGS, startFront } from "../support/front-process.ts";
import { eventually } from "../support/gw.ts";
import { describeWith, testWith, WITH_FUSE } from "../support/needs.ts";

setDefaultTimeout(60_000);

/** More than any pool of threads has for files. */
const WAITING = 40;
const BIG = numberedBytes(600_000);

describeWith(WITH_FUSE)("a disk that does not answer", () => {
  let tree: FileTree;
  let disk: Bun.Subprocess<"pipe", "pipe", "inherit">;
  let said: string;
  let front: FrontProcess;

  beforeEach(async () => {
    tree = makeFileTree({ "site/a.txt": "hello", "site/big.bin": BIG });
    for (let at = 0; at < WAITING; at++) tree.put(`site/new${at}.bin`, BIG);
    const slow = join(tree.path, "slow");
    mkdirSync(slow);
    said = "";
    disk = Bun.spawn([process.execPath, `${import.meta.dir}/../support/slow-disk.ts`, slow], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
    void listen();
    await eventually(() => said.includes("mounted"), "the disk is there");
    const files = { ...FILES, sendfile: true, root: join(tree.path, "site"), isWhole: true };
    const aliases = [{ url: "/slow", path: slow }];
    front = await startFront({ groups: [anyHost("default", { ...SETTINGS, files: { ...files, aliases } })] });
  });

  async function listen(): Promise<void> {
    for await (const text of disk.stdout.pipeThrough(new TextDecoderStream())) said += text;
  }

  afterEach(async () => {
    disk.stdin.end();
    await disk.exited;
    await front[Symbol.asyncDispose]();
    tree[Symbol.dispose]();
  });

  async function ask(path: string) {
    using client = await front.connect();
    await client.send(get(path));
    return await untilAnswer(client);
  }

  for (const kind of ["lookup", "open", "read"])
    testWith()(`holds up those who wait for a ${kind} alone, however many there are`, async () => {
      const waiting = await Promise.all(Array.from({ length: WAITING }, () => front.connect()));
      for (const [at, client] of waiting.entries()) await client.send(get(`/slow/${kind}-${at}.bin`));
      await eventually(() => said.includes("held"), "somebody waits");
      for (let at = 0; at < WAITING; at++) {
        expect((await ask("/a.txt")).body).toBe("hello");
        // Larger than what is kept: looked at before its end, by way of a thread.
        expect((await ask(`/new${at}.bin`)).body.length).toBe(BIG.length);
      }
      const bodies = waiting.map((client) => client.text().split("\r\n\r\n")[1] ?? "");
      expect(bodies).toEqual(waiting.map(() => ""));
      disk.stdin.write("go\n");
      disk.stdin.flush();
      for (const client of waiting) {
        const { status, body } = await untilAnswer(client);
        expect([status, body.length]).toEqual([200, 200_000]);
        client[Symbol.dispose]();
      }
    });
});
