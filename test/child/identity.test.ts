import { expect, test } from "bun:test";
import { findLeak } from "../../src/child/identity.ts";

const account = { name: "shop", uid: 501, gid: 20, groups: [20, 44] };
const clean = { uids: [501, 501, 501], gids: [20, 20, 20], groups: [20, 44] };

test.each<[string, Partial<typeof clean>, string | undefined]>([
  ["nothing", {}, undefined],
  ["nothing, when the own group is not listed among the others", { groups: [44] }, undefined],
  ["a saved user", { uids: [501, 501, 0] }, "it still holds user 0 afterwards"],
  ["an effective group", { gids: [20, 0, 20] }, "it still holds group 0 afterwards"],
  ["a group of root's", { groups: [0, 20, 44] }, "it still belongs to group 0 afterwards"],
  ["a group that is missing", { groups: [20] }, "it does not belong to group 44 afterwards"],
])("identity: what is left of the old one: %s", (_name, change, leak) => {
  expect(findLeak(account, { ...clean, ...change })).toBe(leak as never);
});
