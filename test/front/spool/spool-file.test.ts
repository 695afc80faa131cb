import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { openFileIn, openIn } from "../../../src/front/spool/spool-file.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

describe("spool file", () => {
  test("has no name, gives back what it was given, and no more than a part of the disk", async () => {
    using dir = makeTempDir();
    const { file, bytes } = await openFileIn(dir.path, 1_000);
    expect([readdirSync(dir.path), bytes]).toEqual([[], 1_000]);
    await file.write(Buffer.from("later"), 500);
    await file.write(Buffer.from("first"), 0);
    const into = new Uint8Array(5);
    expect([await file.read(into, 500), String(Buffer.from(into))]).toEqual([5, "later"]);
    const other = await openFileIn(dir.path, Number.MAX_SAFE_INTEGER);
    expect(other.bytes).toBeLessThan(Number.MAX_SAFE_INTEGER);
    await file.empty();
    expect(await file.read(into, 500)).toBe(0);
    file.close();
    other.file.close();
  });

  test("is none in memory", async () => {
    expect(openIn("/dev/shm")(10)).rejects.toThrow(/in memory|no such/i);
  });
});
