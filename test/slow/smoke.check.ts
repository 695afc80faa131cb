// gw for targets other than this machine's, as far as they can run here: for musl in a root of its own, with Debian's musl, and for
// arm64 in an emulation of one process. `npm run test:smoke`; Debian's packages are unpacked into a directory of its own.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../support/free-port.ts";
import { AS_ROOT, describeWith, type Need, ON_X64_LINUX, WITH_OWN_MOUNTS } from "../support/needs.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

setDefaultTimeout(180_000);

const ROOT = join(import.meta.dir, "../..");
const LIBRARIES = "/usr/lib/x86_64-linux-gnu";
const WITH_APT: Need = {
  isMet: Bun.which("apt-get") !== null && Bun.which("gcc") !== null,
  why: "needs apt-get and gcc",
};
const PACKAGES = ["qemu-user-static", "libc6-arm64-cross", "musl"];

function run(command: string[], cwd = ROOT): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, { cwd, stderr: "pipe" });
  const text = `${stdout}${stderr}`;
  expect([command[0], exitCode, text]).toEqual([command[0], 0, text]);
  return text;
}

/** In the root of musl, with the machine's /proc and devices. $1: the root, $2: a port. */
const SERVE = `set -e
mount --make-rprivate /
mount -t proc proc "$1/proc"
mount --bind /dev "$1/dev"
chroot "$1" /gw start-server /app.ts --port $2 --host 127.0.0.1 --user nobody & gw=$!
until chroot "$1" /gw ping --port $2 2>/dev/null; do kill -0 $gw; done
chroot "$1" /gw reload --port $2
curl -sS http://127.0.0.1:$2/
chroot "$1" /gw stop --port $2
wait $gw
`;

describeWith(
  ON_X64_LINUX,
  AS_ROOT,
  WITH_OWN_MOUNTS,
  WITH_APT,
)("smoke", () => {
  let dir: TempDir;
  let system: string;

  beforeAll(() => {
    dir = makeTempDir();
    system = join(dir.path, "system");
    const debs = join(dir.path, "debs");
    mkdirSync(debs);
    run(["apt-get", "download", ...PACKAGES], debs);
    for (const name of new Bun.Glob("*.deb").scanSync(debs)) run(["dpkg", "-x", name, system], debs);
  });
  afterAll(() => dir[Symbol.dispose]());

  const build = (target: string): string => {
    const executable = join(dir.path, target, "gw");
    run(["node_modules/.bin/bun", "deploy/build.ts", "--target", `bun-${target}`, "--outfile", executable]);
    return executable;
  };

  test("gw for arm64 begins, in an emulation; to serve takes a system that runs such programs", () => {
    const emulator = [
      join(system, "usr/bin/qemu-aarch64-static"),
      "-L",
      join(system, "usr/aarch64-linux-gnu"),
    ];
    expect(run([...emulator, build("linux-arm64"), "version"])).toContain("linux-arm64");
  });

  test("gw for musl serves as another user, reloads and stops, and misses nothing of the C library", () => {
    const root = join(dir.path, "root");
    for (const name of ["lib", "proc", "dev", "tmp", "etc"]) mkdirSync(join(root, name), { recursive: true });
    copyFileSync(join(system, "lib/x86_64-linux-musl/libc.so"), join(root, "lib/ld-musl-x86_64.so.1"));
    for (const name of ["libstdc++.so.6", "libgcc_s.so.1"])
      copyFileSync(join(LIBRARIES, name), join(root, "lib", name));
    const shim = join(root, "lib/ld-linux-x86-64.so.2");
    run(["gcc", "-shared", "-nostdlib", "-fPIC", "-o", shim, "test/support/musl-shim.c"]);
    copyFileSync(build("linux-x64-musl"), join(root, "gw"));
    dir.write("root/etc/passwd", "nobody:x:65534:65534::/:/none\n");
    dir.write("root/etc/group", "nogroup:x:65534:\n");
    dir.write("root/app.ts", 'export default { fetch: () => new Response("as " + process.getuid()) };');
    run(["chmod", "1777", join(root, "tmp")]);
    const text = run([
      ...["env", "-i", `PATH=${process.env.PATH}`],
      ...["unshare", "-m", "bash", dir.write("serve.sh", SERVE), root, String(freePort())],
    ]);
    expect(text).toContain("as 65534");
    expect(text).toContain("stopped");
    expect(text).not.toMatch(/Z (?:warn|error) /);
    expect(text).not.toContain("can be opened");
  });
});
