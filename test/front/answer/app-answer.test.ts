// An answer whose client is behind: when it may wait on the disk, and what becomes of it when its client is with it again, or its worker is lost.
import { describe, expect, test } from "bun:test";
import { AppAnswer } from "../../../src/front/answer/app-answer.ts";
import { ANSWER_WORDS, Spool } from "../../../src/front/spool/spool.ts";
import { SpoolingClient } from "../../../src/front/spool/spooling-client.ts";
import { ClientPace } from "../../../src/front/visit/client-pace.ts";
import type { ResponseHead } from "../../../src/upstream/response-head.ts";
import { captureLog } from "../../support/capture-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { settle } from "../../support/fake-pool.ts";
import { headWith } from "../dispatch/fake-carrier.ts";
import { Ends, idleHolder, visitOf } from "../fakes.ts";
import { PlainClient } from "../plain-client.ts";
import { MemoryDisk } from "../spool/memory-file.ts";

type Given = { head?: Partial<ResponseHead>; afterMs?: number };

/** An answer of which a piece has come, after some time, that its client has not taken. */
async function setUp({ head = {}, afterMs = 0 }: Given = {}) {
  const clock = new FakeClock();
  const { log } = captureLog();
  const client = new PlainClient();
  const visit = visitOf(client, 0, "v", new Ends());
  let writable = 0;
  visit.handTo({
    ...idleHolder(),
    onWritable: () => {
      writable++;
      answer.proceed();
    },
  });
  const spool = new Spool({ words: ANSWER_WORDS, clock, log, most: 2 ** 26, open: new MemoryDisk().open });
  await settle();
  const tools = { pace: new ClientPace(clock, 60_000, undefined), date: () => "now", spool };
  const answer = new AppAnswer(visit, tools);
  answer.head = headWith(head);
  answer.sendHead();
  clock.advance(afterMs);
  client.isFull = true;
  answer.push(Buffer.from("first"));
  client.acts.length = 0;
  const isSpooled = () => visit.client instanceof SpoolingClient;
  const takeAll = async () => {
    client.isFull = false;
    client.listener?.onWritable();
    for (let turn = 0; turn < 4; turn++) await settle();
  };
  return { answer, client, clock, isSpooled, spool, takeAll, visit, writable: () => writable };
}

describe("app answer: to the disk", () => {
  test.each<[string, Given, boolean]>([
    ["one whose length was told goes", { head: { framing: "length", length: 100 } }, true],
    ["however slow its app is", { head: { framing: "length", length: 100 }, afterMs: 60_000 }, true],
    ["one whose length nobody knows goes", {}, true],
    ["one that ends with its connection as well", { head: { framing: "close" } }, true],
    ["events do not go", { head: { fields: ["Content-Type", "text/event-stream"] } }, false],
    ["what an app says from time to time does not go", { afterMs: 2_000 }, false],
  ])("%s", async (_, given, expected) => {
    const { answer, isSpooled } = await setUp(given);
    expect(answer.mayBeSpooled).toBe(expected);
    answer.spool();
    expect([isSpooled(), answer.mayBeSpooled]).toEqual([expected, false]);
  });

  test("the time in which its client is waited for is none of the app's", async () => {
    const { answer, client, clock, isSpooled, visit } = await setUp();
    clock.advance(60_000);
    client.isFull = false;
    visit.onWritable();
    client.isFull = true;
    answer.push(Buffer.from("second"));
    answer.spool();
    expect(isSpooled()).toBe(true);
  });

  test("one whose client keeps up does not go", async () => {
    const { answer, isSpooled, takeAll } = await setUp();
    await takeAll();
    answer.spool();
    expect(isSpooled()).toBe(false);
  });

  test("a client that has taken all is given the rest without the disk, until it is behind again", async () => {
    const { answer, client, isSpooled, spool, takeAll, visit, writable } = await setUp();
    answer.spool();
    await settle();
    expect([writable(), answer.isBlocked]).toEqual([1, false]);
    answer.push(Buffer.from("second"));
    await settle();
    expect([client.acts, spool.used > 0]).toEqual([[], true]);
    await takeAll();
    expect([client.acts, isSpooled(), spool.used]).toEqual([["piece second"], false, 0]);
    answer.push(Buffer.from("third"));
    expect([client.acts.at(-1), answer.isBlocked]).toEqual(["piece third", false]);
    client.isFull = true;
    answer.push(Buffer.from("fourth"));
    answer.spool();
    await settle();
    answer.push(Buffer.from("fifth"));
    answer.trailers = ["X-Sum", "7"];
    answer.finish();
    await takeAll();
    expect(client.acts.slice(2)).toEqual(["piece fourth", "piece fifth", "end, X-Sum 7"]);
    expect([visit.sentBytes, spool.used]).toEqual(["firstsecondthirdfourthfifth".length, 0]);
  });
});

describe("app answer: that is broken off", () => {
  test.each([
    ["where its client waits for it on the disk", true],
    ["where it does not", false],
  ])("is cut behind all that has come of it, %s", async (_, isOnDisk) => {
    const { answer, client, takeAll, visit } = await setUp();
    if (isOnDisk) {
      answer.spool();
      await settle();
      answer.push(Buffer.from("second"));
    }
    answer.breakOff();
    visit.client.cutBehind?.();
    await settle();
    expect([client.acts, visit.client.isTaking]).toEqual([[], true]);
    await takeAll();
    expect(client.acts).toEqual(isOnDisk ? ["piece second", "cut"] : ["cut"]);
  });

  test("nothing stands between one that was taken and its cut", async () => {
    const { answer, client, takeAll, visit } = await setUp();
    await takeAll();
    answer.breakOff();
    expect(visit.client === client).toBe(true);
  });
});
