// The packages that `npm run release` makes, installed as a user does. `npm run test:packages`; what it installs goes to directories
// of its own, and from files alone.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeCommon } from "../../deploy/release/common.ts";
import { writeDeb } from "../../deploy/release/deb.ts";
import { aboutIn, writeMainPackage, writeTargetPackage } from "../../deploy/release/npm.ts";
import manifest from "../../package.json" with { type: "json" };
import { os } from "../../src/os/os.ts";
import { control } from "../support/control.ts";
import { freshBinary } from "../support/fresh-binary.ts";
import { eventually, startGw } from "../support/gw.ts";
import {
  AS_ROOT,
  describeWith,
  type Need,
  ON_X64_LINUX,
  testWith,
  WITH_OWN_MOUNTS,
} from "../support/needs.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

setDefaultTimeout(120_000);

const ROOT = join(import.meta.dir, "../..");
const WITH_NPM: Need = { isMet: Bun.which("npm") !== null, why: "needs npm" };

const WITH_LINTIAN: Need = { isMet: Bun.which("lintian") !== null, why: "needs lintian" };
const WITH_DPKG: Need = { isMet: Bun.which("dpkg") !== null, why: "needs dpkg" };

function run(command: string[], cwd: string, env: Record<string, string> = {}) {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, { cwd, env: { ...process.env, ...env } });
  return { code: exitCode, text: `${stdout}${stderr}` };
}

const APP = (version: string) => `
import { requestInfo } from "gw";
export default {
  fetch: () => new Response("${version} " + requestInfo()?.group),
};
`;
const CONFIG = `
import type { GwConfig } from "gw/config";
export default { app: "app.ts", processes: 2 } satisfies GwConfig;
`;
const WRONG_CONFIG = `
import type { GwConfig } from "gw/config";
export default { app: "app.ts", process: 2 } satisfies GwConfig;
`;
const TYPES = {
  compilerOptions: { strict: true, noEmit: true, module: "preserve", target: "esnext", types: [] },
  include: ["*.ts"],
};

describeWith(ON_X64_LINUX, WITH_NPM)("npm", () => {
  let dir: TempDir;
  let project: string;

  beforeAll(async () => {
    dir = makeTempDir();
    project = join(dir.path, "project");
    const packages = {
      root: ROOT,
      directory: join(dir.path, "npm"),
      about: aboutIn(ROOT),
      at: new Date(1_700_000_000_000),
      level: 1,
    };
    const executable = freshBinary();
    const files = [
      await writeMainPackage(packages),
      await writeTargetPackage(packages, { name: "linux-x64" }, { executable, licences: "" }),
    ];
    mkdirSync(project);
    writeFileSync(join(project, "package.json"), '{ "name": "shop", "private": true }');
    const words = ["install", "--offline", "--no-audit", "--no-fund", "--ignore-scripts", ...files];
    const env = { npm_config_cache: join(dir.path, "cache"), HOME: dir.path };
    expect(run(["npm", ...words], project, env)).toMatchObject({ code: 0 });
    writeFileSync(join(project, "app.ts"), APP("one"));
    writeFileSync(join(project, "gw.config.ts"), CONFIG);
  });

  afterAll(() => dir[Symbol.dispose]());

  test("npx gw is the executable of this machine, with its exit codes", () => {
    const { version } = aboutIn(ROOT);
    const told = run(["npx", "--offline", "gw", "version"], project);
    expect(told.text).toMatch(new RegExp(`^gw ${version} .*linux-x64`, "m"));
    expect(told.code).toBe(0);
    expect(run(["npx", "--offline", "gw", "no-such-command"], project).code).toBe(64);
  });

  test("npm start serves and reloads, and a signal to npm is one to gw", async () => {
    // Without exec npm's shell stays in between, and ends alone by the signal.
    writeFileSync(
      join(project, "package.json"),
      JSON.stringify({ name: "shop", scripts: { start: "exec gw" } }),
    );
    const command = ["npm", "start", "--silent", "--"];
    await using gw = await startGw([], { command, cwd: project });
    const get = async () => await (await fetch(gw.url)).text();
    expect(await get()).toBe("one default");
    writeFileSync(join(project, "app.ts"), APP("two"));
    expect(await control(gw, "reload")).toMatchObject({ code: 0 });
    expect(await get()).toBe("two default");
    expect(await gw.stop()).toBe(0);
    await expect(fetch(gw.url)).rejects.toThrow();
  });

  test("a signal to npx gw start-server is one to gw", async () => {
    await using gw = await startGw([], { command: ["npx", "--offline", "gw"], cwd: project });
    const { stdout } = await control(gw, "status", "--json");
    const { pid } = JSON.parse(stdout);
    expect(pid).not.toBe(gw.pid);
    // npm itself ends by the signal.
    expect(await gw.stop()).toBe(143);
    expect(gw.stderr()).toContain("reason=shutdown_signal");
    await eventually(() => !os.isRunning(pid), "gw has ended");
  });

  test("the installed command is the supervisor itself, and leaves with its code", async () => {
    const command = [join(project, "node_modules/.bin/gw")];
    await using gw = await startGw([], { command, cwd: project });
    const { stdout } = await control(gw, "status", "--json");
    expect(JSON.parse(stdout).pid).toBe(gw.pid);
    expect(readFileSync(`/proc/${gw.pid}/cmdline`, "utf8")).toStartWith(
      join(project, "node_modules/@gw/linux-x64/gw"),
    );
    expect(await gw.stop()).toBe(0);
  });

  test("an app and a configuration find the types, and plain Bun and Node find the module", async () => {
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify(TYPES));
    const tsc = () => run([join(ROOT, "node_modules/.bin/tsc"), "-p", project], project);
    expect(tsc()).toEqual({ code: 0, text: "" });
    writeFileSync(join(project, "gw.config.ts"), WRONG_CONFIG);
    expect(tsc().text).toContain("'process' does not exist");
    writeFileSync(join(project, "gw.config.ts"), CONFIG);
    const script = 'import { requestInfo } from "gw"; console.log(requestInfo());';
    const plain = ["node", "--input-type=module", "-e", script];
    expect(run(plain, project)).toEqual({ code: 0, text: "undefined\n" });
  });
});

/** On an overlay of this machine, which it cannot change. $1: a directory, $2: the package. systemd does not run there. */
const DEBIAN = `set -e
mount --make-rprivate /
mkdir -p "$1/over" "$1/root"
mount -t tmpfs tmpfs "$1/over"
mkdir "$1/over/up" "$1/over/work"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/over/up,workdir=$1/over/work" "$1/root"
cp "$2" "$1/root/gw.deb"
mount -t proc proc "$1/root/proc"
mount -t devtmpfs dev "$1/root/dev" 2>/dev/null || mount --bind /dev "$1/root/dev"
mount -t tmpfs run "$1/root/run"
mount -t tmpfs tmp "$1/root/tmp"
chmod 1777 "$1/root/tmp"
exec chroot "$1/root" sh -e -c '
cd /
dpkg -i gw.deb
dpkg --verify gw
echo "installed by $(stat -c %U:%G /usr/bin/gw) for $(id -un gw)"
systemd-analyze verify /usr/lib/systemd/system/gw.service 2>&1 | grep gw.service || echo "the unit is right"
setpriv --reuid gw --regid gw --clear-groups /usr/bin/gw check-config --config /etc/gw/gw.config.json
echo "// mine" >> /etc/gw/gw.config.json
dpkg -i --force-confdef gw.deb
tail -1 /etc/gw/gw.config.json
mkdir -p /var/lib/gw
dpkg -r gw
test -e /etc/gw/gw.config.json
! test -e /usr/bin/gw
dpkg -P gw
for path in /etc/gw /var/lib/gw /etc/logrotate.d/gw; do ! test -e $path; done
id gw 2>&1 || echo purged
'
`;

describeWith(
  ON_X64_LINUX,
  AS_ROOT,
  WITH_OWN_MOUNTS,
  WITH_DPKG,
)("debian", () => {
  let dir: TempDir;
  let path: string;
  beforeAll(async () => {
    dir = makeTempDir();
    const archive = join(dir.path, "archive");
    const { version } = aboutIn(ROOT);
    writeCommon(archive, { root: ROOT, version, date: "2026-11-29" });
    copyFileSync(freshBinary(), join(archive, "gw"));
    const about = { ...aboutIn(ROOT), maintainer: manifest.author };
    const deb = { root: ROOT, directory: dir.path, about, at: new Date(1_700_000_000_000), level: 1 };
    path = await writeDeb(deb, { architecture: "amd64", archive });
  });
  afterAll(() => dir[Symbol.dispose]());

  testWith(WITH_LINTIAN)("lintian finds nothing that its overrides do not explain", () => {
    const words = ["--allow-root", "--tag-display-limit", "0", "--fail-on", "error,warning", path];
    expect(run(["lintian", ...words], dir.path)).toEqual({ code: 0, text: "" });
  });

  test("dpkg installs it with its user, keeps what was edited, and purges all of it", () => {
    const { code, text } = run(
      ["unshare", "-m", "bash", dir.write("install.sh", DEBIAN), dir.path, path],
      dir.path,
      { DEBIAN_FRONTEND: "noninteractive" },
    );
    expect([code, text]).toEqual([0, text]);
    for (const line of [
      "installed by root:root for gw",
      "the unit is right",
      "configuration is valid",
      "// mine",
      "purged",
    ])
      expect(text).toContain(line);
  });
});
