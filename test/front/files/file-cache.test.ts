import { expect, test } from "bun:test";
import { closeSync, openSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FileCache, type FileEntry } from "../../../src/front/files/file-cache.ts";
import { Root, type Sight } from "../../../src/front/files/root.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { makeFileTree } from "../../support/file-tree.ts";
import { ON_LINUX, testWith } from "../../support/needs.ts";

const asFile = (entry: FileEntry) => {
  if (entry.kind !== "file") throw new Error(entry.kind);
  return entry;
};

testWith(ON_LINUX)(
  "file-cache: each kind of change is seen, and what has not changed keeps its bytes",
  async () => {
    using tree = makeFileTree({ "a.txt": "first" });
    const path = join(tree.path, "a.txt");
    const clock = new FakeClock();
    const cache = new FileCache(clock);
    const root = new Root(tree.path, false, clock);
    const find = async () => {
      clock.advance(201);
      return asFile(await cache.find(root, ["a.txt"]));
    };
    const first = await find();
    cache.store(first.plain, Buffer.from("first"));
    expect((await find()).plain.content).toBeDefined();
    expect(cache.size).toEqual({ entries: 1, bytes: 5 });
    const changes = [
      () => writeFileSync(path, "other"),
      () => writeFileSync(path, "longer than before"),
      () => utimesSync(path, new Date(1000), new Date(1000)),
      () => renameSync(tree.put("b.txt", "first"), path),
    ];
    for (const change of changes) {
      const before = await find();
      cache.store(before.plain, Buffer.from("bytes"));
      change();
      const after = await find();
      expect(after.plain.version.identity).not.toBe(before.plain.version.identity);
      expect(after.plain.content).toBeUndefined();
    }
    expect(cache.size.bytes).toBe(0);
    tree.remove("a.txt");
    clock.advance(201);
    expect((await cache.find(root, ["a.txt"])).kind).toBe("nothing");
    expect(cache.size).toEqual({ entries: 0, bytes: 0 });
  },
);

/** A directory that never was, of files that this test makes up. */
function rootOf(look: (names: readonly string[]) => Sight | Promise<Sight>): Root {
  return { path: "/made/up", look } as unknown as Root;
}

const NOTHING: Sight = { kind: "nothing" };
function fileOf(size: number, ino = 1n): Sight {
  const stat = { dev: 1n, ino, size: BigInt(size), mtimeNs: 1n, ctimeNs: 1n } as never;
  return { kind: "file", stat, fd: openSync("/dev/null", "r") };
}

test("file-cache: for a moment nobody looks, and a look that takes its time is one for all who ask", async () => {
  const clock = new FakeClock();
  const cache = new FileCache(clock);
  const looks: PromiseWithResolvers<Sight>[] = [];
  const root = rootOf(([name = ""]) => {
    if (name !== "a") return NOTHING;
    const look = Promise.withResolvers<Sight>();
    looks.push(look);
    return look.promise;
  });
  const both = [cache.find(root, ["a"]), cache.find(root, ["a"])];
  looks[0]?.resolve(fileOf(3));
  const [one, other] = await Promise.all(both);
  if (!one) throw new Error("nothing was found");
  expect(one).toBe(other as typeof one);
  expect(cache.find(root, ["a"])).toBe(one);
  clock.advance(199);
  expect(cache.find(root, ["a"])).toBe(one);
  expect(looks).toHaveLength(1);
  clock.advance(2);
  const again = cache.find(root, ["a"]);
  looks[1]?.reject(new Error("the disk is gone"));
  await expect(again as Promise<unknown>).rejects.toThrow("the disk is gone");
});

test("file-cache: neither files nor bytes grow without end, and what is not there leaves nothing", async () => {
  const clock = new FakeClock();
  const cache = new FileCache(clock);
  const root = rootOf(([name = ""]) =>
    /\.(br|zst|gz)$|^no/.test(name) ? NOTHING : fileOf(60_000, BigInt(name)),
  );
  for (let at = 1; at <= 5000; at++) {
    const entry = asFile(cache.find(root, [String(at)]) as FileEntry);
    cache.store(entry.plain, new Uint8Array(60_000));
    expect((cache.find(root, [`no${at}`]) as FileEntry).kind).toBe("nothing");
  }
  expect(cache.size.entries).toBeLessThanOrEqual(4096);
  expect(cache.size.bytes).toBeLessThanOrEqual(16 * 2 ** 20);
  expect(cache.size.bytes).toBe(cache.size.entries * 60_000);
});

test("file-cache: it holds no descriptor", () => {
  const cache = new FileCache(new FakeClock());
  let given = -1;
  const root = rootOf(() => {
    const sight = fileOf(3);
    if (sight.kind === "file") given = sight.fd;
    return sight;
  });
  cache.find(root, ["a"]);
  expect(() => closeSync(given)).toThrow("EBADF");
});
