import { describe, expect, test } from "bun:test";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { systemClock } from "../../../src/core/clock.ts";
import { LogFile, type LogFileSetup } from "../../../src/supervisor/logs/log-file.ts";
import { makeTempDir, type TempDir } from "../../support/temp-dir.ts";

const bytes = (text: string) => Buffer.from(text);

async function setUp(dir: TempDir, changes: Partial<LogFileSetup> = {}, isDeep = false) {
  const path = join(dir.path, "access_log");
  if (isDeep) mkdirSync(dirname(changes.path ?? path));
  const told: string[] = [];
  const owner = {
    onTrouble: (_path: string, why: string) => void told.push(`trouble: ${why}`),
    onRecovered: (_path: string, lines: number) => void told.push(`recovered: ${lines}`),
    onRestored: () => void told.push("restored"),
  };
  const file = await LogFile.open({ path, clock: systemClock, owner, ...changes });
  const own = changes.path ?? path;
  return { file, path: own, told, text: () => readFileSync(own, "utf8") };
}

/** A disk that does as it is told: so many bytes, or an error. */
function faultyDisk(answers: (number | string)[]) {
  return async (file: FileHandle, all: Uint8Array) => {
    const answer = answers.shift() ?? all.length;
    if (typeof answer === "string") throw new Error(answer);
    return (await file.write(all.subarray(0, answer))).bytesWritten;
  };
}

describe("log file", () => {
  test("appends to what is there, in order, and may be read by its group only", async () => {
    using dir = makeTempDir();
    writeFileSync(join(dir.path, "access_log"), "before\n", { mode: 0o600 });
    const { file, text } = await setUp(dir);
    for (let n = 0; n < 100; n++) file.append(bytes(`${n}\n`));
    await file.close();
    expect(text()).toBe(`before\n${Array.from({ length: 100 }, (_, n) => `${n}\n`).join("")}`);
    const fresh = await setUp(dir, { path: join(dir.path, "fresh") });
    await fresh.file.close();
    expect(statSync(fresh.path).mode & 0o777 & ~0o640).toBe(0);
  });

  test("a write that takes a part is gone on with", async () => {
    using dir = makeTempDir();
    const { file, text, told } = await setUp(dir, { write: faultyDisk([2, 1, 3]) });
    file.append(bytes("one\ntwo\nthree\n"));
    await file.flushed();
    expect([text(), told]).toEqual(["one\ntwo\nthree\n", []]);
    await file.close();
  });

  test("a disk that is full costs lines, is told once, and none is torn when there is room again", async () => {
    using dir = makeTempDir();
    const { file, text, told } = await setUp(dir, { write: faultyDisk([5, "no room", "no room"]) });
    file.append(bytes("one\ntwo\n"));
    file.append(bytes("three\nfour\n"));
    file.append(bytes("five\n"));
    await file.flushed();
    expect(text()).toBe("one\nt\nfive\n");
    expect([file.dropped, told]).toEqual([3, ["trouble: no room", "recovered: 3"]]);
    await file.close();
  });

  test("one that somebody removes is made again, with its directory, and told of", async () => {
    using dir = makeTempDir();
    const { file, path, told, text } = await setUp(dir, { path: join(dir.path, "logs", "access_log") }, true);
    file.append(bytes("lost\n"));
    await file.flushed();
    rmSync(dirname(path), { recursive: true });
    file.look();
    file.append(bytes("one\n"));
    await file.flushed();
    expect([text(), told, file.trouble]).toEqual(["one\n", ["restored"], undefined]);
    // Moved away: whoever has done that says when it is to be opened anew.
    renameSync(path, `${path}.1`);
    file.look();
    file.append(bytes("two\n"));
    await file.flushed();
    expect([readFileSync(`${path}.1`, "utf8"), existsSync(path)]).toEqual(["one\ntwo\n", false]);
    await file.close();
  });

  test("one that cannot be made again costs lines, which are counted, and is taken up when it can", async () => {
    using dir = makeTempDir();
    const directory = join(dir.path, "logs");
    const { file, path, told, text } = await setUp(dir, { path: join(directory, "access_log") }, true);
    rmSync(directory, { recursive: true });
    // Whoever may do everything cannot make a directory there either.
    writeFileSync(directory, "a file");
    for (const line of ["one\n", "two\n"]) {
      file.look();
      file.append(bytes(line));
      await file.flushed();
    }
    expect(told).toEqual([
      expect.stringMatching(/^trouble: it was removed, and cannot be made again: .*ENOTDIR/),
    ]);
    expect([file.dropped, file.trouble]).toEqual([
      2,
      { file: path, why: expect.stringContaining("cannot be made again"), lost: 2 },
    ]);
    rmSync(directory);
    file.look();
    file.append(bytes("three\n"));
    await file.flushed();
    expect([text(), told.slice(1), file.trouble]).toEqual(["three\n", ["recovered: 2"], undefined]);
    await file.close();
  });

  test("one that cannot be put aside is told of once, and grows on until it can", async () => {
    using dir = makeTempDir();
    const rotation = { maxBytes: 10, keep: 2, compress: false };
    const { file, path, told, text } = await setUp(
      dir,
      { path: join(dir.path, "logs", "log"), rotation },
      true,
    );
    rmSync(dirname(path), { recursive: true });
    for (let n = 0; n < 3; n++) file.append(bytes("0123456789\n"));
    await file.flushed();
    expect(told).toEqual([expect.stringContaining("trouble: it cannot be put aside, and grows on: ENOENT")]);
    expect(file.trouble).toMatchObject({ why: expect.stringContaining("ENOENT"), lost: 0 });
    file.look();
    file.append(bytes("one\n"));
    await file.flushed();
    expect([text(), file.trouble, told.slice(1)]).toEqual(["one\n", undefined, ["restored"]]);
    await file.close();
  });

  test("a disk that takes nothing holds nobody up, and what waits is bounded", async () => {
    using dir = makeTempDir();
    const gate = Promise.withResolvers<void>();
    const { file, told } = await setUp(dir, {
      write: async (handle, all) => {
        await gate.promise;
        return (await handle.write(all)).bytesWritten;
      },
    });
    const megabyte = bytes(`${"x".repeat(1024 * 1024 - 1)}\n`);
    for (let n = 0; n < 10; n++) file.append(megabyte);
    expect([file.dropped, told]).toEqual([6, ["trouble: more comes than the disk takes"]]);
    gate.resolve();
    await file.flushed();
    expect(told[1]).toBe("recovered: 6");
    await file.close();
  });

  test("opened anew, it goes on in a new file; what had come before is in the old one", async () => {
    using dir = makeTempDir();
    const { file, path, text } = await setUp(dir);
    file.append(bytes("old\n"));
    await file.flushed();
    renameSync(path, `${path}.1`);
    file.reopen();
    file.append(bytes("new\n"));
    await file.close();
    expect([readFileSync(`${path}.1`, "utf8"), text()]).toEqual(["old\n", "new\n"]);
  });

  test("where it cannot be opened anew, it goes on in the old one", async () => {
    using dir = makeTempDir();
    const { file, path, told } = await setUp(dir);
    renameSync(path, `${path}.1`);
    mkdirSync(path);
    file.reopen();
    file.append(bytes("still\n"));
    await file.close();
    expect([readFileSync(`${path}.1`, "utf8"), told.length]).toEqual(["still\n", 1]);
  });

  test("what has grown is put aside, compressed, and only so many are kept; no line is lost", async () => {
    using dir = makeTempDir();
    const { file, told } = await setUp(dir, { rotation: { maxBytes: 1000, keep: 3, compress: true } });
    for (let n = 0; n < 6; n++) {
      file.append(bytes(`${String(n).padEnd(999)}\n`));
      await file.flushed();
    }
    const aside = () => readdirSync(dir.path).filter((name) => name !== "access_log");
    await file.close();
    const kept = aside().map((name) =>
      gunzipSync(readFileSync(join(dir.path, name)))
        .toString()
        .trim(),
    );
    expect([kept.toSorted(), told]).toEqual([["3", "4", "5"], []]);
  });

  test.each([
    ["a link, also to what could be written", (path: string, other: string) => symlinkSync(other, path)],
    ["a file with another name", (path: string, other: string) => linkSync(other, path)],
    ["a directory", (path: string) => mkdirSync(path)],
  ])("%s is refused", async (_what, make) => {
    using dir = makeTempDir();
    const other = dir.write("other", "theirs\n");
    make(join(dir.path, "access_log"), other);
    const failure = await setUp(dir).catch((error) => error);
    expect(failure.cause_).toBe("log_refused");
    expect(readFileSync(other, "utf8")).toBe("theirs\n");
  });

  test("a pipe that nobody reads is refused, and not waited for", async () => {
    using dir = makeTempDir();
    expect(Bun.spawnSync(["mkfifo", join(dir.path, "access_log")]).exitCode).toBe(0);
    expect((await setUp(dir).catch((error) => error)).cause_).toBe("log_refused");
  });
});
