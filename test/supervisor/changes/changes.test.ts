// What counts as a change of a file, when it is told, and that none is lost between loading and watching.
import { afterEach, describe, expect, test } from "bun:test";
import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { systemClock } from "../../../src/core/clock.ts";
import {
  Changes,
  differs,
  type Look,
  lookAtFile,
  snapshot,
} from "../../../src/supervisor/changes/changes.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { eventually } from "../../support/gw.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

/** Files by path: a number is a file's version, a list is a directory. */
type Tree = Record<string, number | string[]>;

function setUp(tree: Tree) {
  const clock = new FakeClock();
  const told: string[][] = [];
  const cost = { ms: 0 };
  const looks = { count: 0 };
  const look = (path: string): Look | undefined => {
    looks.count++;
    clock.jump(cost.ms);
    const found = tree[path];
    if (found === undefined) return undefined;
    if (typeof found !== "number") return { id: path, mark: "directory", changedAtMs: 0, entries: found };
    return { id: path, mark: `${found}`, changedAtMs: found };
  };
  const changes = new Changes({ clock, look, onChange: (paths) => told.push(paths) });
  return { clock, told, changes, look, cost, looks, tree };
}

describe("changes", () => {
  test("changes: one is told once, by name, when nothing has followed for a while", () => {
    const { clock, told, changes, tree } = setUp({ "/a": 1, "/b": 1 });
    changes.watch(["/a", "/b"]);
    clock.advance(1_000);
    expect(told).toEqual([]);
    tree["/b"] = 2;
    clock.advance(149);
    expect(told).toEqual([]);
    clock.advance(1_000);
    expect(told).toEqual([["/b"]]);
  });

  test("changes: many in a row are one, in order", () => {
    const { clock, told, changes, tree } = setUp({ "/a": 1, "/b": 1 });
    changes.watch(["/b", "/a"]);
    for (let version = 2; version < 10; version++) {
      tree["/a"] = version;
      tree["/b"] = version;
      clock.advance(50);
    }
    expect(told).toEqual([]);
    clock.advance(500);
    expect(told).toEqual([["/a", "/b"]]);
  });

  test("changes: what changes without end is told all the same", () => {
    const { clock, told, changes, tree } = setUp({ "/a": 1 });
    changes.watch(["/a"]);
    for (let version = 2; version < 52; version++) {
      tree["/a"] = version;
      clock.advance(50);
    }
    expect(told).toEqual([["/a"]]);
  });

  test("changes: a file that goes, and one that comes where there was none, are changes", () => {
    const { clock, told, changes, tree } = setUp({ "/a": 1 });
    changes.watch(["/a", "/missing.ts"]);
    delete tree["/a"];
    clock.advance(500);
    tree["/missing.ts"] = 1;
    clock.advance(500);
    expect(told).toEqual([["/a"], ["/missing.ts"]]);
  });

  test("changes: a directory is watched in its depth, without packages, hidden directories and editors' files", () => {
    const { clock, told, changes, tree } = setUp({
      "/d": ["in", "node_modules", ".git", ".env", "x.ts~", ".x.ts.swp"],
      "/d/in": ["file"],
      "/d/in/file": 1,
      "/d/node_modules": ["x"],
      "/d/node_modules/x": 1,
      "/d/.git": ["HEAD"],
      "/d/.git/HEAD": 1,
      "/d/.env": 1,
      "/d/x.ts~": 1,
      "/d/.x.ts.swp": 1,
    });
    changes.watch(["/d"]);
    for (const path of ["/d/node_modules/x", "/d/.git/HEAD", "/d/x.ts~", "/d/.x.ts.swp"]) tree[path] = 2;
    clock.advance(500);
    expect(told).toEqual([]);
    tree["/d/in/file"] = 2;
    tree["/d/.env"] = 2;
    tree["/d/in"] = ["file", "new"];
    tree["/d/in/new"] = 1;
    clock.advance(500);
    expect(told).toEqual([["/d/.env", "/d/in/file", "/d/in/new"]]);
  });

  test("changes: a directory that leads back to itself ends, and one with too much in it is bounded", () => {
    const names = Array.from({ length: 30_000 }, (_, index) => `f${index}`);
    const { look } = setUp({ "/many": names });
    expect(snapshot(["/many"], look).size).toBe(10_000);
    const circle = (): Look => ({ id: "same", mark: "directory", changedAtMs: 0, entries: ["up"] });
    expect(snapshot(["/d"], circle).size).toBe(2);
  });

  test("changes: what happens between the start of a load and the watch is not lost", () => {
    const { clock, told, changes, tree, look } = setUp({ "/known": 1, "/old": 5_000, "/new": 10_001 });
    const known = snapshot(["/known", "/later"], look);
    tree["/known"] = 2;
    tree["/later"] = 3;
    changes.watch(["/known", "/later", "/old", "/new"], { known, beganAtMs: 10_000 });
    clock.advance(500);
    expect(told).toEqual([["/known", "/later", "/new"]]);
  });

  test("changes: a new list keeps what is known of the files that stay, and what was seen of those that go", () => {
    const { clock, told, changes, tree } = setUp({ "/stays": 1, "/goes": 1, "/comes": 1 });
    changes.watch(["/stays", "/goes"]);
    tree["/stays"] = 2;
    changes.watch(["/stays", "/comes"]);
    tree["/goes"] = 2;
    clock.advance(500);
    tree["/comes"] = 2;
    clock.advance(500);
    expect(told).toEqual([["/stays"], ["/comes"]]);
  });

  test("changes: looking that is dear is done less often", () => {
    const { clock, changes, cost, looks } = setUp({ "/a": 1 });
    changes.watch(["/a"]);
    cost.ms = 50;
    clock.advance(10_000);
    expect(looks.count).toBeLessThan(15);
  });

  test("changes: after a stop nothing is told, and no timer is left", () => {
    const { clock, told, changes, tree } = setUp({ "/a": 1 });
    changes.watch(["/a"]);
    tree["/a"] = 2;
    clock.advance(160);
    changes.stop();
    expect(clock.pending()).toEqual([]);
    changes.watch(["/a"]);
    clock.advance(1_000);
    expect(told).toEqual([]);
  });

  test("changes: two snapshots differ by exactly the paths that are not the same in both", () => {
    const state = fc.dictionary(fc.constantFrom("/a", "/b", "/c", "/d"), fc.constantFrom("", "1", "2"));
    fc.assert(
      fc.property(state, state, (before, after) => {
        const found = differs(new Map(Object.entries(before)), new Map(Object.entries(after)));
        const paths = ["/a", "/b", "/c", "/d"];
        expect(found).toEqual(paths.filter((path) => (before[path] ?? "") !== (after[path] ?? "")));
      }),
    );
  });
});

describe("real files", () => {
  const disposables: (() => void)[] = [];
  afterEach(() => {
    for (const dispose of disposables.splice(0)) dispose();
  });

  /** Real files, looked at whenever the test lets time go by. */
  function watchFiles(prepare: (root: string) => string[]) {
    const temp = makeTempDir();
    const clock = new FakeClock();
    const told: string[][] = [];
    const changes = new Changes({
      clock,
      look: lookAtFile,
      onChange: (paths) => told.push(paths.map((path) => path.replace(`${temp.path}/`, ""))),
    });
    disposables.push(
      () => changes.stop(),
      () => temp[Symbol.dispose](),
    );
    const at = (name: string) => join(temp.path, name);
    changes.watch(prepare(temp.path).map(at));
    const next = () => {
      clock.advance(1_000);
      return told.splice(0);
    };
    return { temp, next, at, changes };
  }

  test("real files: written in place, replaced by rename, removed, come back, and behind a switched link", () => {
    const { temp, next, at } = watchFiles((root) => {
      for (const name of ["one", "two", "dir"]) mkdirSync(join(root, name));
      for (const name of ["a.ts", "one/app.ts", "two/app.ts"]) writeFileSync(join(root, name), "");
      symlinkSync("one", join(root, "current"));
      return ["a.ts", "current/app.ts", "dir"];
    });
    expect(next()).toEqual([]);
    temp.write("a.ts", "written in place");
    expect(next()).toEqual([["a.ts"]]);
    temp.write("a.ts.new", "written in place");
    utimesSync(at("a.ts.new"), 0, 0);
    renameSync(at("a.ts.new"), at("a.ts"));
    expect(next()).toEqual([["a.ts"]]);
    rmSync(at("a.ts"));
    expect(next()).toEqual([["a.ts"]]);
    temp.write("a.ts", "back");
    expect(next()).toEqual([["a.ts"]]);
    symlinkSync("two", at("switched"));
    renameSync(at("switched"), at("current"));
    expect(next()).toEqual([["current/app.ts"]]);
    temp.write("dir/new.txt", "");
    expect(next()).toEqual([["dir/new.txt"]]);
  });

  test("real files: a file that was saved while the app was loading is told after it", async () => {
    const { temp, next, at, changes } = watchFiles(() => []);
    temp.write("early.ts", "");
    // Later than the file by more than the file system's clock is coarse.
    const beganAtMs = (lookAtFile(at("early.ts"))?.changedAtMs ?? 0) + 50;
    await eventually(() => systemClock.wall() > beganAtMs, "the clock has moved on");
    temp.write("saved.ts", "");
    changes.watch([at("early.ts"), at("saved.ts")], { beganAtMs });
    expect(next()).toEqual([["saved.ts"]]);
  });
});
