import { expect, test } from "bun:test";
import { join } from "node:path";
import { makePrivate, orUnusable, statOf } from "../../src/control/server-root.ts";
import { GwError } from "../../src/core/errors.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const uid = process.getuid?.() ?? 0;

test("server root: a directory that is made is its owner's alone, and one that is there is taken", () => {
  using temp = makeTempDir();
  const path = join(temp.path, "a", "b");
  expect([makePrivate(path, uid), makePrivate(path, uid)]).toEqual([true, false]);
  expect((statOf(path)?.mode ?? 0) & 0o777).toBe(0o700);
});

test("server root: what the system throws is said of the place, and what gw has named stays", () => {
  const named = new GwError("bug", { what: "x" });
  const thrownBy = (act: () => never) => {
    try {
      return orUnusable("/srv/gw", act);
    } catch (error) {
      return error;
    }
  };
  expect(
    thrownBy(() => {
      throw named;
    }),
  ).toBe(named);
  expect(
    thrownBy(() => {
      throw new Error("no space");
    }),
  ).toMatchObject({ cause_: "server_root_unusable", facts: { path: "/srv/gw", reason: "no space" } });
});
