import { expect, test } from "bun:test";
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import {
  acceptForFiles,
  connectForFiles,
  listenForFiles,
  pass,
  pidOfPeer,
  receivePassed,
} from "../../../ffi/files/passing.ts";
import { ON_LINUX, testWith, WITH_PYTHON } from "../../support/needs.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

function ends(path: string) {
  const listener = listenForFiles(path);
  const near = connectForFiles(path);
  if (!listener.ok || !near.ok) throw new Error(`${JSON.stringify([listener, near])}`);
  const far = acceptForFiles(listener.value);
  if (far === undefined) throw new Error("nobody came");
  return { listener: listener.value, near: near.value, far };
}

testWith(ON_LINUX)("passing: an open file arrives with its text, and its process is known", () => {
  using dir = makeTempDir();
  const { listener, near, far } = ends(join(dir.path, "s"));
  const fd = openSync(dir.write("file", "content"), "r");
  expect(receivePassed(far)).toBeUndefined();
  expect(pass(near, "first", fd)).toBe(true);
  expect(pass(near, "second")).toBe(true);
  closeSync(fd);
  const first = receivePassed(far);
  if (typeof first !== "object" || first.fd === undefined) throw new Error(JSON.stringify(first));
  expect([first.text, readFileSync(first.fd, "utf8")]).toEqual(["first", "content"]);
  closeSync(first.fd);
  expect(receivePassed(far)).toEqual({ text: "second" });
  expect(pidOfPeer(near)).toBe(process.pid);
  expect(acceptForFiles(listener)).toBeUndefined();
  closeSync(near);
  expect(receivePassed(far)).toBe("gone");
  for (const one of [far, listener]) closeSync(one);
});

testWith(ON_LINUX)(
  "passing: who does not read is full after a while, and what is left in it is closed with it",
  () => {
    using dir = makeTempDir();
    const { listener, near, far } = ends(join(dir.path, "s"));
    const path = dir.write("file", "content");
    const fd = openSync(path, "r");
    let sent = 0;
    while (pass(near, `message ${sent}`, fd)) sent++;
    expect(sent).toBeGreaterThan(10);
    for (const one of [near, far, listener, fd]) closeSync(one);
    expect(openPaths()).not.toContain(path);
    expect(pass(near, "nobody is there", undefined)).toBe(false);
  },
);

testWith(ON_LINUX, WITH_PYTHON)(
  "passing: of several descriptors in one message the first is taken, and with no text too; nothing else stays open",
  async () => {
    using dir = makeTempDir();
    const path = join(dir.path, "s");
    const listener = listenForFiles(path);
    if (!listener.ok) throw new Error(listener.reason);
    const sent = dir.write("file", "content");
    const program = [
      "import socket, sys",
      "to = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)",
      "to.connect(sys.argv[1])",
      "files = [open(sys.argv[2]) for _ in range(3)]",
      "for text, count in ((b'two', 2), (b'', 1), (b'three', 3)):",
      "    socket.send_fds(to, [text], [file.fileno() for file in files[:count]])",
    ].join("\n");
    const sender = Bun.spawn(["python3", "-c", program, path, sent], {
      stdout: "inherit",
      stderr: "inherit",
    });
    expect(await sender.exited).toBe(0);
    const far = acceptForFiles(listener.value);
    if (far === undefined) throw new Error("nobody came");
    for (const text of ["two", "", "three"]) {
      const passed = receivePassed(far);
      if (typeof passed !== "object" || passed.fd === undefined) throw new Error(JSON.stringify(passed));
      expect([passed.text, readlinkSync(`/proc/self/fd/${passed.fd}`)]).toEqual([text, sent]);
      closeSync(passed.fd);
    }
    expect(receivePassed(far)).toBe("gone");
    expect(openPaths()).not.toContain(sent);
    for (const one of [far, listener.value]) closeSync(one);
  },
);

/** What this process has open, whoever has opened it. */
function openPaths(): string[] {
  return readdirSync("/proc/self/fd").flatMap((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`);
    } catch {
      // The directory itself, or what another test has closed meanwhile.
      return [];
    }
  });
}

test("passing: what cannot be is told", () => {
  expect(connectForFiles("/nowhere/at/all")).toMatchObject({ ok: false });
  expect(listenForFiles(`/${"a".repeat(200)}`)).toMatchObject({ ok: false });
});
