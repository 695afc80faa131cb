// The directory of the evidence, on a real disk: who may look into it, what is in it, and what somebody else has put there.
import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { reasonOf } from "../../../src/core/errors.ts";
import { linux } from "../../../src/os/linux/linux.ts";
import {
  checkEvidenceDirectory,
  listEvidence,
  readEvidence,
  writeEvidence,
} from "../../../src/supervisor/evidence/directory.ts";
import { AS_ROOT, testWith } from "../../support/needs.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const UID = process.getuid?.() ?? 0;
const nameAt = (second: number) =>
  `20261129T1356${String(second).padStart(2, "0")}000-crash-worker-1-42.json`;

function setUp() {
  const dir = makeTempDir();
  const path = join(dir.path, "evidence");
  return { dir, path, place: { path, uid: UID, os: linux }, [Symbol.dispose]: dir[Symbol.dispose] };
}

const failing = (done: Promise<unknown>) => done.then(() => "done", reasonOf);

describe("evidence directory", () => {
  test("is made for its owner alone, and so is each file in it", async () => {
    using made = setUp();
    await checkEvidenceDirectory(made.place);
    await writeEvidence(made.place, nameAt(1), "{}\n", 5);
    const modes = [made.path, join(made.path, nameAt(1))].map((path) => statSync(path).mode & 0o777);
    expect(modes).toEqual([0o700, 0o600]);
    expect(await readEvidence(made.place, nameAt(1))).toBe("{}\n");
  });

  test("keeps so many of gw's files, the newest, and nothing else is touched", async () => {
    using made = setUp();
    await checkEvidenceDirectory(made.place);
    writeFileSync(join(made.path, "notes.txt"), "mine");
    mkdirSync(join(made.path, nameAt(0)));
    for (let second = 1; second <= 5; second++)
      await writeEvidence(made.place, nameAt(second), String(second), 3);
    const files = await listEvidence(made.place);
    expect(files.map(({ at, bytes }) => [at, bytes])).toEqual([
      ["2026-11-29T13:56:03.000Z", 1],
      ["2026-11-29T13:56:04.000Z", 1],
      ["2026-11-29T13:56:05.000Z", 1],
    ]);
    expect(readdirSync(made.path)).toContain("notes.txt");
    await writeEvidence(made.place, nameAt(6), "6", 1);
    expect((await listEvidence(made.place)).map(({ name }) => name)).toEqual([nameAt(6)]);
  });

  test("a file or a link that has the name already is left alone", async () => {
    using made = setUp();
    await checkEvidenceDirectory(made.place);
    const target = made.dir.write("target", "untouched");
    symlinkSync(target, join(made.path, nameAt(1)));
    symlinkSync(join(made.dir.path, "nowhere"), join(made.path, nameAt(2)));
    writeFileSync(join(made.path, nameAt(3)), "earlier");
    for (const second of [1, 2, 3])
      expect(await failing(writeEvidence(made.place, nameAt(second), "new", 9))).toContain("EEXIST");
    expect(readFileSync(target, "utf8")).toBe("untouched");
    expect(readdirSync(made.dir.path).toSorted()).toEqual(["evidence", "target"]);
    // A link is no file of gw's, whatever it is called.
    expect((await listEvidence(made.place)).map(({ name }) => name)).toEqual([nameAt(3)]);
    expect(await failing(readEvidence(made.place, nameAt(1)))).toContain("ELOOP");
    expect(await failing(readEvidence(made.place, "../target"))).toBe("gw gives no file this name");
  });

  test("that others may look into, or that is a link or a file, is refused in words", async () => {
    using made = setUp();
    mkdirSync(made.path, { mode: 0o755 });
    chmodSync(made.path, 0o755);
    expect(await failing(checkEvidenceDirectory(made.place))).toBe(
      "others may look into it (mode 755); make that 700",
    );
    const { dir, place } = made;
    symlinkSync(made.path, join(dir.path, "link"));
    dir.write("file", "");
    expect(await failing(checkEvidenceDirectory({ ...place, path: join(dir.path, "link") }))).toStartWith(
      "it is a symbolic link",
    );
    expect(await failing(checkEvidenceDirectory({ ...place, path: join(dir.path, "file") }))).toBe(
      "it is not a directory",
    );
    expect(await failing(checkEvidenceDirectory({ ...place, path: join(dir.path, "a", "b") }))).toContain(
      "ENOENT",
    );
    expect(readdirSync(dir.path)).not.toContain("a");
  });

  testWith(AS_ROOT)("that belongs to somebody else is refused, although root could write there", async () => {
    using made = setUp();
    await checkEvidenceDirectory(made.place);
    const { place } = made;
    expect(await failing(writeEvidence({ ...place, uid: UID + 1 }, nameAt(1), "{}", 5))).toBe(
      `it belongs to user ${UID}, and gw is user ${UID + 1}`,
    );
    expect(readdirSync(made.path)).toEqual([]);
  });

  test("that vanishes is made anew; one that takes its name meanwhile gets nothing of the old one's", async () => {
    using made = setUp();
    await writeEvidence(made.place, nameAt(1), "1", 5);
    rmSync(made.path, { recursive: true });
    await writeEvidence(made.place, nameAt(2), "2", 5);
    expect(readdirSync(made.path)).toEqual([nameAt(2)]);
    renameSync(made.path, join(made.dir.path, "aside"));
    symlinkSync(mkdtempSync(join(made.dir.path, "trap-")), made.path);
    expect(await failing(writeEvidence(made.place, nameAt(3), "3", 5))).toStartWith("it is a symbolic link");
  });

  test("of a file that cannot be written whole nothing is left", async () => {
    using made = setUp();
    await checkEvidenceDirectory(made.place);
    const text = new Proxy(Buffer.alloc(0), {}) as unknown as string;
    expect(await failing(writeEvidence(made.place, nameAt(1), text, 5))).not.toBe("done");
    expect(readdirSync(made.path)).toEqual([]);
  });
});
