// Questions and who answers them: which process, what becomes of those whose process ends, and of those that nobody answers.
import { describe, expect, test } from "bun:test";
import { systemClock } from "../../../src/core/clock.ts";
import { AuthPool } from "../../../src/front/auth/auth-pool.ts";
import { eventually } from "../../support/gw.ts";
import { type Asked, scriptedAuth } from "../../support/scripted-auth.ts";

const QUESTION = {
  request: { method: "GET", target: "/", headers: [] },
  client: { address: "192.0.2.1", port: 1 },
  tls: {},
};
const about = (target: string) => ({ ...QUESTION, request: { ...QUESTION.request, target } });

function openPool(timeoutMs = 20_000) {
  const left: string[] = [];
  const pool = new AuthPool({ clock: systemClock, timeoutMs, onLeft: ({ socket }) => left.push(socket) });
  return { pool, left };
}

const causeOf = (asked: Promise<unknown>) =>
  asked.then(
    () => "answered",
    ({ cause_ }) => String(cause_),
  );
const allow = ({ answer, question }: Asked) => answer({ verdict: "allowed", user: question.request.target });

describe("auth pool", () => {
  test("auth pool: a process is greeted with its token, and each question gets its own answer, whatever the order", async () => {
    const waiting: Asked[] = [];
    using auth = scriptedAuth((asked) => {
      waiting.push(asked);
      if (waiting.length === 3) for (const one of waiting.toReversed()) allow(one);
    });
    const { pool } = openPool();
    pool.setBackends([auth.backend]);
    const answers = await Promise.all(["/a", "/b", "/c"].map((target) => pool.ask(about(target))));
    expect(answers.map((answer) => "user" in answer && answer.user)).toEqual(["/a", "/b", "/c"]);
    expect(auth.firstLines).toEqual(['{"token":"secret"}']);
  });

  test("auth pool: the process with the fewest questions is asked, and the one that is named before it", async () => {
    const waiting: Asked[] = [];
    using busy = scriptedAuth((asked) => void waiting.push(asked));
    using idle = scriptedAuth(allow);
    const { pool } = openPool();
    pool.setBackends([busy.backend]);
    const first = pool.ask(about("/a"));
    pool.setBackends([busy.backend, idle.backend]);
    await pool.ask(about("/b"));
    const named = pool.ask(about("/c"), busy.backend.socket.replace(/^.*\/|\.sock$/g, ""));
    await eventually(() => waiting.length >= 2, "it is asked");
    for (const asked of waiting) allow(asked);
    expect((await named).owner).toBe(busy.backend.socket.replace(/^.*\/|\.sock$/g, ""));
    await first;
    expect(idle.asked.length).toBe(1);
  });

  test("auth pool: while there is no process questions wait, and the next one gets them", async () => {
    using auth = scriptedAuth(allow);
    const { pool } = openPool();
    const asked = pool.ask(about("/a"));
    pool.setBackends([auth.backend]);
    expect(await asked).toMatchObject({ verdict: "allowed" });
  });

  test("auth pool: with nobody there for all of the time it is unavailable, and too many do not wait at all", async () => {
    const { pool } = openPool(50);
    const all = Array.from({ length: 1_001 }, () => causeOf(pool.ask(QUESTION)));
    expect(new Set(await Promise.all(all))).toEqual(new Set(["auth_unavailable"]));
  });

  test("auth pool: a process has so many questions and no more, and the next ones as it answers", async () => {
    const held: Asked[] = [];
    using auth = scriptedAuth((asked) => void held.push(asked));
    const { pool } = openPool();
    pool.setBackends([auth.backend]);
    const all = Array.from({ length: 1_100 }, (_, n) => pool.ask(about(`/${n}`)));
    await eventually(() => held.length >= 1_000, "it is asked");
    expect([held.length, pool.loads.map(({ active }) => active)]).toEqual([1_000, [1_000]]);
    // In pieces: the kernel takes some 270 answers at once.
    for (let at = 0; at < 1_100; at += 100) {
      await eventually(() => held.length >= at + 100, "the next ones are asked");
      for (const one of held.slice(at, at + 100)) allow(one);
      await all[at + 99];
    }
    const answers = await Promise.all(all);
    expect(answers.map((answer) => "user" in answer && answer.user)).toEqual(all.map((_, n) => `/${n}`));
  });

  test("auth pool: what waits behind too many in vain has waited for the hooks", async () => {
    using auth = scriptedAuth(() => {});
    const { pool } = openPool(500);
    pool.setBackends([auth.backend]);
    const all = Array.from({ length: 2_100 }, () => causeOf(pool.ask(QUESTION)));
    expect(new Set(await Promise.all(all))).toEqual(new Set(["auth_timeout"]));
  });

  test("auth pool: one that does not answer costs its own question, and the others are answered on the same connection", async () => {
    using auth = scriptedAuth((asked) => {
      if (asked.question.request.target !== "/never") allow(asked);
    });
    const { pool } = openPool(200);
    pool.setBackends([auth.backend]);
    const never = causeOf(pool.ask(about("/never")));
    expect(await pool.ask(about("/a"))).toMatchObject({ user: "/a" });
    expect(await never).toBe("auth_timeout");
    expect(auth.firstLines.length).toBe(1);
  });

  test.each([0, 1, 2, 5, 18])(
    "auth pool: what its process has ended under is asked again, and the one that ends the next ones too is given up (%d)",
    async (at) => {
      const kill = (asked: Asked) => (asked.question.request.target === "/kill" ? asked.drop() : undefined);
      const held: Asked[] = [];
      using first = scriptedAuth((asked) => {
        held.push(asked);
        if (held.length === 20) for (const one of held) kill(one);
      });
      using second = scriptedAuth((asked) => {
        if (asked.question.request.target === "/kill") asked.drop();
        // Answered a little later: what is asked at the same time ends with it.
        else setImmediate(() => allow(asked));
      });
      const { pool } = openPool();
      pool.setBackends([first.backend]);
      const askFrom = (from: number, count: number) =>
        Array.from({ length: count }, (_, n) => pool.ask(about(`/${from + n}`)));
      // Behind others, so that it is asked again together with some of them.
      const before = askFrom(0, at);
      const killer = causeOf(pool.ask(about("/kill")));
      const others = [...before, ...askFrom(at, 19 - at)];
      await eventually(() => held.length === 20, "it is asked");
      pool.setBackends([second.backend]);
      expect(await killer).toBe("auth_unavailable");
      expect((await Promise.all(others)).map((answer) => "user" in answer && answer.user)).toEqual(
        others.map((_, n) => `/${n}`),
      );
    },
  );

  test.each<[string, string]>([
    ["no JSON", "nonsense\n"],
    ["no verdict", '{"id":1}\n'],
    ["a verdict that there is not", '{"id":1,"verdict":"yes"}\n'],
    ["a line without an end", `${"x".repeat(5_000)}\n`],
  ])("auth pool: whoever answers %s is not listened to any more", async (_name, text) => {
    let times = 0;
    using auth = scriptedAuth((asked) => (++times === 1 ? asked.say(text) : allow(asked)));
    const { pool } = openPool();
    pool.setBackends([auth.backend]);
    expect(await pool.ask(about("/a"))).toMatchObject({ user: "/a" });
    expect(auth.firstLines.length).toBe(2);
  });

  test("auth pool: an answer to what nobody has asked changes nothing", async () => {
    using auth = scriptedAuth((asked) => {
      asked.say('{"id":77,"verdict":"denied"}\n');
      allow(asked);
      asked.answer({ verdict: "denied" });
    });
    const { pool } = openPool();
    pool.setBackends([auth.backend]);
    for (const target of ["/a", "/b"]) expect(await pool.ask(about(target))).toMatchObject({ user: target });
  });

  test("auth pool: one that leaves the list has left when it has answered", async () => {
    const held: Asked[] = [];
    using auth = scriptedAuth((asked) => void held.push(asked));
    const { pool, left } = openPool();
    pool.setBackends([auth.backend]);
    const asked = pool.ask(about("/a"));
    await eventually(() => held.length > 0, "it is asked");
    pool.setBackends([]);
    expect([left, pool.loads.map(({ active }) => active)]).toEqual([[], [1]]);
    for (const one of held) allow(one);
    await asked;
    expect([left, pool.loads]).toEqual([[auth.backend.socket], []]);
  });

  test("auth pool: what is asked of one that is condemned is asked of another", async () => {
    const held: Asked[] = [];
    using stuck = scriptedAuth((asked) => void held.push(asked));
    using other = scriptedAuth(allow);
    const { pool } = openPool();
    pool.setBackends([stuck.backend]);
    const asked = pool.ask(about("/a"));
    await eventually(() => held.length > 0, "it is asked");
    pool.setBackends([stuck.backend, other.backend]);
    pool.condemn(stuck.backend.socket);
    expect(await asked).toMatchObject({ user: "/a" });
    expect(other.asked.length).toBe(1);
  });
});
