// The packages for npm: what their manifests say, and the command that becomes the executable of the machine.
import { describe, expect, test } from "bun:test";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { list } from "tar";
import {
  aboutIn,
  mainManifest,
  packageOf,
  targetManifest,
  writeMainPackage,
  writeTargetPackage,
} from "../../../deploy/release/npm.ts";
import { TARGETS } from "../../../deploy/release/targets.ts";
import { makeTempDir, type TempDir } from "../../support/temp-dir.ts";

const ROOT = join(import.meta.dir, "../../..");
const ABOUT = { version: "1.2.3", description: "A server", license: "Apache-2.0" };

describe("npm: manifests", () => {
  test("gw asks for the executable of each target, in its own version and as optional", () => {
    const { optionalDependencies } = mainManifest(ABOUT);
    expect(optionalDependencies).toEqual(
      Object.fromEntries(TARGETS.map((target) => [packageOf(target), "1.2.3"])),
    );
  });

  test.each([
    ["linux-x64", { os: ["linux"], cpu: ["x64"], libc: ["glibc"] }],
    ["linux-arm64-musl", { os: ["linux"], cpu: ["arm64"], libc: ["musl"] }],
    ["darwin-arm64", { os: ["darwin"], cpu: ["arm64"] }],
  ])("%s is installed where it runs", (name, where) => {
    const { os, cpu, libc } = targetManifest({ name }, ABOUT);
    expect({ os, cpu, ...(libc !== undefined && { libc }) }).toEqual(where as never);
  });

  test("whatever gw exports, in the package as in the checkout, is a file there", async () => {
    using dir = makeTempDir();
    const about = aboutIn(ROOT);
    const packages = { root: ROOT, directory: dir.path, about, at: new Date(1_700_000_000_000) };
    const names = await namesIn(await writeMainPackage(packages));
    const { exports, bin } = mainManifest(about) as unknown as {
      exports: Record<string, string | Record<string, string>>;
      bin: Record<string, string>;
    };
    const exported = Object.values(exports).flatMap((one) =>
      typeof one === "string" ? one : Object.values(one),
    );
    for (const path of [...exported, ...Object.values(bin)]) expect(names).toContain(join("package", path));
    const inCheckout = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).exports;
    expect(Object.keys(exports)).toEqual(expect.arrayContaining(Object.keys(inCheckout)));
  });

  test("a package with an executable has it, its licences, and the same bytes each time", async () => {
    using dir = makeTempDir();
    const executable = dir.write("built", "#!/bin/sh\n");
    const packages = { root: ROOT, directory: dir.path, about: ABOUT, at: new Date(1_700_000_000_000) };
    const pack = () => writeTargetPackage(packages, { name: "linux-x64" }, { executable, licences: "MIT" });
    const path = await pack();
    expect(path).toBe(join(dir.path, "gw-linux-x64-1.2.3.tgz"));
    const first = readFileSync(path);
    expect(await namesIn(path)).toEqual([
      "package/",
      "package/LICENSE",
      "package/THIRD-PARTY.md",
      "package/gw",
      "package/package.json",
    ]);
    expect(readFileSync(await pack()).equals(first)).toBe(true);
    expect(existsSync(join(dir.path, "gw-linux-x64-1.2.3"))).toBe(false);
  });
});

async function namesIn(file: string): Promise<string[]> {
  const names: string[] = [];
  await list({ file, onReadEntry: ({ path }) => void names.push(path) });
  return names;
}

describe("npm: the command", () => {
  /** An executable that tells its name, its words and its process, and ends with 7. */
  const place = (dir: TempDir, path: string) => {
    const file = join(dir.path, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '#!/bin/sh\necho "$0" "$#" "$2" $$\nexit 7\n');
    chmodSync(file, 0o755);
  };

  function makeProject(): TempDir {
    const dir = makeTempDir();
    for (const path of ["node_modules/gw/bin", "node_modules/.bin", "machine"])
      mkdirSync(join(dir.path, path), { recursive: true });
    cpSync(join(ROOT, "deploy/npm/gw"), join(dir.path, "node_modules/gw/bin/gw"));
    symlinkSync("../gw/bin/gw", join(dir.path, "node_modules/.bin/gw"));
    return dir;
  }

  /** On a machine that says so of itself. */
  function call(
    dir: TempDir,
    { system = "Linux", machine = "x86_64", libc = "GNU libc" },
    from = "node_modules/.bin/gw",
  ) {
    const say = (name: string, script: string) =>
      chmodSync(dir.write(`machine/${name}`, `#!/bin/sh\n${script}\n`), 0o755);
    say("uname", `if [ "$1" = -s ]; then echo ${system}; else echo ${machine}; fi`);
    say("ldd", `echo "${libc}" >&2`);
    const env = { PATH: `${join(dir.path, "machine")}:${process.env.PATH}` };
    const child = Bun.spawnSync([join(dir.path, from), "top", "two words"], { env, cwd: "/" });
    return {
      pid: child.pid,
      code: child.exitCode,
      out: child.stdout.toString().trim(),
      err: child.stderr.toString(),
    };
  }

  test.each([
    ["linux-x64", {}],
    ["linux-arm64", { machine: "aarch64" }],
    ["linux-x64-musl", { libc: "musl libc (x86_64)" }],
    ["linux-arm64-musl", { machine: "aarch64", libc: "musl libc (aarch64)" }],
    ["darwin-arm64", { system: "Darwin", machine: "arm64" }],
    ["darwin-x64", { system: "Darwin", machine: "x86_64" }],
  ])("becomes %s, the same process, with its words and its exit code", (name, machine) => {
    using dir = makeProject();
    for (const target of TARGETS) place(dir, `node_modules/@gw/${target.name}/gw`);
    const { code, out, pid } = call(dir, machine);
    expect([code, out]).toEqual([7, `${dir.path}/node_modules/@gw/${name}/gw 2 two words ${pid}`]);
  });

  test("takes an executable of the other kind on macOS, where Node and the shell differ", () => {
    using dir = makeProject();
    place(dir, "node_modules/@gw/darwin-x64/gw");
    expect(call(dir, { system: "Darwin", machine: "arm64" }).out).toContain("@gw/darwin-x64/gw");
  });

  test("finds what lies deeper, and before what lies higher", () => {
    using dir = makeProject();
    place(dir, "node_modules/@gw/linux-x64/gw");
    place(dir, "node_modules/gw/node_modules/@gw/linux-x64/gw");
    expect(call(dir, {}).out).toContain("node_modules/gw/node_modules/@gw/linux-x64/gw");
    symlinkSync(join(dir.path, "node_modules"), join(dir.path, "elsewhere"));
    expect(call(dir, {}, "elsewhere/gw/bin/gw").code).toBe(7);
  });

  test.each([
    ["of another machine", {}, "(linux-x64)", "npm install --include=optional"],
    ["for a system that gw does not run on", { system: "FreeBSD" }, "(FreeBSD-x64)", "Linux or macOS"],
    ["for a processor that gw does not run on", { machine: "riscv64" }, "(linux-riscv64)", "x64 or arm64"],
  ])("says what to do where there are only packages %s", (_, machine, what, advice) => {
    using dir = makeProject();
    place(dir, "node_modules/@gw/linux-arm64/gw");
    const { code, out, err } = call(dir, machine);
    expect([code, out]).toEqual([69, ""]);
    expect(err).toContain(what);
    expect(err).toContain(advice);
  });
});
