import { expect, test } from "bun:test";
import type { BigIntStats } from "node:fs";
import { validatorsOf, versionOf } from "../../../../src/front/files/reply/version.ts";

const AT = Date.UTC(2024, 0, 2, 3, 4, 5);
const statOf = (changes: Partial<Record<string, bigint>> = {}) =>
  ({
    dev: 1n,
    ino: 2n,
    size: 3n,
    mtimeNs: BigInt(AT) * 1_000_000n + 678_000_123n,
    ctimeNs: 5n,
    ...changes,
  }) as unknown as BigIntStats;

test("any change that the system knows of makes another identity; only writing counts as written", () => {
  const { identity, written } = versionOf(statOf(), 0);
  for (const name of ["dev", "ino", "size", "mtimeNs", "ctimeNs"]) {
    const other = versionOf(statOf({ [name]: 9n }), 0);
    expect(other.identity).not.toBe(identity);
    expect(other.written !== written).toBe(name === "size" || name === "mtimeNs");
  }
});

test("a tag is weak as long as the file could be written again within the same time stamp", () => {
  const etagAt = (afterMs: number, stat = statOf()) => validatorsOf(versionOf(stat, AT + afterMs)).etag;
  expect(etagAt(700)).toStartWith("W/");
  expect(etagAt(5_000)).toMatch(/^"3-[0-9a-z]+"$/);
  expect(etagAt(700)).toBe(`W/${etagAt(5_000)}`);
  // Where times are whole seconds, or two of them.
  const coarse = statOf({ mtimeNs: BigInt(AT) * 1_000_000n });
  expect(etagAt(1_500, coarse)).toStartWith("W/");
  expect(etagAt(2_500, coarse)).not.toStartWith("W/");
});

test("a coding has a tag of its own, and no time lies ahead", () => {
  const version = versionOf(statOf(), AT + 60_000);
  expect(validatorsOf(version, "br").etag).toBe(validatorsOf(version).etag.replace(/"$/, '-br"'));
  expect(validatorsOf(version).modifiedAt).toBe(AT);
  const ahead = versionOf(statOf(), AT - 3_600_000);
  expect(validatorsOf(ahead)).toMatchObject({
    modifiedAt: AT - 3_600_000,
    etag: expect.stringMatching(/^W\//),
  });
});
