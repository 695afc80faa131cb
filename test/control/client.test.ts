// What asks a running gw, against something on a socket that says exactly what the test gives it.
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Socket } from "bun";
import { call, isNobody } from "../../src/control/client.ts";
import { REPLY_LENGTH } from "../../src/control/protocol.ts";
import { GwError } from "../../src/core/errors.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { failureOf } from "../support/fake-pool.ts";
import { AS_ORDINARY_USER, testWith } from "../support/needs.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { Watch } from "../support/watch.ts";

const WITHIN_MS = 2_000;

function setUp() {
  const temp = makeTempDir();
  const path = join(temp.path, "control.sock");
  const clock = new FakeClock();
  const watch = new Watch();
  let heard = "";
  let isLeft = false;
  let socket: Socket | undefined;
  const listener = Bun.listen({
    unix: path,
    socket: {
      open: (opened) => {
        socket = opened;
      },
      data: (_, bytes) => {
        heard += bytes.toString();
        watch.tell();
      },
      drain: () => flush(),
      close: () => {
        isLeft = true;
        watch.tell();
      },
    },
  });
  let unsent = Buffer.alloc(0);
  const flush = () => {
    unsent = unsent.subarray(Math.max(socket?.write(unsent) ?? 0, 0));
  };
  const send = (text: string) => {
    unsent = Buffer.concat([unsent, Buffer.from(text)]);
    flush();
  };
  const items: unknown[] = [];
  const answer = call({
    ...{ path, clock, answerWithinMs: WITHIN_MS, request: { command: "ping", arguments: {} } },
    onItem: (item) => {
      items.push(item);
      watch.tell();
    },
  });
  answer.catch(() => {});
  return {
    ...{ clock, answer, items, path },
    asked: () =>
      watch
        .until(
          () => heard.endsWith("\n"),
          () => "the request",
        )
        .then(() => heard),
    until: (isTrue: () => boolean, what: string) => watch.until(isTrue, () => what),
    left: () =>
      watch.until(
        () => isLeft,
        () => "the end of the client",
      ),
    send,
    say: (...replies: unknown[]) =>
      send(replies.map((reply) => `${typeof reply === "string" ? reply : JSON.stringify(reply)}\n`).join("")),
    end: () => socket?.end(),
    [Symbol.dispose]() {
      listener.stop(true);
      temp[Symbol.dispose]();
    },
  };
}

const ACCEPTED = { type: "accepted", version: "1.2.3", pid: 4711 };

describe("control client: what it is answered", () => {
  test("one line is asked; the result comes with whose it is, behind the items, and the end is told", async () => {
    using set = setUp();
    expect(JSON.parse(await set.asked())).toEqual({ command: "ping", arguments: {} });
    set.say(
      ACCEPTED,
      { type: "item", item: 1 },
      { type: "item", item: { two: 2 } },
      { type: "done", result: { all: "well" } },
    );
    const { pid, result, closed } = await set.answer;
    expect([pid, result, set.items]).toEqual([4711, { all: "well" }, [1, { two: 2 }]]);
    set.end();
    await closed;
  });

  test("an answer in pieces is one", async () => {
    using set = setUp();
    await set.asked();
    set.say(ACCEPTED);
    for (const letter of '{"type":"done","result":{"is":"whole"}}\n') {
      set.send(letter);
      await new Promise(setImmediate);
    }
    expect((await set.answer).result).toEqual({ is: "whole" });
  });

  test("an error is gw's own, and the conversation is over", async () => {
    using set = setUp();
    await set.asked();
    const facts = { what: "gw is stopping" };
    set.say(ACCEPTED, { type: "error", cause: "command_failed", facts, message: "gw is stopping" });
    const error = await failureOf(set.answer);
    expect([error.cause_, error.message]).toEqual(["command_failed", "gw is stopping"]);
    await set.left();
  });
});

describe("control client: nobody, or nobody that is gw", () => {
  test("where there is no socket, or only one that was left behind, it says so at once", async () => {
    using temp = makeTempDir();
    const path = join(temp.path, "control.sock");
    const ask = () =>
      failureOf(
        call({
          path,
          clock: new FakeClock(),
          answerWithinMs: 1,
          request: { command: "ping", arguments: {} },
        }),
      );
    const none = await ask();
    expect([none.facts.reason as string, isNobody(none)]).toEqual(["there is no control socket", true]);
    // The listener's end leaves no socket; a file stands for one of a gw that was killed.
    temp.write("control.sock", "");
    const dead = await ask();
    expect([dead.facts.reason as string, isNobody(dead)]).toEqual([
      "nobody listens there; the gw that did has ended",
      true,
    ]);
  });

  testWith(AS_ORDINARY_USER)("who may not ask is told who may", async () => {
    using set = setUp();
    const { chmodSync } = await import("node:fs");
    chmodSync(set.path, 0);
    const error = await failureOf(
      call({
        path: set.path,
        clock: new FakeClock(),
        answerWithinMs: 1,
        request: { command: "ping", arguments: {} },
      }),
    );
    expect([error.facts.reason as string, isNobody(error)]).toEqual([
      "permission denied; only the user who runs it, or root, may ask",
      false,
    ]);
  });

  test("one that is silent is waited for so long, and not longer; that it is taken up ends the waiting", async () => {
    using silent = setUp();
    await silent.asked();
    silent.clock.advance(WITHIN_MS);
    const error = await failureOf(silent.answer);
    expect([error.cause_, error.facts.reason as string, isNobody(error)]).toEqual([
      "control_unreachable",
      "it did not answer within 2 s",
      false,
    ]);
    await silent.left();

    using busy = setUp();
    await busy.asked();
    busy.say(ACCEPTED, { type: "item", item: 1 });
    await busy.until(() => busy.items.length === 1, "the item");
    busy.clock.advance(100 * WITHIN_MS);
    busy.say({ type: "done", result: { is: "late" } });
    expect((await busy.answer).result).toEqual({ is: "late" });
  });

  test.each([
    ["another program", "HTTP/1.1 400 Bad Request"],
    ["a reply of another kind", { type: "hello" }],
    ["a line without end", "x".repeat(REPLY_LENGTH + 1)],
  ])("%s is not gw", async (_, said) => {
    using set = setUp();
    await set.asked();
    set.say(said);
    const error = await failureOf(set.answer);
    expect(error.facts.reason as string).toBe("what answered is not gw");
  });

  test("an end without a word, and one in the middle, are told apart", async () => {
    using before = setUp();
    await before.asked();
    before.end();
    expect((await failureOf(before.answer)).facts.reason as string).toBe(
      "it closed the connection without a word",
    );

    using after = setUp();
    await after.asked();
    after.say(ACCEPTED, { type: "item", item: 1 });
    await after.until(() => after.items.length === 1, "the item");
    after.end();
    const lost = await failureOf(after.answer);
    expect([lost.cause_, lost.facts.pid as number]).toEqual(["control_lost", 4711]);
  });

  test("only that nobody listens counts as nobody", () => {
    expect([isNobody(new Error("ENOENT")), isNobody(new GwError("control_lost", { pid: 1 }))]).toEqual([
      false,
      false,
    ]);
  });
});
