import { expect, test } from "bun:test";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { WorkerGroup } from "../../../src/options/resolve/resolve.ts";
import { firstMissing, pin } from "../../../src/supervisor/child/pins.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const groupOf = (settings: object) => ({ settings }) as WorkerGroup;

test("pins: links are followed once; the welcome page has no file", () => {
  using dir = makeTempDir();
  mkdirSync(join(dir.path, "r1"));
  dir.write("r1/app.ts", "");
  symlinkSync("r1", join(dir.path, "current"));
  const current = join(dir.path, "current");
  const real = join(dir.path, "r1");
  expect(pin(groupOf({ app: join(current, "app.ts"), home: current }))).toEqual({
    app: join(real, "app.ts"),
    home: real,
  });
  expect(pin(groupOf({ app: undefined, home: current }))).toEqual({ app: null, home: real });
});

test("pins: what is not there stays as it was written", () => {
  const paths = { app: "/nowhere/app.ts", home: "/nowhere" };
  expect(pin(groupOf(paths))).toEqual(paths);
  expect(firstMissing([paths])).toBe("/nowhere");
});

test("pins: below another root directory, a link that leads out of it means something else there", () => {
  using dir = makeTempDir();
  using outside = makeTempDir();
  const link = join(dir.path, "app.ts");
  symlinkSync(outside.write("app.ts", ""), link);
  expect(pin(groupOf({ app: link, home: dir.path, chroot: dir.path })).app).toBe(link);
});
