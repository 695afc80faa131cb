import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { groupsOfUser, readAccounts } from "../../../src/options/read/accounts.ts";
import { resolve } from "../../../src/options/resolve/resolve.ts";
import { ACCOUNTS, factsWith } from "../facts.ts";

const asRoot = factsWith(undefined, { uid: 0, gid: 0 });
const asShop = factsWith();

function accountOf(argv: string[], facts = asRoot) {
  const resolution = resolve({ argv, env: {}, facts });
  if (resolution.problems) throw new Error(resolution.problems.map(({ what }) => what).join("; "));
  return resolution.account;
}

const problemsOf = (argv: string[], facts = asRoot) =>
  (resolve({ argv, env: {}, facts }).problems ?? []).map(({ what, from, advice }) => [what, from, advice]);

describe("whom root becomes", () => {
  const www = { name: "www-data", uid: 33, gid: 33, home: "/var/www", shell: "/bin/sh" };
  const table: [string, string[], object | undefined][] = [
    ["nobody else without --user", [], undefined],
    ["a user by name, with all groups", ["--user", "www-data"], { ...www, groups: [33, 44] }],
    ["a user by number", ["--user", "33"], { ...www, groups: [33, 44] }],
    [
      "with another group",
      ["--user", "www-data", "--group", "shop"],
      { ...www, gid: 501, groups: [501, 44] },
    ],
    [
      "with groups of one's choice, in place of the user's",
      ["--user", "www-data", "--supplementary-groups", "shop,7"],
      { ...www, groups: [33, 501, 7] },
    ],
    ["with no further group", ["--user", "www-data", "--supplementary-groups="], { ...www, groups: [33] }],
    [
      "a number without an entry, when the group is given",
      ["--user", "4711", "--group", "4712"],
      { name: "4711", uid: 4711, gid: 4712, home: "/", shell: "/bin/sh", groups: [4712] },
    ],
  ];
  test.each(table)("identity: %s", (_name, argv, expected) => {
    expect(accountOf(argv)).toEqual(expected as never);
  });

  test("identity: an ordinary user stays who it is, and may say so", () => {
    expect([accountOf([], asShop), accountOf(["--user", "shop", "--group", "501"], asShop)]).toEqual([
      undefined,
      undefined,
    ]);
  });
});

describe("what is refused", () => {
  const table: [string, string[], string[][]][] = [
    [
      "an unknown user, with the nearest",
      ["--user", "nobdy"],
      [['user cannot be "nobdy": there is no such name in /etc/passwd', "--user", 'Did you mean "nobody"?']],
    ],
    [
      "all unknown names at once",
      ["--user", "qqq", "--group", "zzz", "--supplementary-groups", "video,xxx"],
      [
        [
          'user cannot be "qqq": there is no such name in /etc/passwd',
          "--user",
          "Make it first, or give a number",
        ],
        [
          'group cannot be "zzz": there is no such name in /etc/group',
          "--group",
          "Make it first, or give a number",
        ],
        [
          'supplementaryGroups cannot be "xxx": there is no such name in /etc/group',
          "--supplementary-groups",
          "Make it first, or give a number",
        ],
      ],
    ],
    [
      "root as the user of an app",
      ["--user", "root"],
      [
        [
          'user "root" is root, who is not to run an app',
          "--user",
          "Give an ordinary user, for example one made for this app",
        ],
      ],
    ],
    [
      "a number without an entry and without a group",
      ["--user", "4711"],
      [
        [
          'user "4711" has no entry in /etc/passwd, so that its group is not known',
          "--user",
          "Give a group as well, with --group",
        ],
      ],
    ],
    [
      "a group without a user",
      ["--group", "video"],
      [["group has no effect without a user", "--group", "Give a user as well, with --user"]],
    ],
    [
      "root without a user, under --deny-root",
      ["--deny-root"],
      [
        [
          "gw was started as root, and denyRoot forbids to run the app as root",
          "--deny-root",
          "Name another user with --user, or start gw as an ordinary user",
        ],
      ],
    ],
  ];
  test.each(table)("identity: %s", (_name, argv, expected) => {
    expect(problemsOf(argv)).toEqual(expected);
  });

  test("identity: --deny-root has nothing against root with a user, or against somebody else", () => {
    expect(accountOf(["--deny-root", "--user", "nobody"])?.uid).toBe(65_534);
    expect(accountOf(["--deny-root"], asShop)).toBeUndefined();
  });

  test("identity: whoever is not root cannot become somebody else, and is told why", () => {
    const because = 'gw runs as user "shop", and only root can change that';
    const asked = ["--user", "nobody"];
    expect(problemsOf(asked, asShop).map(([what]) => what)).toEqual([`user cannot be "nobody": ${because}`]);
    expect(problemsOf(["--group", "video"], asShop).map(([what]) => what)).toEqual([
      `group cannot be "video": ${because}`,
    ]);
    expect(problemsOf(["--supplementary-groups", "video"], asShop).map(([what]) => what)).toEqual([
      `supplementaryGroups cannot be set: ${because}`,
    ]);
  });
});

describe("the files of accounts", () => {
  test("accounts: lines that are no entries are skipped", () => {
    const passwd =
      "# comment\n\n+::::::\nbroken:x:one:2::/:\nok:x:7:8:Some One,,,:/home/ok:/bin/zsh\n:x:1:1::/:\n";
    expect(readAccounts(passwd, "nonsense\ng:x:9:a,b,,\nbad:x::\n")).toEqual({
      users: [{ name: "ok", uid: 7, gid: 8, home: "/home/ok", shell: "/bin/zsh" }],
      groups: [{ name: "g", gid: 9, members: ["a", "b"] }],
    });
  });

  test("accounts: an entry without home or shell has the usual ones", () => {
    expect(readAccounts("a:x:1:2:::", "").users[0]).toMatchObject({ home: "/", shell: "/bin/sh" });
  });

  test("accounts: no text at all makes the reader throw", () => {
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => Array.isArray(readAccounts(a, b).users)));
  });

  test("accounts: a user's own group comes first and once", () => {
    expect(groupsOfUser(ACCOUNTS, "shop", 44)).toEqual([44]);
    expect(groupsOfUser(ACCOUNTS, "shop", 501)).toEqual([501, 44]);
  });
});
