// Open files from a worker, while the system has descriptors for them and while it has none.
import { expect } from "bun:test";
import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { ON_LINUX, testWith } from "../../support/needs.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const ROOT = resolve(import.meta.dir, "../../..");

/** A channel of a front with the worker's end in the same process. `hand` and `take` say whether that was done. */
const BOTH_ENDS = `
  import { closeSync, openSync, readdirSync, readSync } from "node:fs";
  import { acceptForFiles, listenForFiles, pass, receivePassed } from "${ROOT}/ffi/files/passing.ts";
  import { FileChannel } from "${ROOT}/src/front/files/file-channel.ts";
  import { channelPath } from "${ROOT}/src/http/handed-file.ts";
  const [socket, path] = process.argv.slice(-2);
  const listener = listenForFiles(channelPath(socket));
  const clock = { now: () => 0, wall: () => 0 };
  const channel = new FileChannel({ socket, pid: process.pid, token: "t", capacity: 200 }, clock);
  const before = channel.name !== undefined;
  const far = acceptForFiles(listener.value);
  receivePassed(far);
  const hand = (text) => {
    const fd = openSync(path, "r");
    const isTaken = pass(far, text, fd);
    closeSync(fd);
    return isTaken;
  };
  const take = (text) => {
    const fd = channel.take(text);
    if (fd === undefined) return "lost";
    const bytes = Buffer.alloc(7);
    const count = readSync(fd, bytes, 0, 7, 0);
    closeSync(fd);
    return bytes.toString("latin1", 0, count);
  };
`;

/** Takes what was handed over when it has used up its own descriptors. */
const WITHOUT_DESCRIPTORS = `${BOTH_ENDS}
  const texts = ["token0", "token1", "token2"].filter(hand);
  const own = [];
  try { for (;;) own.push(openSync("/dev/null", "r")); } catch {}
  const taken = texts.map((text) => {
    const fd = channel.take(text);
    const bytes = Buffer.alloc(7);
    return fd === undefined ? "lost" : bytes.toString("latin1", 0, readSync(fd, bytes, 0, 7, 0));
  });
  const during = channel.name !== undefined;
  for (const fd of own) closeSync(fd);
  console.log(JSON.stringify({ before, taken, during, after: channel.name !== undefined }));
  process.exit(0);
`;

/** As many files as the worker may have requests, whose answers come in the opposite order. */
const IN_ANY_ORDER = `${BOTH_ENDS}
  const handed = Array.from({ length: 200 }, (_, at) => "own" + at).filter(hand);
  console.log(JSON.stringify({ handed: handed.length, taken: handed.toReversed().map(take) }));
  process.exit(0);
`;

/** Files that no answer names, many times as many as there may be requests. */
const FOR_NOBODY = `${BOTH_ENDS}
  const open = () => readdirSync("/proc/self/fd").length;
  const atFirst = open();
  let handed = 0;
  for (let round = 0; round < 20; round++) {
    for (let at = 0; at < 50; at++) if (hand(round + "." + at)) handed++;
    channel.take("another");
  }
  console.log(JSON.stringify({ handed, left: open() - atFirst }));
  process.exit(0);
`;

function run(text: string, descriptors: number): unknown {
  using dir = makeTempDir();
  const words = [
    process.execPath,
    dir.write("program.ts", text),
    join(dir.path, "s"),
    dir.write("file", "content"),
  ];
  const limited = ["-c", `ulimit -n ${descriptors}; exec "$@"`, "sh", ...words];
  const { stdout: told, stderr: wrong } = spawnSync("sh", limited, { encoding: "utf8" });
  return wrong || JSON.parse(told || "{}");
}

testWith(ON_LINUX)(
  "file channel: what comes while there are no descriptors left is not lost, and no more is asked for until there are",
  () => {
    const taken = ["content", "content", "content"];
    expect(run(WITHOUT_DESCRIPTORS, 200)).toEqual({ before: true, taken, during: false, after: true });
  },
);

testWith(ON_LINUX)(
  "file channel: as many as there may be requests are kept until their answers come, in any order",
  () => {
    const { handed, taken } = run(IN_ANY_ORDER, 1024) as { handed: number; taken: string[] };
    // The system takes what it has room for, and the worker sends the bytes of the others.
    expect(handed).toBeGreaterThan(100);
    expect(taken.filter((text) => text === "content")).toHaveLength(handed);
  },
);

testWith(ON_LINUX)("file channel: no more is kept of what no answer names, however much comes", () => {
  const { handed, left } = run(FOR_NOBODY, 1024) as { handed: number; left: number };
  expect(handed).toBeGreaterThan(500);
  expect(left).toBeLessThanOrEqual(200);
});
