// This process, as the kernel tells of it.
import { expect, test } from "bun:test";
import { closeSync, openSync, readlinkSync, realpathSync } from "node:fs";
import { linux } from "../../../src/os/linux/linux.ts";
import { parseCompiledCode, parseProgramCode, parseTargets } from "../../../src/os/linux/own-process.ts";
import { known } from "../../../src/os/operating-system.ts";
import { describeWith, ON_LINUX } from "../../support/needs.ts";

test("own process: what the kernel tells of an epoll is read as numbers", () => {
  const text = [
    "pos:\t0",
    "flags:\t02000002",
    "tfd:        5 events:       19 data:      33bdb504240  pos:0 ino:10f4bf sdev:9",
    "tfd:       12 events: 80000019 data: ffff8bd9d905c001  pos:0 ino:40e sdev:10",
    "",
  ].join("\n");
  expect(parseTargets(text)).toEqual([
    { target: 5, events: 0x19, data: 0x33bdb504240n },
    { target: 12, events: 0x8000_0019, data: 0xffff_8bd9_d905_c001n },
  ]);
  expect(parseTargets("")).toEqual([]);
});

test("own process: the program's code is what is executed and never written, of its own file alone", () => {
  const maps = [
    "00400000-00500000 r--p 00000000 08:01 42 /opt/g w",
    "00500000-00900000 r-xp 00100000 08:01 42 /opt/g w",
    "00900000-00a00000 rwxp 00500000 08:01 42 /opt/g w",
    "7f0000000000-7f0000001000 r-xp 00000000 08:01 43 /lib/libc.so.6",
    "7f0000002000-7f0000003000 r-xp 00000000 00:00 0 ",
    "",
  ].join("\n");
  expect(parseProgramCode(maps, "/opt/g w")).toEqual([{ start: 0x500000n, length: 0x400000n }]);
});

test("own process: what is written and executed, and is no file's, is compiled code", () => {
  const maps = [
    "00500000-00900000 r-xp 00100000 08:01 42 /opt/gw",
    "00900000-00a00000 rwxp 00500000 08:01 42 /opt/gw",
    "7f0000001000-7f0000003000 rwxp 00000000 00:00 0 ",
    "7f0000004000-7f0000005000 r-xp 00000000 00:00 0 ",
    "7ffc00000000-7ffc00001000 rw-p 00000000 00:00 0                          [stack]",
    "",
  ].join("\n");
  expect(parseCompiledCode(maps)).toEqual([{ start: 0x7f0000001000n, length: 0x2000n }]);
});

describeWith(ON_LINUX)("own process", () => {
  test("its descriptors and threads are listed", () => {
    const fd = openSync("/dev/null", "r");
    expect(known(linux.ownDescriptors())).toContain(fd);
    expect(readlinkSync(known(linux.reopeningPath(fd)) ?? "")).toBe("/dev/null");
    closeSync(fd);
    expect(known(linux.ownThreads())).toContain(process.pid);
  });

  test("its program, its code and its memory are found", () => {
    expect(realpathSync(known(linux.ownProgram()) ?? "")).toBe(realpathSync(process.execPath));
    expect(known(linux.programCode())).not.toEqual([]);
    expect(known(linux.compiledCode())).not.toEqual([]);
    const memory = known(linux.ownMemory());
    expect(memory?.mappedBytes).toBeGreaterThan(memory?.dataBytes ?? Number.POSITIVE_INFINITY);
  });

  test("its loop waits for what it listens on", () => {
    using _listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    expect(known(linux.loopRegistrations())?.size).toBeGreaterThan(0);
  });
});
