// What must hold among the options that say who may ask, and the groups of auth processes that follow from them.
import { describe, expect, test } from "bun:test";
import { KEYS, rowOf } from "../../../src/options/declare/table.ts";
import { type Resolution, resolve } from "../../../src/options/resolve/resolve.ts";
import { good, resolveGroups } from "../configured.ts";
import { factsWith } from "../facts.ts";

const FILES = ["/srv/shop/app.ts", "/srv/shop/package.json", "/srv/shop/hook.ts", "/srv/shop/users"];
const at = (argv: string[], changes = {}): Resolution =>
  resolve({ argv: ["app.ts", ...argv], env: {}, facts: factsWith(FILES, changes) });
const problemsOf = ({ problems = [] }: Resolution) => problems.map(({ what, from }) => `${what} (${from})`);
const USERS = ["--auth-user-script", "hook.ts"];

describe("auth rules", () => {
  test.each<[string[], string[]]>([
    [
      ["--host-access-script", "no.ts"],
      ['hostAccessScript "/srv/shop/no.ts" does not exist (--host-access-script)'],
    ],
    [["--auth-user-file", "/srv"], ['authUserFile "/srv" is a directory, not a file (--auth-user-file)']],
    [
      [...USERS, "--auth-user-file", "users"],
      ["authUserFile and authUserScript both say who the users are (--auth-user-file)"],
    ],
    [
      [...USERS, "--auth-group", "a"],
      ["authGroup asks for groups, and nothing says who is in them (--auth-group)"],
    ],
    [
      ["--auth-group-script", "hook.ts", "--auth-group", "a"],
      ["authGroupScript needs users, and nothing says who they are (--auth-group-script)"],
    ],
    [
      [...USERS, "--auth-group-script", "hook.ts"],
      ["authGroupScript tells the groups of users, and no group is asked for (--auth-group-script)"],
    ],
    [["--auth-type", "Digest"], ["authType Digest needs users, and nothing says who they are (--auth-type)"]],
    [
      ["--auth-type", "Digest", "--auth-user-file", "users"],
      [
        "authType Digest needs what only a script can tell: the hashes of a file of users do not say it (--auth-type)",
      ],
    ],
  ])("auth rules: %j", (argv, problems) => {
    expect(problemsOf(at(argv))).toEqual(problems);
  });

  test("auth rules: scripts lie in the chroot, and the file of users need not", () => {
    const facts = { uid: 0, gid: 0 };
    const chroot = ["--chroot", "/srv/shop", "--server-root", "/srv/shop/root"];
    const outside = ["/srv/shop/app.ts", "/srv/hook.ts", "/srv/users"];
    const given = (argv: string[]) =>
      resolve({ argv: ["app.ts", ...chroot, ...argv], env: {}, facts: factsWith(outside, facts) });
    expect(problemsOf(given(["--host-access-script", "/srv/hook.ts"]))).toEqual([
      'hostAccessScript "/srv/hook.ts" lies outside of the chroot "/srv/shop", where the auth process cannot see it (--host-access-script)',
    ]);
    expect(given(["--auth-user-file", "/srv/users"]).problems).toBeUndefined();
  });

  test("auth rules: nothing of this in embedded mode, each by its name", () => {
    const problems = problemsOf(at(["--embedded-mode", ...USERS, "--auth-realm", "x"]));
    expect(problems.map((what) => what.split(" ")[0])).toEqual(["authUserScript", "authRealm"]);
  });

  test("auth rules: a rate of users where there are none is said", () => {
    const rates = ["--rate-limit", "user 5/s path=/login", "--rate-limit", "address 1/s"];
    const { warnings } = good(at(rates));
    expect(warnings).toEqual([
      'rateLimit "user 5/s path=/login" (--rate-limit) has no effect, because nobody is asked who he is',
    ]);
  });

  test("auth rules: what has no effect is said", () => {
    expect(good(at(["--auth-realm", "x", "--auth-path", "/a"])).warnings).toEqual([
      "authRealm (--auth-realm) has no effect, because neither a script nor a file of users is given",
      "authPath (--auth-path) has no effect, because neither a script nor a file of users is given",
    ]);
    expect(good(at([...USERS, "--auth-realm", "x"])).warnings).toEqual([]);
  });

  test("auth rules: every option of this kind may differ between groups and be changed by a reload", () => {
    const rows = KEYS.map(rowOf).filter(({ group }) => group === "Authentication");
    expect(rows.filter(({ scope, change }) => scope !== "group" || change !== "reload")).toEqual([]);
  });
});

describe("auth groups", () => {
  test("auth groups: one beside each group that is guarded, with its identity and its limits", () => {
    const { groups } = good(
      resolveGroups({
        web: {
          app: "web.ts",
          authUserScript: "api.ts",
          authProcesses: 3,
          memoryLimit: "256M",
          processes: "1..4",
        },
        mail: { app: "mail.ts", mount: "/mail" },
      }),
    );
    expect(groups.map(({ name, kind }) => [name, kind])).toEqual([
      ["web", "app"],
      ["mail", "app"],
      ["auth:web", "auth"],
    ]);
    const [web, , auth] = groups;
    expect([auth?.isMounted, auth?.settings.processes, auth?.settings.memoryLimit]).toEqual([
      false,
      { min: 3, max: 3 },
      256 * 2 ** 20,
    ]);
    expect([auth?.settings.home, auth?.account]).toEqual([web?.settings.home as string, web?.account]);
  });

  test("auth groups: a loop that stands still is ended after the auth timeout, or before", () => {
    const timeoutOf = (...argv: string[]) =>
      good(at([...USERS, ...argv])).groups.find(({ kind }) => kind === "auth")?.settings.deadlockTimeout;
    expect(timeoutOf("--auth-timeout", "3s")).toBe(4_000);
    expect(timeoutOf("--auth-timeout", "3s", "--deadlock-timeout", "2s")).toBe(2_000);
  });
});
