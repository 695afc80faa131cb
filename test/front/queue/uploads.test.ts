import { describe, expect, test } from "bun:test";
import { Deadlines } from "../../../src/core/deadlines.ts";
import { Uploads } from "../../../src/front/queue/uploads.ts";
import { admitBody } from "../../../src/front/stages/limits.ts";
import type { Visit } from "../../../src/front/visit/visit.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { Ends, idleHolder, visitOf } from "../fakes.ts";
import { PlainClient } from "../plain-client.ts";

const SILENCE_MS = 60_000;
const QUEUE_MS = 45_000;
const KEPT = 65_536;

class Stage {
  readonly clock = new FakeClock();
  readonly ends = new Ends();
  readonly roster = { places: 4, saysContinue: false };
  isPaused = false;
  waits = 0;
  /** Those that a worker may have, in order. */
  readonly inside: string[] = [];
  readonly uploads = new Uploads({
    clock: this.clock,
    silence: new Deadlines(this.clock, SILENCE_MS),
    queueTimeoutMs: QUEUE_MS,
    roster: this.roster,
    isPaused: () => this.isPaused,
    onWait: () => this.waits++,
  });

  /** One comes that has sent nothing of its body. */
  come(id: string, { awaitsContinue = false } = {}) {
    const client = new PlainClient({ method: "POST", hasBody: true });
    const visit = visitOf(client, this.clock.now(), id, this.ends);
    visit.awaitsContinue = awaitsContinue;
    admitBody(visit, 10_000_000);
    const waits = this.uploads.enter(visit);
    if (waits) void waits.then(() => this.#onInside(visit));
    else this.#onInside(visit);
    return { client, visit };
  }

  #onInside(visit: Visit): void {
    if (visit.isOver) return;
    visit.handTo(idleHolder());
    this.inside.push(visit.id);
  }
}

const settle = () => new Promise<void>((resolve) => queueMicrotask(() => queueMicrotask(resolve)));

describe("uploads: who is let in", () => {
  test("as many as have their share, and the next one when one of them is whole, answered or over", async () => {
    const stage = new Stage();
    const [a, b] = ["a", "b", "c", "d", "e"].map((id) => stage.come(id));
    expect([stage.inside, stage.uploads.length, stage.waits]).toEqual([["a", "b"], 3, 3]);
    a?.client.send("all", true);
    stage.uploads.look();
    await settle();
    expect(stage.inside).toEqual(["a", "b", "c"]);
    if (b) b.visit.headAt = 1;
    stage.uploads.look();
    await settle();
    expect(stage.inside).toEqual(["a", "b", "c", "d"]);
    stage.uploads.look();
    await settle();
    expect([stage.inside.length, stage.uploads.length]).toEqual([4, 1]);
  });

  test("one whose body has become whole waits for none of the others", async () => {
    const stage = new Stage();
    for (const id of ["a", "b", "c"]) stage.come(id);
    const { client } = stage.come("d");
    client.send("some");
    client.send(" more", true);
    await settle();
    expect([stage.inside, stage.uploads.length]).toEqual([["a", "b", "d"], 1]);
  });

  test("who has sent all that is kept comes before those who have not, and sends no more until then", async () => {
    const stage = new Stage();
    const [a] = ["a", "b", "c"].map((id) => stage.come(id));
    const { client } = stage.come("d");
    client.send("x".repeat(KEPT));
    expect(client.acts.at(-1)).toBe("pause");
    a?.client.listener?.onGone();
    stage.uploads.look();
    await settle();
    expect([stage.inside, stage.ends.kinds]).toEqual([["a", "b", "d"], ["client gone"]]);
  });

  test("more of them when there are more places", async () => {
    const stage = new Stage();
    for (const id of ["a", "b", "c", "d"]) stage.come(id);
    stage.roster.places = 6;
    stage.uploads.look();
    await settle();
    expect(stage.inside).toEqual(["a", "b", "c"]);
  });

  test("where there is one place, the one that is alone, and of a crowd who has sent something", async () => {
    const stage = new Stage();
    stage.roster.places = 1;
    const { visit } = stage.come("a");
    stage.come("b");
    const { client } = stage.come("c");
    visit.client.listener?.onGone();
    stage.uploads.look();
    await settle();
    expect(stage.inside).toEqual(["a"]);
    client.send("x".repeat(KEPT));
    await settle();
    expect(stage.inside).toEqual(["a", "c"]);
  });
});

describe("uploads: how long one waits", () => {
  test("a client that sends nothing is given up after the socket timeout, and each piece begins that anew", () => {
    const stage = new Stage();
    for (const id of ["a", "b"]) stage.come(id);
    const { client } = stage.come("c");
    stage.clock.advance(SILENCE_MS - 1);
    client.send("some");
    stage.clock.advance(SILENCE_MS - 1);
    expect(stage.ends.kinds).toEqual([]);
    stage.clock.advance(1);
    expect(stage.ends.kinds).toEqual(["request_timeout_client"]);
  });

  test.each([
    [false, "queue_timeout"],
    [true, "paused"],
  ])("one that is kept from sending (paused: %p) waits as long as in the queue", (isPaused, cause) => {
    const stage = new Stage();
    for (const id of ["a", "b"]) stage.come(id);
    const { client } = stage.come("c");
    stage.clock.advance(10_000);
    client.send("x".repeat(KEPT));
    stage.isPaused = isPaused;
    stage.clock.advance(QUEUE_MS - 1);
    expect(stage.ends.kinds).toEqual([]);
    stage.clock.advance(1);
    expect([stage.ends.kinds, stage.uploads.length]).toEqual([[cause], 0]);
  });

  test("all of them can be ended, and nobody else", () => {
    const stage = new Stage();
    for (const id of ["a", "b", "c", "d"]) stage.come(id);
    stage.uploads.abandon("shutting_down");
    expect(stage.ends.kinds).toEqual(["shutting_down", "shutting_down"]);
  });
});

describe("uploads: a client that holds its body back", () => {
  test("is told to go on while it waits", () => {
    const stage = new Stage();
    for (const id of ["a", "b"]) stage.come(id);
    expect(stage.come("c", { awaitsContinue: true }).client.acts).toEqual(["continue", "resume"]);
  });

  test("is not where the app is to say so, and is in time what waits in the queue is", () => {
    const stage = new Stage();
    stage.roster.saysContinue = true;
    for (const id of ["a", "b"]) stage.come(id);
    const { client } = stage.come("c", { awaitsContinue: true });
    expect(client.acts).toEqual([]);
    stage.clock.advance(QUEUE_MS);
    expect(stage.ends.kinds).toEqual(["queue_timeout"]);
  });

  test("and sends it all the same: it is taken", async () => {
    const stage = new Stage();
    stage.roster.saysContinue = true;
    for (const id of ["a", "b"]) stage.come(id);
    const { client } = stage.come("c", { awaitsContinue: true });
    client.send("all");
    client.send("of it", true);
    await settle();
    expect(stage.inside).toEqual(["a", "b", "c"]);
  });
});
