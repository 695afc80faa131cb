import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Queue } from "../../../src/front/queue/queue.ts";
import { admitBody } from "../../../src/front/stages/limits.ts";
import type { Ending, Visit } from "../../../src/front/visit/visit.ts";
import type { QueueOrder } from "../../../src/link/setups.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { anyVisit, Ends, idleHolder, visitOf } from "../fakes.ts";
import { PlainClient } from "../plain-client.ts";

const QUEUE_MS = 45_000;
const CONNECT_MS = 15_000;

function setUp(most = 100, order: QueueOrder = {}) {
  const clock = new FakeClock();
  const expired: [string, string, number][] = [];
  const ends = new Expired((visit, cause) => expired.push([visit.id, cause, clock.now()]));
  const queue = new Queue({ clock, most, order, queueTimeoutMs: QUEUE_MS, connectTimeoutMs: CONNECT_MS });
  const push = (id: string, arrivedAt = clock.now(), target = "/"): Visit => {
    const visit = anyVisit(arrivedAt, id, ends);
    visit.target = target;
    visit.handTo(queue);
    return visit;
  };
  /** Gives the first one to a worker. */
  const shift = (): Visit | undefined => {
    const visit = queue.first;
    if (!visit) return undefined;
    visit.attempts++;
    visit.handTo(idleHolder());
    return visit;
  };
  return { clock, queue, expired, push, shift };
}

class Expired extends Ends {
  readonly #tell: (visit: Visit, cause: string) => void;

  constructor(tell: (visit: Visit, cause: string) => void) {
    super();
    this.#tell = tell;
  }

  override onEnd(visit: Visit, ending: Ending): void {
    super.onEnd(visit, ending);
    if (ending.kind === "refused") this.#tell(visit, ending.error.cause_);
  }
}

/** Its client does. */
const leave = (visit: Visit) => visit.client.listener?.onGone();

describe("queue: order", () => {
  test("first come, first served", () => {
    const { queue, push, shift } = setUp();
    for (const id of ["a", "b", "c"]) push(id);
    expect([queue.length, shift()?.id, shift()?.id, shift()?.id, shift()?.id]).toEqual([
      3,
      "a",
      "b",
      "c",
      undefined as never,
    ]);
  });

  test("one that is put back is first again", () => {
    const { queue, push, shift } = setUp();
    for (const id of ["a", "b", "c"]) push(id);
    const [a, b] = [shift(), shift()];
    b?.handTo(queue);
    a?.handTo(queue);
    expect([shift()?.id, shift()?.id, shift()?.id]).toEqual(["a", "b", "c"]);
  });

  test("it is full at its bound, and room is made by whoever goes", () => {
    const { queue, push } = setUp(2);
    expect(queue.isFull).toBe(false);
    const a = push("a");
    push("b");
    expect(queue.isFull).toBe(true);
    leave(a);
    expect(queue.isFull).toBe(false);
    expect(setUp(0).queue.isFull).toBe(true);
  });

  test("one that has left is never handed out, and leaving twice is nothing", () => {
    const { clock, queue, expired, push, shift } = setUp();
    const [a] = [push("a"), push("b")];
    leave(a);
    leave(a);
    expect([queue.length, shift()?.id, queue.length]).toEqual([1, "b", 0]);
    clock.advance(QUEUE_MS);
    expect(expired).toEqual([]);
  });

  test("the time in the queue is counted, that of each wait, and nothing else", () => {
    const { clock, push, shift, queue } = setUp();
    const a = push("a", 0);
    clock.advance(20);
    shift();
    clock.advance(500);
    a.handTo(queue);
    clock.advance(3);
    shift();
    expect(a.queuedMs).toBe(23);
  });
});

describe("queue: when there is no room", () => {
  test("first come, first served: the newcomer has to go", () => {
    const { queue, push, expired } = setUp(2);
    const a = push("a");
    push("b");
    expect(queue.makeRoomFor(a)).toBe(false);
    expect([queue.length, expired]).toEqual([2, []]);
  });

  test("with the newest first, the oldest makes way once it is late, and is told why", () => {
    const { clock, queue, push, expired, shift } = setUp(2, { newestFirstMs: 50 });
    const a = push("a");
    push("b");
    clock.advance(49);
    expect(queue.makeRoomFor(a)).toBe(false);
    clock.advance(1);
    expect(queue.makeRoomFor(a)).toBe(true);
    expect(expired).toEqual([["a", "displaced", 50]]);
    push("c");
    expect([shift()?.id, shift()?.id]).toEqual(["c", "b"]);
  });

  test("a low one makes way for a high one, and nobody has to while there is room", () => {
    const priorities = [
      { path: "/health", priority: "high" as const },
      { path: "/batch/*", priority: "low" as const },
    ];
    const { queue, push, expired, shift } = setUp(3, { priorities });
    const health = anyVisit(0, "health", new Ends());
    health.target = "/health";
    push("a");
    push("low 1", 0, "/batch/1");
    expect(queue.makeRoomFor(health)).toBe(true);
    expect(expired).toEqual([]);
    push("low 2", 0, "/batch/2");
    expect(queue.makeRoomFor(health)).toBe(true);
    expect(expired).toEqual([["low 2", "displaced", 0]]);
    push("health", 0, "/health");
    expect([shift()?.id, shift()?.id, shift()?.id]).toEqual(["health", "a", "low 1"]);
  });

  test("room for nothing at all is made by nobody", () => {
    const { queue } = setUp(0, { newestFirstMs: 0 });
    expect(queue.makeRoomFor(anyVisit(0, "a", new Ends()))).toBe(false);
  });
});

describe("queue: time", () => {
  test("whoever waits longer than queue-timeout is told so at that instant", () => {
    const { clock, queue, expired, push } = setUp();
    push("a");
    clock.advance(10);
    push("b");
    clock.advance(QUEUE_MS - 11);
    expect(expired).toEqual([]);
    clock.advance(1);
    expect(expired).toEqual([["a", "queue_timeout", QUEUE_MS]]);
    clock.advance(10);
    expect([expired[1], queue.length]).toEqual([["b", "queue_timeout", QUEUE_MS + 10], 0]);
    expect(clock.pending()).toEqual([]);
  });

  test("the time counts from the request's head, also for one that something else than its body had queue late", () => {
    const { clock, expired, push } = setUp();
    clock.advance(1000);
    push("quick");
    push("checked", 0);
    clock.advance(QUEUE_MS - 1000);
    expect(expired).toEqual([["checked", "queue_timeout", QUEUE_MS]]);
    clock.advance(1000);
    expect(expired[1]).toEqual(["quick", "queue_timeout", QUEUE_MS + 1000]);
  });

  test("and from the end of the wait for its body, where there was one: that was its client's time", () => {
    const { clock, queue, expired } = setUp();
    const client = new PlainClient({ method: "POST", hasBody: true });
    const visit = visitOf(client, 0, "slow");
    admitBody(visit, 1000);
    clock.advance(2 * QUEUE_MS);
    client.send("whole", true);
    visit.admittedAt = clock.now();
    visit.handTo(queue);
    clock.advance(QUEUE_MS - 1);
    expect([queue.length, expired]).toEqual([1, []]);
    clock.advance(1);
    expect([queue.length, visit.ending?.kind]).toEqual([0, "refused"]);
  });

  test("without any worker the wait is bounded by connect-timeout", () => {
    const { clock, queue, expired, push } = setUp();
    queue.setDeserted(true);
    push("a");
    clock.advance(CONNECT_MS);
    expect(expired).toEqual([["a", "no_worker", CONNECT_MS]]);
  });

  test("connect-timeout counts from the moment when the last worker went", () => {
    const { clock, queue, expired, push } = setUp();
    push("a");
    clock.advance(20_000);
    queue.setDeserted(true);
    clock.advance(5_000);
    push("b");
    queue.setDeserted(true);
    clock.advance(15_000);
    expect(expired).toEqual([
      ["a", "no_worker", 35_000],
      ["b", "no_worker", 40_000],
    ]);
  });

  test("where queue-timeout is over first, it is the cause", () => {
    const { clock, queue, expired, push } = setUp();
    push("a");
    clock.advance(40_000);
    queue.setDeserted(true);
    clock.advance(5_000);
    expect(expired).toEqual([["a", "queue_timeout", QUEUE_MS]]);
  });

  test("a worker that comes in time gives back the longer wait", () => {
    const { clock, queue, expired, push } = setUp();
    queue.setDeserted(true);
    push("a");
    clock.advance(CONNECT_MS - 1);
    queue.setDeserted(false);
    clock.advance(1);
    expect([expired, queue.length]).toEqual([[], 1]);
    clock.advance(QUEUE_MS - CONNECT_MS);
    expect(expired).toEqual([["a", "queue_timeout", QUEUE_MS]]);
  });

  test("one that is put back keeps the time it has waited", () => {
    const { clock, queue, expired, push, shift } = setUp();
    push("a");
    const a = shift() as Visit;
    clock.advance(QUEUE_MS + 5);
    a.handTo(queue);
    clock.advance(0);
    expect(expired).toEqual([["a", "queue_timeout", QUEUE_MS + 5]]);
  });

  test("what leaves the queue while others expire is not told to have expired", () => {
    const { clock, expired, push } = setUp();
    push("a");
    const b = push("b");
    const seen = expired.push.bind(expired);
    expired.push = (...entries) => {
      leave(b);
      return seen(...entries);
    };
    clock.advance(QUEUE_MS);
    expect(expired.map(([id]) => id)).toEqual(["a"]);
  });
});

describe("queue: pause", () => {
  test("a pause is the cause of what it lets expire, and connect-timeout is not", () => {
    const { clock, queue, expired, push } = setUp();
    queue.setDeserted(true);
    queue.setPaused(true);
    push("a");
    clock.advance(QUEUE_MS - 1);
    expect(expired).toEqual([]);
    clock.advance(1);
    expect(expired).toEqual([["a", "paused", QUEUE_MS]]);
  });

  test("after it, workers have their time to come anew", () => {
    const { clock, queue, expired, push } = setUp();
    queue.setDeserted(true);
    queue.setPaused(true);
    const a = push("a");
    a.refusedAt = 1;
    clock.advance(20_000);
    queue.setPaused(false);
    expect(a.refusedAt).toBe(0);
    clock.advance(CONNECT_MS - 1);
    expect(expired).toEqual([]);
    clock.advance(1);
    expect(expired).toEqual([["a", "no_worker", 20_000 + CONNECT_MS]]);
  });

  test("a pause in the middle of a wait stops connect-timeout, and no more than that", () => {
    const { clock, queue, expired, push } = setUp();
    queue.setDeserted(true);
    push("a");
    clock.advance(CONNECT_MS - 1);
    queue.setPaused(true);
    clock.advance(20_000);
    queue.setPaused(false);
    queue.setDeserted(false);
    clock.advance(QUEUE_MS);
    expect(expired).toEqual([["a", "queue_timeout", QUEUE_MS]]);
  });
});

describe("queue: waiting", () => {
  test("the longest wait is told, whoever stands first", () => {
    const { queue, push } = setUp();
    expect(queue.waitingSince).toBeUndefined();
    for (const [id, queuedAt] of [
      ["a", 30],
      ["b", 10],
      ["c", 20],
    ] as const)
      push(id).queuedAt = queuedAt;
    expect(queue.waitingSince).toBe(10);
  });
});

describe("queue: long runs", () => {
  test("ten thousand that come and leave while nothing is served leave nothing, and one timer at most", () => {
    const { clock, queue, push } = setUp();
    queue.setDeserted(true);
    for (let n = 0; n < 10_000; n++) leave(push(String(n)));
    expect([queue.length, queue.first]).toEqual([0, undefined]);
    expect(clock.pending().length).toBeLessThanOrEqual(1);
    clock.advance(QUEUE_MS);
    expect(clock.pending()).toEqual([]);
  });

  type Act = { act: "push" | "shift" | "again" | "leave" | "wait" | "desert" | "return"; n: number };

  test("whatever happens, each visit is handed out, expired or gone, once and in time", () => {
    const act = fc.record({
      act: fc.constantFrom<Act["act"]>(
        "push",
        "push",
        "push",
        "shift",
        "again",
        "leave",
        "wait",
        "wait",
        "desert",
        "return",
      ),
      n: fc.nat(20_000),
    });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const { clock, queue, expired, push, shift } = setUp();
        let waiting: Visit[] = [];
        let taken: Visit[] = [];
        let count = 0;
        const settle = () => {
          const gone = new Set(expired.map(([id]) => id));
          waiting = waiting.filter(({ id }) => !gone.has(id));
        };
        for (const { act, n } of acts) {
          if (act === "push") {
            // Up to so long after its head was read.
            waiting.push(push(String(count++), Math.max(0, clock.now() - n)));
          } else if (act === "shift") {
            const visit = shift();
            expect(visit?.id).toBe(waiting.shift()?.id as string);
            if (visit) taken.push(visit);
          } else if (act === "again" && taken.length > 0) {
            const visit = taken[n % taken.length] as Visit;
            taken = taken.filter((other) => other !== visit);
            visit.handTo(queue);
            waiting.unshift(visit);
          } else if (act === "leave" && waiting.length > 0) {
            const [visit] = waiting.splice(n % waiting.length, 1);
            leave(visit as Visit);
          } else if (act === "wait") clock.advance(n);
          else queue.setDeserted(act === "desert");
          clock.advance(0);
          settle();
          expect(queue.length).toBe(waiting.length);
          for (const { arrivedAt } of waiting) expect(clock.now()).toBeLessThan(arrivedAt + QUEUE_MS);
        }
        expect(new Set(expired.map(([id]) => id)).size).toBe(expired.length);
        expect(clock.pending().length).toBeLessThanOrEqual(1);
        clock.advance(QUEUE_MS);
        expect(queue.length).toBe(0);
      }),
      { numRuns: 500 },
    );
  });
});
