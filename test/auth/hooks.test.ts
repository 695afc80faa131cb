// What hooks answer, and what it means: each kind of result of each hook.
import { describe, expect, test } from "bun:test";
import type { HookRequest as DeclaredRequest } from "../../docs/gw-config.d.ts";
import {
  accessOf,
  type HookRequest,
  isMember,
  OddResult,
  realmHashOf,
  requestOf,
  userOf,
} from "../../src/auth/hooks.ts";

const ODD = "odd";
const result = <T>(read: () => T): T | typeof ODD => {
  try {
    return read();
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(OddResult);
    return ODD;
  }
};

const MD5 = "d41d8cd98f00b204e9800998ecf8427e";
const SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const ELSE = [0, 1, 7n, Symbol("x"), {}, [], () => true, Number.NaN];

describe("hooks: results", () => {
  test.each<[unknown, boolean | typeof ODD]>([
    [true, true],
    [false, false],
    [undefined, true],
    [null, true],
    ["", ODD],
    ["yes", ODD],
    ...ELSE.map((one): [unknown, typeof ODD] => [one, ODD]),
  ])("allowAccess %p", (given, expected) => {
    expect(result(() => accessOf(given))).toBe(expected);
  });

  test.each<[unknown, string | undefined]>([
    [true, "ann"],
    [false, undefined],
    [undefined, undefined],
    [null, undefined],
    ["Ann Lee", "Ann Lee"],
    ["", ODD],
    ...ELSE.map((one): [unknown, string] => [one, ODD]),
  ])("checkPassword %p", (given, expected) => {
    expect(result(() => userOf(given, "ann"))).toBe(expected as string);
  });

  test.each<[unknown, string | undefined]>([
    [undefined, undefined],
    [null, undefined],
    [MD5.toUpperCase(), MD5],
    [SHA256, SHA256],
    [MD5.slice(1), ODD],
    [`${MD5} `, ODD],
    ["", ODD],
    [true, ODD],
    [false, ODD],
    ...ELSE.map((one): [unknown, string] => [one, ODD]),
  ])("getRealmHash %p", (given, expected) => {
    expect(result(() => realmHashOf(given))).toBe(expected as string);
  });

  test.each<[unknown, boolean | typeof ODD]>([
    [["staff", "admins"], true],
    [new Set(["admins"]), true],
    [["Admins", "admins "], false],
    [[], false],
    [[1, "admins"], ODD],
    [[["admins"]], ODD],
    ["admins", ODD],
    [undefined, ODD],
    [null, ODD],
    [true, ODD],
    [{ admins: true }, ODD],
  ])("groupsForUser %p", (given, expected) => {
    expect(result(() => isMember(given, ["owners", "admins"]))).toBe(expected);
  });

  test("groupsForUser: a list without an end is left", () => {
    function* endless() {
      for (;;) yield "x";
    }
    expect(result(() => isMember(endless(), ["admins"]))).toBe(ODD);
  });

  test("hooks: a result that is none is told by its type, and never shown", () => {
    const read = () => userOf({ password: "s3cret" }, "ann");
    expect(read).toThrow(
      "checkPassword has to return true, false, a name or nothing, and returned a value of the type object",
    );
  });
});

describe("hooks: what they are given", () => {
  test("hooks: the types that scripts import are those of what they are given", () => {
    // tsc refuses these where one has what the other lacks.
    const declared: (request: HookRequest) => DeclaredRequest = (request) => request;
    const given: (request: DeclaredRequest) => HookRequest = (request) => request;
    expect([declared, given]).toHaveLength(2);
  });

  const question = {
    id: 1,
    request: {
      method: "POST",
      target: "/a?b",
      headers: ["Host", "x", "X-A", "1", "x-a", "2", "bad name", "3"],
    },
    client: { address: "192.0.2.1", port: 7 },
    tls: { HTTPS: "on" },
  };

  test("hooks: a request, its client, and what is known of its connection", () => {
    const request = requestOf(question);
    expect([request.method, request.target, request.client]).toEqual([
      "POST",
      "/a?b",
      { address: "192.0.2.1", port: 7 },
    ]);
    expect([...request.headers]).toEqual([
      ["host", "x"],
      ["x-a", "1, 2"],
    ]);
    expect([request.tls.isHttps(), request.tls.varLookup("HTTPS")]).toEqual([true, "on"]);
  });

  test("hooks: a million lookups leave nothing behind", () => {
    const { tls } = requestOf({ ...question, tls: { HTTPS: "on", SSL_CLIENT_S_DN: "CN=a" } });
    const look = () => {
      let found = 0;
      for (let n = 0; n < 1_000_000; n++) if (tls.varLookup(n % 2 ? "SSL_CLIENT_S_DN" : `SSL_${n}`)) found++;
      return found;
    };
    look();
    Bun.gc(true);
    const { heapUsed } = process.memoryUsage();
    expect(look()).toBe(500_000);
    Bun.gc(true);
    expect(process.memoryUsage().heapUsed - heapUsed).toBeLessThan(1_000_000);
  });

  test.each(["SSL_CLIENT_S_DN", "", "toString", "__proto__", "https"])(
    "hooks: nothing is known of the variable %p",
    (name) => {
      expect(requestOf(question).tls.varLookup(name)).toBeUndefined();
    },
  );
});
