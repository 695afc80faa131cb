// What is asked of kernels that have Landlock, less of it, or none: a kernel that is only said to exist.
import { describe, expect, test } from "bun:test";
import type { PathGrant, RulesetWish } from "../../../ffi/rights/landlock.ts";
import { openConfinement } from "../../../src/child/launch/confinement.ts";
import { GwError } from "../../../src/core/errors.ts";
import type { ConfinementSetup } from "../../../src/link/launch/launching.ts";

const SETUP: ConfinementSetup = {
  readable: ["/srv/app", "/gone"],
  writable: ["/srv/data"],
  sockets: ["/run/gw"],
};

type Given = { setup?: Partial<ConfinementSetup>; isBestEffort?: boolean; chroot?: string; refuses?: string };

/** `version`: 0 for a kernel without Landlock. */
function open(version: number, { setup = {}, isBestEffort = false, chroot, refuses }: Given = {}) {
  const asked: { wish: RulesetWish; version: number }[] = [];
  const confining = {
    ...{ setup: { ...SETUP, ...setup }, isBestEffort, chroot, program: "/proc/self/exe" },
    exists: (path: string) => !path.includes("gone"),
  };
  const ruleset = { restrict: () => ({ ok: true }) as const };
  const kernel = {
    version: () =>
      version > 0 ? ({ ok: true, value: version } as const) : ({ ok: false, reason: "ENOSYS" } as const),
    make: (wish: RulesetWish, at: number) => {
      asked.push({ wish, version: at });
      return refuses === undefined
        ? ({ ok: true, value: ruleset } as const)
        : ({ ok: false, reason: refuses } as const);
    },
  };
  try {
    return { opened: openConfinement(confining, kernel) !== undefined, asked };
  } catch (thrown) {
    if (!(thrown instanceof GwError)) throw thrown;
    return { refused: `${thrown.cause_}: ${thrown.facts.reason}`, asked };
  }
}

const grantsOf = (paths: readonly PathGrant[], grant: string) =>
  paths.filter((path) => path.grant === grant).map(({ path }) => path);

describe("confinement: what a kernel lacks", () => {
  const ports = { setup: { connectPorts: [443] } };
  test.each<[what: string, version: number, given: Given, refused: string | undefined]>([
    ["no Landlock at all", 0, {}, "confinement_refused: the kernel has no Landlock: ENOSYS"],
    [
      "files could be emptied",
      2,
      {},
      "confinement_refused: the kernel's Landlock (version 2) does not hold the emptying of files (Linux 6.2)",
    ],
    [
      "a list of ports, and no ports",
      3,
      ports,
      "confinement_refused: the kernel's Landlock (version 3) does not hold TCP ports (Linux 6.7)",
    ],
    ["no list, and no ports", 3, {}, undefined],
    ["all that was asked for", 4, ports, undefined],
  ])("%s: version %i", (_, version, given, refused) => {
    const told = open(version, given);
    expect(told.refused).toBe(refused);
    // Nothing is opened by who is refused.
    expect(told.asked.length).toBe(refused === undefined ? 1 : 0);
  });

  test("with best effort: what there is is taken, and nothing of a kernel that has nothing", () => {
    expect(open(0, { isBestEffort: true })).toEqual({ opened: false, asked: [] });
    const less = open(2, { ...ports, isBestEffort: true });
    expect([less.opened, less.asked.map(({ version }) => version)]).toEqual([true, [2]]);
  });

  test("a path that the kernel does not take is named, also with best effort", () => {
    const refuses = "/srv/data: Too many levels of symbolic links";
    for (const isBestEffort of [false, true])
      expect(open(7, { isBestEffort, refuses }).refused).toBe(`confinement_refused: ${refuses}`);
  });
});

describe("confinement: what is granted", () => {
  test("what was named, as far as it is there, the program, and what each process gets to see of the system", () => {
    const [{ wish } = { wish: { paths: [] } }] = open(7).asked;
    expect(grantsOf(wish.paths, "write")).toEqual(["/srv/data"]);
    expect(grantsOf(wish.paths, "sockets")).toEqual(["/run/gw"]);
    const readable = grantsOf(wish.paths, "read");
    expect(readable).toContain("/usr");
    expect(readable.slice(-2)).toEqual(["/proc/self/exe", "/srv/app"]);
    expect(readable).not.toContain("/");
    // Of those that an operator has named no link is followed: it was resolved before.
    expect(wish.paths.filter(({ isReal }) => isReal).map(({ path }) => path)).toEqual([
      "/srv/app",
      "/srv/data",
      "/run/gw",
    ]);
  });

  test("below another root directory the system is that of both, for the program starts outside of it", () => {
    const [{ wish } = { wish: { paths: [] } }] = open(7, { chroot: "/jail" }).asked;
    const readable = grantsOf(wish.paths, "read");
    expect([readable.includes("/usr"), readable.includes("/jail/usr")]).toEqual([true, true]);
    expect(grantsOf(wish.paths, "device")).toContain("/jail/dev/null");
  });

  test("lists of ports reach the kernel as they are, also empty ones", () => {
    const [{ wish } = { wish: {} }] = open(7, { setup: { connectPorts: [], listenPorts: [80] } }).asked;
    expect(wish).toMatchObject({ connectPorts: [], listenPorts: [80] });
    const [{ wish: without } = { wish: {} }] = open(7).asked;
    expect(Object.keys(without)).toEqual(["paths"]);
  });
});
