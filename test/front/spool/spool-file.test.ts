import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { openFileIn, openIn } from "../../../src/front/spool/spool-file.ts";
import { testWith, WITH_OWN_MOUNTS } from "../../support/needs.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

describe("spool file", () => {
  test("has no name, gives back what it was given, and no more than a part of the disk", async () => {
    using dir = makeTempDir();
    const { file, bytes } = await openFileIn(dir.path, 1_000, 0);
    expect([readdirSync(dir.path), bytes]).toEqual([[], 1_000]);
    await file.write(Buffer.from("later"), 500);
    await file.write(Buffer.from("first"), 0);
    const into = new Uint8Array(5);
    expect([await file.read(into, 500), String(Buffer.from(into))]).toEqual([5, "later"]);
    const other = await openFileIn(dir.path, Number.MAX_SAFE_INTEGER, 0);
    expect(other.bytes).toBeLessThan(Number.MAX_SAFE_INTEGER);
    // Of that part others have some already.
    const third = await openFileIn(dir.path, Number.MAX_SAFE_INTEGER, 2 * other.bytes);
    expect(third.bytes).toBeLessThan(other.bytes / 2);
    const fourth = await openFileIn(dir.path, 1_000, 400);
    expect(fourth.bytes).toBe(600);
    await file.empty();
    expect(await file.read(into, 500)).toBe(0);
    for (const one of [file, other.file, third.file, fourth.file]) one.close();
  });

  testWith(WITH_OWN_MOUNTS)(
    "on a disk that is full for a while: what was there is there, and others come later",
    () => {
      using dir = makeTempDir();
      const mounted = 'mount -t tmpfs -o size=1m tmpfs "$1" && exec "$2" "$3" "$1"';
      const script = join(import.meta.dir, "full-disk.ts");
      const words = ["unshare", "--mount", "sh", "-c", mounted, "sh", dir.path, process.execPath, script];
      const { stdout, stderr } = Bun.spawnSync(words);
      expect(stderr.toString()).toBe("");
      expect(JSON.parse(stdout.toString())).toEqual({
        acts: ["written", "ENOSPC", "50000 a", "written", "50000 c"],
        told: [
          "warn: answers wait in memory for slow clients: the disk takes none of them",
          "info: answers wait on the disk for slow clients again",
        ],
        used: 0,
        left: [],
      });
    },
  );

  test("is none in memory", async () => {
    await expect(openIn("/dev/shm")(10, 0)).rejects.toThrow(/in memory|no such/i);
  });
});
