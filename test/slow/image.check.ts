// The images of deploy/image, built by buildah without an engine, and run as containers do: as process 1 of namespaces of their
// own, any user, a root that is read-only. `npm run test:image`; it needs root, and the package buildah.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { writeCommon } from "../../deploy/release/common.ts";
import manifest from "../../package.json" with { type: "json" };
import { freePort } from "../support/free-port.ts";
import { freshBinary } from "../support/fresh-binary.ts";
import { guideBlock } from "../support/guide-block.ts";
import { eventually } from "../support/gw.ts";
import { processOneBelow } from "../support/namespaces.ts";
import { AS_ROOT, describeWith, type Need, testWith } from "../support/needs.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

setDefaultTimeout(300_000);

const ROOT = join(import.meta.dir, "../..");
const WITH_BUILDAH: Need = { isMet: Bun.which("buildah") !== null, why: "needs buildah" };
const MEMORY_GROUPS = "/sys/fs/cgroup/memory";
const WITH_MEMORY_GROUPS: Need = {
  isMet: existsSync(join(MEMORY_GROUPS, "memory.limit_in_bytes")),
  why: "needs control groups of version 1 for memory",
};
const ANYBODY = 23_456;

const APP = `
import { greet } from "greet";
export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/orphan") {
      // Its parent is gone at once, and nobody but process 1 can wait for it.
      const parent = Bun.spawn([process.execPath, "-e", "Bun.spawn([process.execPath, '-e', '0'])"], { env: { BUN_BE_BUN: "1" } });
      return new Response(String(await parent.exited));
    }
    return new Response(greet() + " " + process.getuid());
  },
};`;

const GREEDY = `const all = [];
export default {
  fetch(request) {
    for (; new URL(request.url).pathname === "/take"; ) all.push(new Uint8Array(2 ** 24).fill(1));
    return new Response("well");
  },
};`;

/**
 * $1: a root, $2: a user, further words: the command. Becomes process 1 there. APP: what lies at /app in the place of what the image has;
 * TMP: what is /tmp, of which nothing is left otherwise; GROUP: a control group for the memory of all of it.
 */
const CONTAINER = `set -e
root=$1 user=$2; shift 2
if [ -n "$GROUP" ]; then echo 0 > "$GROUP/cgroup.procs"; fi
mount --bind "$root" "$root"
mount -o remount,ro,bind "$root"
mount -t proc proc "$root/proc"
if [ -n "$TMP" ]; then mount --bind "$TMP" "$root/tmp"; else mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"; fi
if [ -n "$APP" ]; then mount --bind "$APP" "$root/app"; fi
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
mknod -m 666 "$root/dev/null" c 1 3
mknod -m 666 "$root/dev/urandom" c 1 9
exec chroot --userspec="$user:$user" --groups= "$root" "$@"
`;

describeWith(AS_ROOT, WITH_BUILDAH)("images", () => {
  let dir: TempDir;
  let port = 0;

  function run(...command: string[]): string {
    const env = { ...process.env, BUILDAH_ISOLATION: "chroot" };
    const { exitCode, stdout, stderr } = Bun.spawnSync(command, { cwd: dir.path, env });
    if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stdout}${stderr}`);
    return stdout.toString().trim();
  }
  const buildah = (...words: string[]) =>
    run("buildah", "--root", join(dir.path, "store"), "--runroot", join(dir.path, "run"), ...words);
  /** What containers.md says, word for word but for the program, which is another one here. */
  async function type(first: string, cwd: string): Promise<void> {
    const script = guideBlock("containers.md", first)
      .replace(/^docker run.*\n/gm, "")
      .replaceAll("docker build", 'buildah --root "$STORE" --runroot "$RUN" bud --pull=never');
    const places = {
      STORE: join(dir.path, "store"),
      RUN: join(dir.path, "run"),
      BUILDAH_ISOLATION: "chroot",
    };
    const shell = Bun.spawn(["bash", "-ec", `exec 2>&1\n${script}`], {
      cwd,
      env: { ...process.env, ...places },
    });
    const said = await new Response(shell.stdout).text();
    expect([script, await shell.exited, said]).toEqual([script, 0, said]);
  }
  const mounted = (image: string) => buildah("mount", buildah("from", "--pull=never", image));

  beforeAll(async () => {
    dir = makeTempDir();
    port = freePort();
    // In the place of the public image, which cannot be had here: the same files, of this machine.
    const system = join(dir.path, "system");
    const place = (path: string, to = path) => {
      mkdirSync(dirname(system + to), { recursive: true });
      copyFileSync(realpathSync(path), system + to);
    };
    for (const name of ["sh", "mkdir", "cp"]) {
      const path = realpathSync(Bun.which(name) ?? "");
      place(path, `/bin/${name}`);
      for (const library of run("ldd", path).match(/\/\S+/g) ?? []) place(library);
    }
    for (const name of ["libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0"])
      place(`/lib/x86_64-linux-gnu/${name}`);
    place("/etc/ssl/certs/ca-certificates.crt");
    const container = buildah("from", "scratch");
    buildah("copy", container, system, "/");
    buildah("config", "--env", "PATH=/bin", container);
    buildah("commit", container, "docker.io/library/buildpack-deps:bookworm-curl");
    const { version } = manifest;
    const archive = join(dir.path, `gw-${version}-linux-x64`);
    writeCommon(archive, { root: ROOT, version, date: "2026-11-29" });
    copyFileSync(freshBinary(), join(archive, "gw"));
    await type("docker build -f gw-", dir.path);
  });

  afterAll(() => {
    buildah("umount", "--all");
    buildah("rm", "--all");
    dir[Symbol.dispose]();
  });

  /** Resolves when gw serves there, or has ended. */
  async function serve(
    root: string,
    { on = {}, words = [] }: { on?: Record<string, string>; words?: string[] } = {},
  ) {
    const script = dir.write("container.sh", CONTAINER);
    const gw = [
      "/usr/local/bin/gw",
      "start-server",
      "/app/app.ts",
      "--host",
      "127.0.0.1",
      "--port",
      String(port),
    ];
    const command = [...gw, "--server-root", "/tmp/gw", ...words];
    const machine = Bun.spawn(
      ["unshare", "-m", "-p", "-f", "bash", script, root, String(ANYBODY), ...command],
      {
        env: { PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", ...on },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    let printed = "";
    for (const stream of [machine.stdout, machine.stderr]) {
      void (async () => {
        for await (const piece of stream) printed += new TextDecoder().decode(piece);
      })();
    }
    await eventually(() => /^gw: serving /m.test(printed) || machine.exitCode !== null, "it serves", 60_000);
    expect([machine.exitCode, printed]).toEqual([null, printed]);
    return { machine, inside: processOneBelow(machine.pid), printed: () => printed };
  }
  const get = async (path = "") => await (await fetch(`http://127.0.0.1:${port}/${path}`)).text();

  test("the image holds the executable, its loader's files, certificates and a user, and nothing else", () => {
    const root = mounted("gw");
    const files = readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
      .toSorted();
    expect(files).toEqual([
      "/etc/group",
      "/etc/passwd",
      "/etc/ssl/certs/ca-certificates.crt",
      "/lib/libc.so.6",
      "/lib/libdl.so.2",
      "/lib/libm.so.6",
      "/lib/libpthread.so.0",
      "/lib64/ld-linux-x86-64.so.2",
      "/usr/local/bin/gw",
      "/usr/share/doc/gw/LICENSE",
      "/usr/share/doc/gw/THIRD-PARTY.md",
    ]);
  });

  test("an app with dependencies is built on it without another image, and is served, reloaded and stopped as process 1", async () => {
    const app = join(dir.path, "shop");
    const greet = join(dir.path, "greet/package");
    for (const path of [app, greet]) mkdirSync(path, { recursive: true });
    await Bun.write(
      join(greet, "package.json"),
      JSON.stringify({ name: "greet", version: "1.0.0", main: "index.js" }),
    );
    await Bun.write(join(greet, "index.js"), 'exports.greet = () => "hello from a package";');
    run("tar", "-C", dirname(greet), "-czf", join(dir.path, "greet.tgz"), "package");
    using registry = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => new Response(Bun.file(join(dir.path, "greet.tgz"))),
    });
    const dependencies = { greet: `http://127.0.0.1:${registry.port}/greet.tgz` };
    await Bun.write(join(app, "package.json"), JSON.stringify({ name: "shop", dependencies }));
    await Bun.write(join(app, "app.ts"), APP);
    // The registry is in this process, which must not be blocked meanwhile.
    const env = { BUN_BE_BUN: "1", HOME: dir.path };
    const install = Bun.spawn([freshBinary(), "install"], {
      cwd: app,
      env,
      stdio: ["ignore", "ignore", "inherit"],
    });
    expect([await install.exited, existsSync(join(app, "bun.lock"))]).toEqual([0, true]);
    // What was installed here stays here.
    writeFileSync(
      join(app, "node_modules/greet/index.js"),
      'exports.greet = () => "hello from this machine";',
    );
    await type("cp ../gw-", app);
    expect(readdirSync(join(mounted("shop:1"), "app")).toSorted()).toEqual([
      "app.ts",
      "bun.lock",
      "node_modules",
      "package.json",
    ]);

    const root = mounted("shop:1");
    const { machine, inside } = await serve(root, { words: ["--processes", "auto"] });
    expect(await get()).toBe(`hello from a package ${ANYBODY}`);

    for (let round = 0; round < 10; round++) expect(await get("orphan")).toBe("0");
    await eventually(() => zombiesOf(inside) === 0, "orphans are waited for");

    const nsenter = [
      "nsenter",
      "-t",
      String(inside),
      "-m",
      "-p",
      "-r",
      "-S",
      String(ANYBODY),
      "-G",
      String(ANYBODY),
    ];
    run(...nsenter, "/usr/local/bin/gw", "reload", "--server-root", "/tmp/gw");
    expect(await get()).toBe(`hello from a package ${ANYBODY}`);

    process.kill(inside, "SIGTERM");
    expect(await machine.exited).toBe(0);
  });

  test("killed by SIGKILL it takes all of its processes along, and the next container serves with the /tmp that it has left", async () => {
    const [app, tmp] = [join(dir.path, "plain"), join(dir.path, "tmp")];
    for (const path of [app, tmp]) mkdirSync(path);
    chmodSync(tmp, 0o1777);
    writeFileSync(join(app, "app.ts"), 'export default { fetch: () => new Response("plain") };');
    const on = { APP: app, TMP: tmp };
    const killed = await serve(mounted("gw"), { on });
    expect(await get()).toBe("plain");
    process.kill(killed.inside, "SIGKILL");
    await killed.machine.exited;
    await expect(get()).rejects.toThrow();
    expect(existsSync(join(tmp, "gw/gw.pid"))).toBe(true);
    const next = await serve(mounted("gw"), { on });
    expect(await get()).toBe("plain");
    process.kill(next.inside, "SIGTERM");
    expect(await next.machine.exited).toBe(0);
  });

  testWith(WITH_MEMORY_GROUPS)(
    "a worker that takes all memory of the container is ended by the kernel, which gw tells, and serves on",
    async () => {
      const app = join(dir.path, "greedy");
      mkdirSync(app);
      writeFileSync(join(app, "app.ts"), GREEDY);
      using group = makeMemoryGroup(400 * 2 ** 20);
      const { machine, inside, printed } = await serve(mounted("gw"), {
        on: { APP: app, GROUP: group.path },
        words: ["--processes", "1"],
      });
      expect(await get()).toBe("well");
      expect((await fetch(`http://127.0.0.1:${port}/take`)).status).toBe(502);
      await eventually(async () => (await get()) === "well", "it serves again", 30_000);
      expect(printed()).toContain("kind=oom_killer");
      process.kill(inside, "SIGTERM");
      expect(await machine.exited).toBe(0);
    },
  );
});

/** Of control groups version 1; those of version 2 lend memory only where who made them says so. */
function makeMemoryGroup(bytes: number) {
  const path = mkdtempSync(join(MEMORY_GROUPS, "gw-"));
  writeFileSync(join(path, "memory.limit_in_bytes"), String(bytes));
  return { path, [Symbol.dispose]: () => rmdirSync(path) };
}

function zombiesOf(pid: number): number {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean),
  );
  return children.filter((child) => /^State:\tZ/m.test(readFileSync(`/proc/${child}/status`, "utf8"))).length;
}
