// One request before all hooks: which of them are asked, in which order, and what follows.
import { describe, expect, test } from "bun:test";
import { DigestCheck } from "../../src/auth/digest-check.ts";
import type { Hooks } from "../../src/auth/hooks.ts";
import { Referee } from "../../src/auth/referee.ts";
import { systemClock } from "../../src/core/clock.ts";
import type { AuthQuestion, AuthVerdict } from "../../src/link/auth.ts";
import { realmHashOf, respond } from "../support/digest-client.ts";

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

  test.each<[string, Hooks, boolean]>([
    ["looks at nothing", { checkPassword }, false],
    ["looks at who the client is", { checkPassword: ({ client }) => client.address !== "" }, false],
    ["looks at the method", { checkPassword: ({ method }) => method === "GET" }, true],
    ["looks at the target", { checkPassword: ({ target }) => target === "/" }, true],
    ["looks at a header", { checkPassword: ({ headers }) => headers.has("host") }, true],
    ["looks at the port", { checkPassword: ({ client }) => client.port > 0 }, true],
    ["looks at the connection", { checkPassword: ({ tls }) => !tls.isHttps() }, true],
    ["looks at a variable", { checkPassword: ({ tls }) => tls.varLookup("HTTPS") === undefined }, true],
    ["looks at all", { checkPassword: (request) => Object.values(request).length > 0 }, true],
    ["looks in the hook for groups", { checkPassword, groupsForUser: ({ target }) => [target && "b"] }, true],
    [
      "looks in the hook for access alone",
      { checkPassword, allowAccess: ({ target }) => target === "/" },
      false,
    ],
  ])(
    "referee: what was decided by a hook that %s holds for that request alone: %p",
    async (_name, hooks, isOfRequest) => {
      const groups = hooks.groupsForUser ? ["b"] : [];
      const { verdict } = await ask(hooks, { authorization: ANN, groups });
      expect(verdict).toEqual({ verdict: "allowed", user: "ann", ...(isOfRequest && { isOfRequest }) });
    },
  );

  test("referee: by Digest it is known as well whether the hook has looked", async () => {
    const asked: string[] = [];
    const looks = { isLooking: false };
    const getRealmHash: Hooks["getRealmHash"] = (request, user, realm, algorithm) => {
      asked.push(user);
      if (looks.isLooking) asked.push(request.target);
      return realmHashOf(algorithm, { user, realm, password: "right" });
    };
    const digest = new DigestCheck({ clock: systemClock, realm: "r", cacheMs: 60_000 });
    const referee = new Referee({ hooks: { getRealmHash }, digest, onFailure: fails });
    const nonce = digest.challenge().nonce ?? "";
    const decide = (user: string, nc: number) =>
      referee.decide({
        id: 1,
        request: { method: "GET", target: "/", headers: [] },
        client: { address: "", port: 0 },
        tls: {},
        authorization: respond({ realm: "r", nonce, uri: "/", opaque: "w1", user, nc }),
      });
    for (const nc of [1, 2]) expect(await decide("ann", nc)).toEqual({ verdict: "allowed", user: "ann" });
    looks.isLooking = true;
    for (const nc of [3, 4]) await decide("bob", nc);
    expect(asked).toEqual(["ann", "bob", "/", "bob", "/"]);
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
