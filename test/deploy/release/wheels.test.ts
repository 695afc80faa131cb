// The wheels for Python: what is in them, as Python's own reader of such files finds it. test/slow/wheels.check.ts installs one.
import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { TARGETS } from "../../../deploy/release/targets.ts";
import {
  pythonVersion,
  type Wheels,
  writePlainWheel,
  writeTargetWheel,
} from "../../../deploy/release/wheels.ts";
import manifest from "../../../package.json" with { type: "json" };
import { testWith, WITH_PYTHON } from "../../support/needs.ts";
import { makeTempDir, type TempDir } from "../../support/temp-dir.ts";
import { PYTHON } from "../../support/worker-process.ts";

const ROOT = join(import.meta.dir, "../../..");
const LATE = new Date("2026-03-04T23:30:00Z");

function wheelsIn(dir: TempDir, name = "out"): Wheels {
  const directory = join(dir.path, name);
  mkdirSync(directory);
  return { root: ROOT, directory, about: { ...manifest, version: "1.2.0-rc.3" }, at: LATE };
}

const [target] = TARGETS as readonly [(typeof TARGETS)[number]];

function carried(dir: TempDir) {
  return { executable: dir.write("gw", "#!/bin/sh\necho size é\n"), licences: "whose work" };
}

/** Names with their modes and times, what the record says wrongly, and three texts. */
const READ = `import base64, csv, hashlib, io, json, sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
inside = {name: wheel.read(name) for name in wheel.namelist()}
record = next(name for name in inside if name.endswith("/RECORD"))
rows = list(csv.reader(io.StringIO(inside[record].decode())))
said = {name: (sum, size) for name, sum, size in rows}
true = {name: ("sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("="), str(len(content)))
        for name, content in inside.items() if name != record}
true[record] = ("", "")
print(json.dumps({
    "names": wheel.namelist(), "wrong": [] if said == true and len(rows) == len(said) else rows,
    "modes": sorted({(entry.filename.rpartition("/")[2] == "gw", oct(entry.external_attr >> 16)) for entry in wheel.infolist()}),
    "times": sorted({entry.date_time for entry in wheel.infolist()}),
    "texts": [inside[record.replace("RECORD", name)].decode() for name in ("METADATA", "WHEEL")],
}))`;

function read(path: string) {
  const run = Bun.spawnSync([PYTHON as string, "-c", READ, path]);
  return JSON.parse(run.stdout.toString());
}

describe("wheels", () => {
  testWith(WITH_PYTHON)("one of a target has the program as such, and records what is in it", async () => {
    using dir = makeTempDir();
    const path = await writeTargetWheel(wheelsIn(dir), target, carried(dir));
    expect(basename(path)).toBe("gw-1.2.0rc3-py3-none-manylinux_2_17_x86_64.whl");
    const { names, wrong, modes, times, texts } = read(path);
    expect(wrong).toEqual([]);
    expect(names).toContain("gw_django/management/commands/rungw.py");
    expect(names).toContain("gw-1.2.0rc3.data/scripts/gw");
    expect(names).toContain("gw-1.2.0rc3.dist-info/THIRD-PARTY.md");
    expect(names.at(-1)).toBe("gw-1.2.0rc3.dist-info/RECORD");
    expect(modes).toEqual([
      [false, "0o100644"],
      [true, "0o100755"],
    ]);
    expect(times).toEqual([[2026, 3, 4, 12, 0, 0]]);
    expect(texts[0]).toStartWith("Metadata-Version: 2.1\nName: gw\nVersion: 1.2.0rc3\n");
    expect(texts[1]).toContain("Root-Is-Purelib: false\nTag: py3-none-manylinux_2_17_x86_64\n");
  });

  testWith(WITH_PYTHON)("one for any platform has the package alone", async () => {
    using dir = makeTempDir();
    const path = await writePlainWheel(wheelsIn(dir));
    expect(basename(path)).toBe("gw-1.2.0rc3-py3-none-any.whl");
    const { names, wrong, modes, texts } = read(path);
    expect([wrong, modes]).toEqual([[], [[false, "0o100644"]]]);
    expect(names.filter((name: string) => !/^gw_django\/.*\.py$/.test(name))).toEqual(
      ["LICENSE", "METADATA", "WHEEL", "RECORD"].map((name) => `gw-1.2.0rc3.dist-info/${name}`),
    );
    expect(texts[1]).toContain("Root-Is-Purelib: true\nTag: py3-none-any\n");
  });

  test("the same files make the same bytes, wherever the machine stands", async () => {
    using dir = makeTempDir();
    const before = process.env.TZ;
    const made: Buffer[] = [];
    for (const zone of ["Pacific/Kiritimati", "Pacific/Pago_Pago"]) {
      process.env.TZ = zone;
      made.push(readFileSync(await writeTargetWheel(wheelsIn(dir, basename(zone)), target, carried(dir))));
    }
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
    expect(made[0]?.equals(made[1] as Buffer)).toBe(true);
  });

  test("each target has a platform of its own", () => {
    const platforms = TARGETS.map(({ wheel }) => wheel);
    expect(new Set(platforms).size).toBe(TARGETS.length);
    for (const { name, wheel } of TARGETS) {
      expect(wheel).toStartWith(
        name.startsWith("darwin")
          ? "macosx_13_0_"
          : name.endsWith("musl")
            ? "musllinux_1_2_"
            : "manylinux_2_17_",
      );
      const machine = name.includes("x64") ? "x86_64" : name.startsWith("darwin") ? "arm64" : "aarch64";
      expect(wheel).toEndWith(`_${machine}`);
    }
  });

  test.each([
    ["1.2.3", "1.2.3"],
    ["1.2.3-alpha.1", "1.2.3a1"],
    ["1.2.3-beta.2", "1.2.3b2"],
    ["1.2.3-rc.10", "1.2.3rc10"],
  ])("the version %s is %s for Python", (version, said) => expect(pythonVersion(version)).toBe(said));

  test.each(["1.2", "1.2.3-next", "1.2.3-rc", "v1.2.3", "1.2.3+x"])("the version %s is refused", (version) =>
    expect(() => pythonVersion(version)).toThrow(version),
  );
});
