// Confinement where it has to get along with something else on the real gw: kernels without Landlock, hooks, another root directory,
// embedded mode, an environment of Python, and an ordinary user who may more than others.
import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { landlockVersion } from "../../ffi/rights/landlock.ts";
import { gwCommand, runGw, startGw } from "../support/gw.ts";
import { AS_ROOT, describeWith, type Need, testWith, WITH_PYTHON } from "../support/needs.ts";
import { childInRole } from "../support/proc-status.ts";
import { runTool } from "../support/python-packages.ts";
import { makePublicDir, type TempDir } from "../support/temp-dir.ts";
import { PYTHON } from "../support/worker-process.ts";

setDefaultTimeout(60_000);

const LANDLOCK: Need = { isMet: landlockVersion().ok, why: "needs Landlock" };
const WITH_SETPRIV: Need = { isMet: Bun.which("setpriv") !== null, why: "needs setpriv" };

const TRIES = `
  import { readFileSync } from "node:fs";
  export const tries = (path: string) => { try { return readFileSync(path, "utf8") } catch (error) { return error.code } };`;
const APP = `
  import { tries } from "./tries.ts";
  export default { fetch: (request) => new Response(tries(new URL(request.url).searchParams.get("path"))) };`;

/** An app at \`app/app.ts\`, and a file beside its directory that everybody may read. */
function makeWorld(): TempDir & { app: string; outside: string } {
  const dir = makePublicDir();
  mkdirSync(join(dir.path, "app"));
  dir.write("app/tries.ts", TRIES);
  const [app, outside] = [dir.write("app/app.ts", APP), dir.write("secret", "secret")];
  return Object.assign(dir, { app, outside });
}

const read = async (url: string, path: string) =>
  (await fetch(`${url}?path=${encodeURIComponent(path)}`)).text();

const [NONE, NET_BIND_SERVICE] = ["0000000000000000", "0000000000000400"];

/** The permitted and the effective capabilities of its threads, each that is different. */
function heldBy(pid: number): string[] {
  const held = readdirSync(`/proc/${pid}/task`).map((thread) => {
    const text = readFileSync(`/proc/${pid}/task/${thread}/status`, "utf8");
    return ["CapPrm", "CapEff"]
      .map((set) => new RegExp(`^${set}:\\s*(\\S+)$`, "m").exec(text)?.[1])
      .join(" ");
  });
  return [...new Set(held)];
}

/** Runs what follows on a kernel that has no Landlock, as far as that can tell: its first call is none that the kernel knows. */
const WITHOUT_LANDLOCK = `
import ctypes, os, struct, sys
ALLOW, NO_CALL = 0x7fff0000, 0x00050000 | 38
rules = [(0x20, 0, 0, 0), (0x15, 0, 1, 444), (0x06, 0, 0, NO_CALL), (0x06, 0, 0, ALLOW)]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *rule) for rule in rules))
program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(rules), ctypes.addressof(code)))
libc = ctypes.CDLL(None, use_errno=True)
for option, value, more in ((38, 1, 0), (22, 2, ctypes.addressof(program))):
    if libc.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(more), ctypes.c_ulong(0), ctypes.c_ulong(0)) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
os.execv(sys.argv[1], sys.argv[1:])
`;

describeWith(WITH_PYTHON)("on a kernel without Landlock", () => {
  const command = [PYTHON as string, "-c", WITHOUT_LANDLOCK, ...gwCommand()];

  test("confinement: it is refused by name, before anything serves", async () => {
    using world = makeWorld();
    const { code, stderr } = await runGw(["start-server", world.app, "--port", "0", "--confine"], {
      command,
    });
    expect(code).toBe(78);
    expect(stderr).toContain("The worker cannot be confined: the kernel has no Landlock");
    expect(stderr).toContain("--best-effort-limits");
  });

  test("confinement: with --best-effort-limits it goes on, and status says that nothing is held", async () => {
    using world = makeWorld();
    const root = join(world.path, "root");
    const asked = [world.app, "--confine", "--best-effort-limits", "--server-root", root];
    await using gw = await startGw(asked, { command });
    expect(await read(gw.url, world.outside)).toBe("secret");
    const { stdout } = await runGw(["status", "--json", "--server-root", root]);
    expect(JSON.parse(stdout).groups[0].workers[0].limits.confinement).toBe("none");
    const doctor = await runGw(["doctor"], { command });
    expect(doctor.stdout).toMatch(/confinement +limited +no Landlock/);
  });
});

describeWith(LANDLOCK)("with something else", () => {
  test("confinement: hooks are held as the app is, and may read what is named", async () => {
    using world = makeWorld();
    const hooks = world.write(
      "app/hooks.ts",
      `import { tries } from "./tries.ts";
       export const allowAccess = () => tries(${JSON.stringify(world.outside)}) === "EACCES";`,
    );
    const asked = [world.app, "--host-access-script", hooks, "--confine"];
    for (const [more, status] of [
      [[], 200],
      [["--readable", world.outside], 403],
    ] as const) {
      await using gw = await startGw([...asked, ...more]);
      expect((await fetch(`${gw.url}?path=/`)).status).toBe(status);
    }
  });

  test("confinement: in embedded mode it holds as well, and the port of the clients needs no word", async () => {
    using world = makeWorld();
    await using gw = await startGw([world.app, "--embedded-mode", "--confine", "--listen-ports", "9"]);
    expect(await read(gw.url, world.outside)).toBe("EACCES");
    expect(await read(gw.url, world.app)).toBe(APP);
  });

  testWith(AS_ROOT)(
    "confinement: below another root directory only what is granted there can be read",
    async () => {
      using jail = makePublicDir();
      mkdirSync(join(jail.path, "srv"));
      mkdirSync(join(jail.path, "data"));
      jail.write("srv/tries.ts", TRIES);
      jail.write("secret", "secret");
      jail.write("data/told", "told");
      const app = jail.write("srv/app.ts", APP);
      const place = ["--chroot", jail.path, "--user", "nobody", "--server-root", join(jail.path, "root")];
      await using gw = await startGw([app, ...place, "--confine", "--readable", join(jail.path, "data")]);
      expect(await read(gw.url, "/srv/app.ts")).toBe(APP);
      expect(await read(gw.url, "/data/told")).toBe("told");
      expect(await read(gw.url, "/secret")).toBe("EACCES");
      expect(heldBy(childInRole(gw.pid, "__worker").pid)).toEqual([`${NONE} ${NONE}`]);
    },
  );

  testWith(WITH_PYTHON)(
    "confinement: an environment of Python outside of the app's home is read, and nothing beside it",
    async () => {
      using world = makeWorld();
      const env = join(world.path, "envs/shop");
      mkdirSync(join(world.path, "envs"));
      runTool([PYTHON as string, "-m", "venv", "--without-pip", env]);
      const [lib = ""] = readdirSync(join(env, "lib"));
      writeFileSync(join(env, "lib", lib, "site-packages/parcel.py"), "word = 'from the environment'\n");
      const app = world.write(
        "app/wsgi.py",
        `import parcel
def application(environ, start_response):
    try:
        said = open(${JSON.stringify(world.outside)}).read()
    except OSError as error:
        said = type(error).__name__
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [("%s, %s" % (parcel.word, said)).encode()]
`,
      );
      await using gw = await startGw([app, "--confine", "--python", join(env, "bin/python")]);
      expect(await (await fetch(gw.url)).text()).toBe("from the environment, PermissionError");
    },
  );
});

describeWith(AS_ROOT, WITH_SETPRIV)("an ordinary user who has capabilities", () => {
  const given = "+net_bind_service,+net_raw";
  const command = [
    ...["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"],
    ...[`--inh-caps=${given}`, `--ambient-caps=${given}`, ...gwCommand()],
  ];
  test.each([
    ["a worker has none of them, in none of its threads", [], NONE],
    ["in embedded mode it keeps the right to listen, and no other", ["--embedded-mode"], NET_BIND_SERVICE],
  ] as const)("confinement: %s", async (_, more, kept) => {
    using world = makeWorld();
    chmodSync(world.path, 0o777);
    const root = join(world.path, "root");
    const env = { TMPDIR: world.path };
    await using gw = await startGw([world.app, "--server-root", root, ...more], {
      command,
      env,
      cwd: world.path,
    });
    expect(await read(gw.url, world.outside)).toBe("secret");
    const { pid } = childInRole(gw.pid, "__worker");
    expect(readdirSync(`/proc/${pid}/task`).length).toBeGreaterThan(1);
    expect(heldBy(pid)).toEqual([`${kept} ${kept}`]);
    const { stdout } = await runGw(["status", "--json", "--server-root", root]);
    expect(JSON.parse(stdout).groups[0].workers[0].limits).toMatchObject({
      noNewPrivileges: "yes",
      capabilities: kept === NET_BIND_SERVICE ? kept : "none",
    });
  });
});
