import { describe, expect, test } from "bun:test";
import {
  findGroup,
  findUser,
  groupsOfUser,
  idFrom,
  readAccounts,
} from "../../../src/options/read/accounts.ts";

const ACCOUNTS = readAccounts(
  ["root:x:0:0:root:/root:/bin/bash", "501:x:7:7::/seven:", "shop:x:501:502::/home/shop:/bin/zsh", ""].join(
    "\n",
  ),
  ["root:x:0:", "shop:x:502:", "video:x:44:shop,www", "audio:x:45:www", "twice:x:502:shop", ""].join("\n"),
);

describe("accounts: what the files say", () => {
  test("users and groups, with what goes without saying where nothing is said", () => {
    expect(ACCOUNTS.users[2]).toEqual({
      name: "shop",
      uid: 501,
      gid: 502,
      home: "/home/shop",
      shell: "/bin/zsh",
    });
    expect(ACCOUNTS.users[1]).toEqual({ name: "501", uid: 7, gid: 7, home: "/seven", shell: "/bin/sh" });
    expect(readAccounts("a:x:1:1", "").users).toEqual([
      { name: "a", uid: 1, gid: 1, home: "/", shell: "/bin/sh" },
    ]);
    expect(ACCOUNTS.groups.slice(1, 3)).toEqual([
      { name: "shop", gid: 502, members: [] },
      { name: "video", gid: 44, members: ["shop", "www"] },
    ]);
  });

  test.each(["", "# a comment", "shop", ":x:1:1", "shop:x::1", "shop:x:-1:1", "shop:x:1:4294967295", "+"])(
    "a line that is no entry is skipped: %j",
    (line) => {
      expect(readAccounts(line, "")).toEqual({ users: [], groups: [] });
    },
  );

  test.each(["", "video", ":x:1:", "video:x:one:a", "video:x:4294967295:"])(
    "nor is one of a group: %j",
    (line) => {
      expect(readAccounts("", line).groups).toEqual([]);
    },
  );
});

describe("accounts: who is meant", () => {
  test("a name, else a number: a name may consist of digits", () => {
    expect(findUser(ACCOUNTS, "shop")?.uid).toBe(501);
    expect(findUser(ACCOUNTS, "501")?.uid).toBe(7);
    expect(findUser(ACCOUNTS, "7")?.name).toBe("501");
    expect([findUser(ACCOUNTS, "8"), findUser(ACCOUNTS, "07"), findUser(ACCOUNTS, "")]).toEqual(
      new Array(3).fill(undefined),
    );
    expect([findGroup(ACCOUNTS, "video")?.gid, findGroup(ACCOUNTS, "45")?.name]).toEqual([44, "audio"]);
    expect(findGroup(ACCOUNTS, "none")).toBeUndefined();
  });

  test("a user belongs to the own group, and to those that name it, each once", () => {
    expect(groupsOfUser(ACCOUNTS, "shop", 502)).toEqual([502, 44]);
    expect(groupsOfUser(ACCOUNTS, "nobody", 9)).toEqual([9]);
  });

  test.each([
    ["0", 0],
    ["4294967294", 4_294_967_294],
    // The kernel reads it as "leave it".
    ["4294967295", undefined],
    ["99999999999", undefined],
    ["-1", undefined],
    ["1.5", undefined],
    ["", undefined],
    [" 1", undefined],
  ])("the number %j", (text, id) => {
    expect(idFrom(text)).toBe(id as number);
  });
});
