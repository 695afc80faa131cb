import { expect, test } from "bun:test";
import { type Resolution, resolve } from "../../../src/options/resolve/resolve.ts";
import { dressWorker, environmentFor } from "../../../src/supervisor/child/child-setup.ts";
import { pythonPartOf } from "../../../src/supervisor/groups/python-setup.ts";
import { factsWith } from "../../options/facts.ts";

type Resolved = Exclude<Resolution, { problems: object }>;

function resolved(argv: string[]): Resolved {
  const facts = factsWith(["/srv/shop/wsgi.py", "/usr/bin/python3", "/srv/usr/bin/python3"], {
    uid: 0,
    gid: 0,
  });
  const resolution = resolve({ argv: ["wsgi.py", ...argv], env: {}, facts });
  if (resolution.problems) throw new Error(resolution.problems.map(({ what }) => what).join());
  return resolution;
}

const groupOf = (argv: string[]) => resolved(argv).groups[0] as Resolved["groups"][0];

test("launch table: an app in Python has no variables of the runtime, and those of its interpreter", () => {
  const env = { PATH: "/bin", PYTHONHOME: "/p", PYTHONSTARTUP: "a.py", PYTHONPATH: "/lib", BUN_OPTIONS: "x" };
  expect(environmentFor(env, groupOf([]))).toEqual({ PATH: "/bin", PYTHONPATH: "/lib" });
  const options = ["--hash-seed=7", "--dont-write-bytecode", "--memory-limit=64M", "--passenv", "PYTHONHOME"];
  expect(environmentFor(env, groupOf(options))).toEqual({
    PATH: "/bin",
    PYTHONPATH: "/lib",
    PYTHONHOME: "/p",
    PYTHONHASHSEED: "7",
    PYTHONDONTWRITEBYTECODE: "1",
  });
});

test("launch table: gw's own program is told what to become, and whom", () => {
  const dress = (argv: string[]) =>
    dressWorker({}, groupOf(argv), 8000, "/srv/shop", ({ name }) => `/srv/run/${name}`).launch?.();
  expect(dress([])).toEqual({
    role: "worker",
    command: ["/usr/bin/python3", "/srv/run/worker.py", expect.any(String) as never],
    home: "/srv/shop",
    limits: { isBestEffort: false },
    identity: {},
  });
  const inside = ["--chroot", "/srv", "--user", "shop", "--cpu-priority", "5", "--server-root", "/srv/run"];
  expect(dress(inside)).toMatchObject({
    command: ["/usr/bin/python3", "/run/worker.py", expect.any(String) as never],
    home: "/shop",
    limits: { cpuPriority: 5 },
    identity: { chroot: "/srv", account: { name: "shop", uid: 501 } },
  });
});

test("launch table: what a worker in Python is told besides", () => {
  expect(pythonPartOf(groupOf([]))).toEqual({
    threads: 5,
    processes: 1,
    title: "(gw:default)",
    isMultiprocess: false,
    isRunOnce: false,
    path: [],
    trustsPrefix: false,
    trustsPort: false,
    variables: {},
    tellsSsl: false,
    reloadsScript: true,
    switchIntervalMs: 0.25,
    hides: [],
  });
  const said = [
    "--threads=1",
    "--maximum-requests=1",
    "--processes=1",
    "--python-path=/srv/shop/lib",
    "--hash-seed=1",
    "--setenv=COLOR=red",
    "--setenv=HTTPS=1",
  ];
  expect(pythonPartOf(groupOf([...said, "--switch-interval=2ms"]))).toMatchObject({
    threads: 1,
    isMultiprocess: true,
    isRunOnce: true,
    path: ["/srv/shop/lib"],
    switchIntervalMs: 2,
    variables: { COLOR: "red" },
    hides: ["PYTHONHASHSEED"],
  });
});
