import { expect, test } from "bun:test";
import { asideName, listAside, namesToRemove } from "../../../src/supervisor/logs/rotation.ts";

const AT = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

test("rotation: a name bears the time, and a number where that is taken", () => {
  const first = asideName("access_log", AT, ["access_log"]);
  expect(first).toBe("access_log.20260102T030405Z");
  expect(asideName("access_log", AT, [first])).toBe(`${first}-2`);
  expect(asideName("access_log", AT, [`${first}.gz`, `${first}-2`])).toBe(`${first}-3`);
});

test("rotation: the newest first, of this log and no other", () => {
  const names = [
    "access_log.20260101T000000Z",
    "access_log.20260102T000000Z-2",
    "access_log.20260102T000000Z.gz",
    "access_log.20260102T000000Z-10",
    "access_log.1",
    "access_log.old",
    "access_log.20260102T000000Z.gz.part",
    "error_log.20260102T000000Z",
    "access_log",
  ];
  const own = listAside("access_log", names);
  expect(own).toEqual([
    "access_log.20260102T000000Z-10",
    "access_log.20260102T000000Z-2",
    "access_log.20260102T000000Z.gz",
    "access_log.20260101T000000Z",
  ]);
  expect(namesToRemove("access_log", names, 2)).toEqual(own.slice(2));
  expect(namesToRemove("access_log", names, 10)).toEqual([]);
  expect(namesToRemove("access_log", names, 0)).toEqual(own);
});
