// Open files from a worker, while the system has descriptors for them and while it has none.
import { expect } from "bun:test";
import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { ON_LINUX, testWith } from "../../support/needs.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const ROOT = resolve(import.meta.dir, "../../..");

/** Has a worker's end as well, hands over files, and takes them when it has used up its own descriptors. */
const PROGRAM = `
  import { closeSync, openSync, readSync } from "node:fs";
  import { acceptForFiles, listenForFiles, pass, receivePassed } from "${ROOT}/ffi/files/passing.ts";
  import { FileChannel } from "${ROOT}/src/front/files/file-channel.ts";
  import { channelPath } from "${ROOT}/src/http/handed-file.ts";
  const [socket, path] = process.argv.slice(-2);
  const listener = listenForFiles(channelPath(socket));
  const clock = { now: () => 0, wall: () => 0 };
  const channel = new FileChannel({ socket, pid: process.pid, token: "t" }, clock);
  const before = channel.name !== undefined;
  const far = acceptForFiles(listener.value);
  receivePassed(far);
  for (let at = 0; at < 3; at++) {
    const fd = openSync(path, "r");
    pass(far, "token" + at, fd);
    closeSync(fd);
  }
  const own = [];
  try { for (;;) own.push(openSync("/dev/null", "r")); } catch {}
  const texts = [];
  for (let at = 0; at < 3; at++) {
    const fd = channel.take("token" + at);
    const bytes = Buffer.alloc(7);
    texts.push(fd === undefined ? "lost" : bytes.toString("latin1", 0, readSync(fd, bytes, 0, 7, 0)));
  }
  const during = channel.name !== undefined;
  for (const fd of own) closeSync(fd);
  console.log(JSON.stringify({ before, texts, during, after: channel.name !== undefined }));
  process.exit(0);
`;

testWith(ON_LINUX)(
  "file channel: what comes while there are no descriptors left is not lost, and no more is asked for until there are",
  () => {
    using dir = makeTempDir();
    const program = dir.write("program.ts", PROGRAM);
    const words = [process.execPath, program, join(dir.path, "s"), dir.write("file", "content")];
    const limited = ["-c", 'ulimit -n 200; exec "$@"', "sh", ...words];
    const { stdout: told, stderr: wrong } = spawnSync("sh", limited, { encoding: "utf8" });
    expect([wrong, JSON.parse(told || "{}")]).toEqual([
      "",
      { before: true, texts: ["content", "content", "content"], during: false, after: true },
    ]);
  },
);
