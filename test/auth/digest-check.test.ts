// Digest where the hashes are known: right, wrong, stale, replayed, and by an algorithm that the hook does not know.
import { describe, expect, test } from "bun:test";
import { DigestCheck, type FindHash } from "../../src/auth/digest-check.ts";
import {
  type DigestAlgorithm,
  type Response,
  realmHashOf,
  respond as respondTo,
} from "../support/digest-client.ts";
import { FakeClock } from "../support/fake-clock.ts";

const REALM = "the shop";
const respond = (given: Partial<Response>) =>
  respondTo({ realm: REALM, nonce: "", uri: "/a?b=1", opaque: "w1", ...given });

const users: FindHash = async (user, realm, algorithm) => ({
  hash: user === "ann" ? realmHashOf(algorithm, { user, realm, password: "right" }) : undefined,
  isOfRequest: false,
});
const onlyMd5: FindHash = (user, realm) => users(user, realm, "MD5");

function start(cacheMs = 0) {
  const clock = new FakeClock();
  const check = new DigestCheck({ clock, realm: REALM, cacheMs });
  const ask = (authorization: string, find = users, request = { method: "GET", target: "/a?b=1" }) =>
    check.check(authorization, request, find);
  const nonce = check.challenge().nonce ?? "";
  return { clock, check, ask, nonce };
}

describe("digest check", () => {
  test.each<DigestAlgorithm>(["SHA-256", "MD5"])("digest check: by %s", async (algorithm) => {
    const { ask, nonce } = start();
    expect(await ask(respond({ nonce, algorithm }))).toEqual({ user: "ann" });
  });

  test.each<[string, Partial<Response>]>([
    ["a wrong password", { password: "x" }],
    ["no such user", { user: "bob" }],
    ["another method", { method: "POST" }],
    ["another target", { uri: "/b" }],
  ])("digest check: %s", async (_name, given) => {
    const { ask, nonce } = start();
    expect(await ask(respond({ nonce, ...given }))).toMatchObject({ verdict: "challenged", isWrong: true });
  });

  test("digest check: a count of a nonce is taken once", async () => {
    const { ask, nonce } = start();
    expect(await ask(respond({ nonce, nc: 2 }))).toEqual({ user: "ann" });
    expect(await ask(respond({ nonce, nc: 2 }))).toMatchObject({ verdict: "challenged", isStale: true });
    expect(await ask(respond({ nonce, nc: 1 }))).toEqual({ user: "ann" });
    expect(await ask(respond({ nonce, nc: 3 }))).toEqual({ user: "ann" });
  });

  test("digest check: a nonce of another process is stale, and with a wrong password it is wrong", async () => {
    const { ask } = start();
    const { nonce } = start();
    expect(await ask(respond({ nonce }))).toMatchObject({ verdict: "challenged", isStale: true });
    expect(await ask(respond({ nonce, password: "x" }))).toMatchObject({
      verdict: "challenged",
      isWrong: true,
    });
  });

  test("digest check: a nonce has its time", async () => {
    const { ask, nonce, clock } = start();
    clock.advance(5 * 60_000);
    const stale = await ask(respond({ nonce }));
    expect(stale).toMatchObject({ verdict: "challenged", isStale: true });
    if ("user" in stale) throw new Error("let in");
    expect(await ask(respond({ nonce: stale.nonce ?? "" }))).toEqual({ user: "ann" });
  });

  test("digest check: a hook that knows hashes of MD5 only is asked by MD5", async () => {
    const { ask, nonce } = start();
    expect(await ask(respond({ nonce }), onlyMd5)).toMatchObject({
      verdict: "challenged",
      isStale: true,
      only: "MD5",
    });
    expect(await ask(respond({ nonce, algorithm: "MD5", nc: 2 }), onlyMd5)).toEqual({ user: "ann" });
  });

  test("digest check: where a hook knows hashes of MD5 only, nobody learns by that who is a user", async () => {
    const { ask, nonce } = start();
    const wrong = { verdict: "challenged", isWrong: true };
    expect(await ask(respond({ nonce, user: "bob" }), onlyMd5)).toMatchObject(wrong);
    const other = { verdict: "challenged", isStale: true, only: "MD5" };
    for (const user of ["ann", "bob", "ann", "carol"])
      expect(await ask(respond({ nonce, user, password: "x" }), onlyMd5)).toMatchObject(other);
    for (const user of ["ann", "bob"])
      expect(await ask(respond({ nonce, user, password: "x", algorithm: "MD5" }), onlyMd5)).toMatchObject(
        wrong,
      );
  });

  test("digest check: a hash that may be another one for another request is kept for none", async () => {
    const { ask, nonce } = start(1_000);
    let asked = 0;
    const looking: FindHash = async (...given) => {
      asked++;
      return { ...(await users(...given)), isOfRequest: true };
    };
    for (const nc of [1, 2]) expect(await ask(respond({ nonce, nc }), looking)).toEqual({ user: "ann" });
    expect(asked).toBe(2);
  });

  test("digest check: the hash of a user is kept for its time, and that there is none is not", async () => {
    const { ask, nonce, clock } = start(1_000);
    let asked = 0;
    const counted: FindHash = (...given) => {
      asked++;
      return users(...given);
    };
    for (const nc of [1, 2]) expect(await ask(respond({ nonce, nc }), counted)).toEqual({ user: "ann" });
    expect(asked).toBe(1);
    clock.advance(1_000);
    await ask(respond({ nonce, nc: 3 }), counted);
    expect(asked).toBe(2);
    for (const nc of [4, 5]) await ask(respond({ nonce, nc, user: "bob" }), counted);
    expect(asked).toBe(4);
  });

  test("digest check: a hook that fails is no answer", async () => {
    const { ask, nonce } = start();
    await expect(ask(respond({ nonce }), () => Promise.reject(new Error("x")))).rejects.toThrow("x");
  });
});
