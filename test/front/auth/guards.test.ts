// A visit before the guard of its group: what is asked, what is remembered, and what becomes of it by each answer.
import { describe, expect, test } from "bun:test";
import { basename } from "node:path";
import { GwError } from "../../../src/core/errors.ts";
import { Guards } from "../../../src/front/auth/guards.ts";
import type { Visit } from "../../../src/front/visit/visit.ts";
import type { AuthRule, AuthVerdict } from "../../../src/link/auth.ts";
import type { FrontGroup } from "../../../src/link/messages.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { type ScriptedAuth, scriptedAuth } from "../../support/scripted-auth.ts";
import { anyVisit } from "../fakes.ts";

const RULE: AuthRule = {
  group: "auth:web",
  checksAccess: false,
  users: { type: "Basic", realm: "r" },
  groups: [],
  paths: [],
  exceptPaths: [],
  timeoutMs: 20_000,
  cacheMs: 1_000,
  failures: 0,
  passesAuthorization: false,
  userHeader: "X-Remote-User",
};

const ANN = ["Authorization", "Basic YW5uOng="];

function visitTo(path: string, fields: string[] = [], address = "192.0.2.1"): Visit {
  const visit = anyVisit();
  const peer = { ...visit.peer, address, port: 5, scheme: "https" as const };
  return Object.assign(visit, { group: "web", target: path, host: "shop.example", fields, peer });
}

function guard(rule: Partial<AuthRule>, auth?: ScriptedAuth) {
  const clock = new FakeClock();
  const groups = [{ name: "web", auth: { ...RULE, ...rule } }, { name: "open" }] as FrontGroup[];
  const guards = new Guards({ clock, groups, onLeft: () => {} });
  if (auth) guards.setBackends([auth.backend]);
  const [stage] = guards.stages;
  /** The cause of a refusal; undefined for who is let in. */
  const pass = async (visit: Visit): Promise<string | undefined> => {
    try {
      await stage?.(visit);
      return undefined;
    } catch (error) {
      if (error instanceof GwError) return error.cause_;
      throw error;
    }
  };
  return { clock, guards, pass };
}

describe("guards", () => {
  test("guards: without a guarded group there is no stage, and a group without a guard is open to all but users that nobody has proven", async () => {
    expect(
      new Guards({ clock: new FakeClock(), groups: [{ name: "a" }] as FrontGroup[], onLeft() {} }).stages,
    ).toEqual([]);
    const visit = Object.assign(visitTo("/", ["X-Remote-User", "x", ...ANN]), { group: "open" });
    expect([await guard({}).pass(visit), visit.fields]).toEqual([undefined, ANN]);
  });

  test("guards: whoever shows nothing is challenged, and nobody is asked", async () => {
    const visit = visitTo("/");
    expect([await guard({}).pass(visit), visit.challenges]).toEqual([
      "unauthorized",
      ['Basic realm="r", charset="UTF-8"'],
    ]);
  });

  test.each<[string, AuthVerdict, string | undefined]>([
    ["let in", { verdict: "allowed", user: "ann" }, undefined],
    ["refused", { verdict: "denied" }, "access_denied"],
    ["challenged", { verdict: "challenged", isWrong: true }, "unauthorized"],
    ["failed", { verdict: "failed" }, "auth_failed"],
    ["let in as nobody", { verdict: "allowed" }, "auth_failed"],
    ["let in by a name that forges a field", { verdict: "allowed", user: "a\r\nb: c" }, "auth_failed"],
    ["let in by a name with a blank at its end", { verdict: "allowed", user: "root " }, "auth_failed"],
  ])("guards: %s", async (_name, verdict, cause) => {
    using auth = scriptedAuth(({ answer }) => answer(verdict));
    const visit = visitTo("/", [...ANN, "X-Remote-User", "root", "A", "1"]);
    expect(await guard({}, auth).pass(visit)).toBe(cause);
    expect(visit.fields).toEqual(cause ? ["A", "1"] : ["A", "1", "X-Remote-User", "ann"]);
  });

  test("guards: a user where none is checked is none", async () => {
    using auth = scriptedAuth(({ answer }) => answer({ verdict: "allowed", user: "ann" }));
    const { users: _users, ...rule } = RULE;
    const guards = new Guards({
      clock: new FakeClock(),
      groups: [{ name: "web", auth: { ...rule, checksAccess: true } }] as FrontGroup[],
      onLeft() {},
    });
    guards.setBackends([auth.backend]);
    await expect(guards.stages[0]?.(visitTo("/"))).rejects.toMatchObject({ cause_: "auth_failed" });
  });

  test("guards: hooks see the request, the client as trusted proxies tell it, and no credentials", async () => {
    using auth = scriptedAuth(({ answer }) => answer({ verdict: "allowed", user: "ann" }));
    const fields = [
      "host",
      "other",
      ...ANN,
      "Proxy-Authorization",
      "x",
      "X-GW-Visit",
      "x",
      "x_remote_user",
      "x",
      "A",
      "1",
    ];
    await guard({ groups: [{ path: "/", name: "staff" }] }, auth).pass(visitTo("/a?b", fields));
    expect(auth.asked).toEqual([
      {
        id: 1,
        request: { method: "GET", target: "/a?b", headers: ["Host", "shop.example", "A", "1"] },
        client: { address: "192.0.2.1", port: 5 },
        tls: { HTTPS: "on" },
        authorization: "Basic YW5uOng=",
        groups: ["staff"],
      },
    ]);
  });

  test("guards: what is asked for by the operator is passed on", async () => {
    using auth = scriptedAuth(({ answer }) => answer({ verdict: "allowed", user: "ann" }));
    const visit = visitTo("/", [...ANN]);
    await guard({ passesAuthorization: true }, auth).pass(visit);
    expect(auth.asked[0]?.request.headers).toEqual(["Host", "shop.example", ...ANN]);
    expect(visit.fields).toEqual([...ANN, "X-Remote-User", "ann"]);
  });

  test("guards: a right password is believed for its time, by host, address and groups, and a wrong one is asked each time", async () => {
    using auth = scriptedAuth(({ answer, question }) =>
      answer(
        question.authorization === ANN[1]
          ? { verdict: "allowed", user: "ann" }
          : { verdict: "challenged", isWrong: true },
      ),
    );
    const { clock, pass, guards } = guard({ groups: [{ path: "/admin", name: "admins" }] }, auth);
    const asks = async (visit: Visit) => {
      const before = auth.asked.length;
      await pass(visit);
      return auth.asked.length - before;
    };
    const ann = () => visitTo("/", [...ANN]);
    expect([await asks(ann()), await asks(ann()), await asks(visitTo("/b", [...ANN]))]).toEqual([1, 0, 0]);
    expect(await asks(visitTo("/", [...ANN], "192.0.2.2"))).toBe(1);
    expect(await asks(visitTo("/admin", [...ANN]))).toBe(1);
    expect(await asks(Object.assign(ann(), { host: "other.example" }))).toBe(1);
    clock.advance(1_000);
    expect(await asks(ann())).toBe(1);
    guards.setBackends([{ ...auth.backend, generation: 2 }]);
    expect(await asks(ann())).toBe(1);
    const wrong = () => visitTo("/", ["Authorization", "Basic eDp4"]);
    expect([await asks(wrong()), await asks(wrong())]).toEqual([1, 1]);
  });

  test("guards: what was decided for one request alone is not believed for another one", async () => {
    using auth = scriptedAuth(({ answer }) => answer({ verdict: "allowed", user: "ann", isOfRequest: true }));
    const { pass } = guard({}, auth);
    for (let times = 0; times < 2; times++) expect(await pass(visitTo("/", [...ANN]))).toBeUndefined();
    expect(auth.asked.map(({ authorization }) => authorization)).toEqual([ANN[1], ANN[1]]);
  });

  test("guards: the same credentials at the same time are asked about once, where the answer holds for all", async () => {
    const right: AuthVerdict = { verdict: "allowed", user: "ann" };
    const cases: [AuthVerdict, Partial<AuthRule>, number][] = [
      [right, {}, 1],
      [right, { cacheMs: 0 }, 10],
      [{ ...right, isOfRequest: true }, {}, 10],
      [{ verdict: "challenged", isWrong: true }, {}, 10],
      [right, { checksAccess: true }, 10],
    ];
    for (const [verdict, rule, count] of cases) {
      using auth = scriptedAuth(({ answer, question }) =>
        answer(question.user === undefined ? verdict : right),
      );
      const { pass } = guard(rule, auth);
      const visits = Array.from({ length: 10 }, (_, n) => visitTo(`/${n}`, [...ANN]));
      const causes = await Promise.all(visits.map(pass));
      expect(new Set(causes)).toEqual(new Set([verdict.verdict === "allowed" ? undefined : "unauthorized"]));
      expect(auth.asked.length).toBe(count);
      const proven = auth.asked.filter(({ authorization }) => authorization !== undefined).length;
      expect(proven).toBe(rule.checksAccess ? 1 : count);
    }
  });

  test("guards: with an access hook each request is asked about, and who is known is not asked for again", async () => {
    using auth = scriptedAuth(({ answer }) => answer({ verdict: "allowed", user: "ann" }));
    const { pass } = guard({ checksAccess: true }, auth);
    for (let times = 0; times < 2; times++) expect(await pass(visitTo("/", [...ANN]))).toBeUndefined();
    expect(auth.asked.map(({ authorization, user }) => [authorization, user])).toEqual([
      [ANN[1], undefined],
      [undefined, "ann"],
    ]);
  });

  test("guards: wrong passwords are limited by the client's address, and right ones are not counted", async () => {
    using auth = scriptedAuth(({ answer, question }) =>
      answer(
        question.authorization === ANN[1]
          ? { verdict: "allowed", user: "ann" }
          : { verdict: "challenged", isWrong: true },
      ),
    );
    const { clock, pass, guards } = guard({ failures: 2, cacheMs: 0 }, auth);
    const wrong = (n: number, address?: string) =>
      pass(visitTo("/", ["Authorization", `Basic ${btoa(`ann:${n}`)}`], address));
    for (let times = 0; times < 5; times++) expect(await pass(visitTo("/", [...ANN]))).toBeUndefined();
    expect([await wrong(1), await wrong(2), await wrong(3)]).toEqual([
      "unauthorized",
      "unauthorized",
      "too_many_failures",
    ]);
    expect(await pass(visitTo("/", [...ANN]))).toBe("too_many_failures");
    expect(() => guards.stages[0]?.(visitTo("/", [...ANN]))).toThrow(
      expect.objectContaining({ facts: { retryAfter: 30 } }),
    );
    expect(await wrong(1, "192.0.2.9")).toBe("unauthorized");
    clock.advance(30_000);
    expect(await wrong(4)).toBe("unauthorized");
  });

  test("guards: a challenge of Digest has the word of who has answered", async () => {
    using auth = scriptedAuth(({ answer }) =>
      answer({ verdict: "challenged", nonce: "abc", isStale: true, only: "MD5" }),
    );
    const visit = visitTo("/");
    expect(await guard({ users: { type: "Digest", realm: "r" } }, auth).pass(visit)).toBe("unauthorized");
    const word = basename(auth.backend.socket, ".sock");
    expect(visit.challenges).toEqual([
      `Digest realm="r", qop="auth", algorithm=MD5, nonce="abc", opaque="${word}", charset=UTF-8, userhash=false, stale=true`,
    ]);
  });

  test("guards: a challenge of Digest without a nonce is a failure", async () => {
    using auth = scriptedAuth(({ answer }) => answer({ verdict: "challenged" }));
    expect(await guard({ users: { type: "Digest", realm: "r" } }, auth).pass(visitTo("/"))).toBe(
      "auth_failed",
    );
  });

  test("guards: where nobody is asked, credentials are the app's, and users are nobody's", async () => {
    const { pass } = guard({ exceptPaths: ["/open"] });
    const visit = visitTo("/open", [...ANN, "X-Remote-User", "root"]);
    expect([await pass(visit), visit.fields]).toEqual([undefined, ANN]);
  });
});
