// One request before all hooks: which of them are asked, in which order, and what follows.
import { describe, expect, test } from "bun:test";
import { DigestCheck } from "../../src/auth/digest-check.ts";
import type { Hooks } from "../../src/auth/hooks.ts";
import { Referee } from "../../src/auth/referee.ts";
import { systemClock } from "../../src/core/clock.ts";
import type { AuthQuestion, AuthVerdict } from "../../src/link/auth.ts";

const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
const ANN = basic("ann", "right");

function ask(hooks: Hooks, more: Partial<AuthQuestion> = {}) {
  const failures: string[] = [];
  const referee = new Referee({
    hooks,
    onFailure: (hook, thrown) => failures.push(`${hook}: ${(thrown as Error).message ?? thrown}`),
  });
  const question = {
    id: 1,
    request: { method: "GET", target: "/", headers: ["Host", "a"] },
    client: { address: "192.0.2.1", port: 1 },
    tls: {},
    ...more,
  };
  return referee.decide(question).then((verdict) => ({ verdict, failures }));
}

const fails = () => {
  throw new Error("it broke");
};
const checkPassword = (_request: unknown, user: string, password: string) =>
  user === "ann" && password === "right";

describe("referee", () => {
  test.each<[string, Hooks, Partial<AuthQuestion>, AuthVerdict, number]>([
    ["no hook has anything against it", { allowAccess: () => undefined }, {}, { verdict: "allowed" }, 0],
    [
      "the client is refused",
      { allowAccess: () => false, checkPassword },
      { authorization: ANN },
      { verdict: "denied" },
      0,
    ],
    ["the access hook throws: refused", { allowAccess: fails }, {}, { verdict: "denied" }, 1],
    ["the access hook rejects: refused", { allowAccess: async () => fails() }, {}, { verdict: "denied" }, 1],
    [
      "the access hook answers what is no answer: refused",
      { allowAccess: () => 1 },
      {},
      { verdict: "denied" },
      1,
    ],
    ["no credentials", { checkPassword }, {}, { verdict: "challenged" }, 0],
    ["the right password", { checkPassword }, { authorization: ANN }, { verdict: "allowed", user: "ann" }, 0],
    [
      "a wrong password",
      { checkPassword },
      { authorization: basic("ann", "x") },
      { verdict: "challenged", isWrong: true },
      0,
    ],
    [
      "no such user",
      { checkPassword: () => null },
      { authorization: ANN },
      { verdict: "challenged", isWrong: true },
      0,
    ],
    [
      "another name",
      { checkPassword: async () => "Ann" },
      { authorization: ANN },
      { verdict: "allowed", user: "Ann" },
      0,
    ],
    [
      "a name that forges a field",
      { checkPassword: () => "a\r\nX-Admin: 1" },
      { authorization: ANN },
      { verdict: "failed" },
      1,
    ],
    [
      "a name with a blank at its end",
      { checkPassword: () => "root " },
      { authorization: ANN },
      { verdict: "failed" },
      1,
    ],
    ["the user hook throws", { checkPassword: fails }, { authorization: ANN }, { verdict: "failed" }, 1],
    [
      "the user hook answers what is no answer",
      { checkPassword: () => "" },
      { authorization: ANN },
      { verdict: "failed" },
      1,
    ],
    [
      "another scheme",
      { checkPassword },
      { authorization: "Bearer x" },
      { verdict: "challenged", isWrong: true },
      0,
    ],
    [
      "credentials that are none",
      { checkPassword },
      { authorization: "" },
      { verdict: "challenged", isWrong: true },
      0,
    ],
    [
      "in the group",
      { checkPassword, groupsForUser: () => ["a", "b"] },
      { authorization: ANN, groups: ["b"] },
      { verdict: "allowed", user: "ann" },
      0,
    ],
    [
      "not in the group",
      { checkPassword, groupsForUser: async () => ["a"] },
      { authorization: ANN, groups: ["b"] },
      { verdict: "challenged" },
      0,
    ],
    [
      "no group is asked for",
      { checkPassword, groupsForUser: fails },
      { authorization: ANN },
      { verdict: "allowed", user: "ann" },
      0,
    ],
    [
      "the group hook throws",
      { checkPassword, groupsForUser: fails },
      { authorization: ANN, groups: ["b"] },
      { verdict: "failed" },
      1,
    ],
    [
      "groups are asked for, and nobody knows any",
      { checkPassword },
      { authorization: ANN, groups: ["b"] },
      { verdict: "failed" },
      0,
    ],
    [
      "proven before: only the access hook is asked",
      { allowAccess: () => true, checkPassword: fails },
      { user: "ann" },
      { verdict: "allowed", user: "ann" },
      0,
    ],
    [
      "proven before, and refused now",
      { allowAccess: () => false, checkPassword },
      { user: "ann" },
      { verdict: "denied" },
      0,
    ],
  ])("referee: %s", async (_name, hooks, more, verdict, failures) => {
    const found = await ask(hooks, more);
    expect([found.verdict, found.failures.length]).toEqual([verdict, failures]);
  });

  test("referee: the group hook gets the name by which the user is to be called", async () => {
    const names: string[] = [];
    await ask(
      {
        checkPassword: () => "Ann",
        groupsForUser(_request, user) {
          names.push(user);
          return [];
        },
      },
      { authorization: ANN, groups: ["b"] },
    );
    expect(names).toEqual(["Ann"]);
  });

  test("referee: a user of a file needs no hook", async () => {
    const check = async (user: string, password: string) => user === "ann" && password === "right";
    const referee = new Referee({ hooks: {}, checkPassword: check, onFailure: fails });
    const question = {
      id: 1,
      request: { method: "GET", target: "/", headers: [] },
      client: { address: "", port: 0 },
      tls: {},
    };
    expect(await referee.decide({ ...question, authorization: ANN })).toEqual({
      verdict: "allowed",
      user: "ann",
    });
    expect(await referee.decide({ ...question, authorization: basic("ann", "") })).toEqual({
      verdict: "challenged",
      isWrong: true,
    });
  });

  test("referee: with Digest each challenge has a nonce of its own, also the one for who lacks a group", async () => {
    const digest = new DigestCheck({ clock: systemClock, realm: "r", cacheMs: 0 });
    const referee = new Referee({ hooks: { getRealmHash: fails }, digest, onFailure: fails });
    const question = {
      id: 1,
      request: { method: "GET", target: "/", headers: [] },
      client: { address: "", port: 0 },
      tls: {},
    };
    const [one, other] = await Promise.all([referee.decide(question), referee.decide(question)]);
    expect([one.verdict, other.verdict]).toEqual(["challenged", "challenged"]);
    expect(one).not.toEqual(other);
  });
});
