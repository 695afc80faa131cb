import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { GwError } from "../../../src/core/errors.ts";
import { ClientPace } from "../../../src/front/visit/client-pace.ts";
import { Intake, type IntakeListener } from "../../../src/front/visit/intake.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeClient } from "../fakes.ts";

const HELD_MOST = 65_536;

/** Takes pieces, and says "enough" when told to. */
class Taker implements IntakeListener {
  text = "";
  pieces: number[] = [];
  ends = 0;
  tooLarge = 0;
  progress = 0;
  slow = 0;
  readonly broken: string[] = [];
  takesMore = true;

  onBodyTooLarge(): void {
    this.tooLarge++;
  }

  onBodySlow(): void {
    this.slow++;
  }

  onBroken({ cause_ }: GwError): void {
    this.broken.push(cause_);
  }

  onBodyProgress(): void {
    this.progress++;
  }

  onBodyPiece(piece: Uint8Array): boolean {
    this.text += Buffer.from(piece).toString("latin1");
    this.pieces.push(piece.length);
    return this.takesMore;
  }

  onBodyEnd(): void {
    this.ends++;
  }
}

/** As the stages do it: it begins, and is gathered where it is not ready. */
function setUp({
  length,
  limit = 1_000_000,
  expects = false,
  pace,
}: {
  length?: number;
  limit?: number;
  expects?: boolean;
  pace?: ClientPace;
} = {}) {
  const fake = new FakeClient({ method: "POST", hasBody: true });
  const taker = new Taker();
  const intake = new Intake(fake.client, taker, limit, { length, awaitsContinue: expects, pace });
  intake.begin();
  if (!intake.isReady) intake.gather();
  return { fake, intake, taker };
}

test("intake: nothing that came while the client was held back is not handed on as a piece", () => {
  const { fake, intake, taker } = setUp();
  intake.deliver();
  taker.takesMore = false;
  fake.send("one");
  expect(fake.isPaused).toBe(true);
  fake.send("");
  intake.proceed();
  fake.send("more");
  expect(taker.pieces).toEqual([3, 4]);
});

const heldOf = (intake: Intake) => Buffer.from(intake.takeHeld() ?? []).toString("latin1");

describe("intake: when a body is ready", () => {
  test("a small one is gathered whole, and goes on with its exact length", () => {
    const { fake, intake, taker } = setUp({ length: 4 });
    fake.send("ab");
    expect([intake.isReady, taker.ends, taker.progress]).toEqual([false, 0, 1]);
    fake.send("cd", true);
    expect([taker.ends, intake.isReady, intake.framing, heldOf(intake)]).toEqual([1, true, 4, "abcd"]);
  });

  test("a large or chunked one is ready at once, and held back until somebody takes it", () => {
    for (const [length, framing] of [
      [HELD_MOST + 1, HELD_MOST + 1],
      [undefined, "chunked"],
    ] as const) {
      const { fake, intake } = setUp(length === undefined ? {} : { length });
      expect([intake.isReady, intake.framing, fake.isPaused]).toEqual([true, framing, false]);
      fake.send("a".repeat(HELD_MOST - 1));
      expect(fake.isPaused).toBe(false);
      fake.send("b");
      expect(fake.isPaused).toBe(true);
      expect(heldOf(intake)).toHaveLength(HELD_MOST);
    }
  });

  test("a small body is not held back while it is gathered", () => {
    const { fake, taker } = setUp({ length: HELD_MOST });
    fake.send("a".repeat(HELD_MOST));
    expect([fake.isPaused, taker.ends]).toEqual([false, 0]);
    fake.end();
    expect(taker.ends).toBe(1);
  });

  test("one that came whole and was held back before anybody waited for it is read on to its end", () => {
    const fake = new FakeClient({ method: "POST", hasBody: true });
    const taker = new Taker();
    const intake = new Intake(fake.client, taker, HELD_MOST, { length: HELD_MOST, awaitsContinue: false });
    intake.begin();
    fake.send("a".repeat(HELD_MOST));
    expect(fake.isPaused).toBe(true);
    intake.gather();
    expect(fake.isPaused).toBe(false);
    fake.end();
    expect([taker.ends, heldOf(intake).length]).toEqual([1, HELD_MOST]);
  });

  test("a chunked one that is complete when it is taken goes on with its length", () => {
    const { fake, intake } = setUp();
    fake.send("abc", true);
    expect([intake.framing, heldOf(intake)]).toEqual([3, "abc"]);
  });
});

describe("intake: handing on", () => {
  test("held pieces are taken first, the others go as they come, the end last and once", () => {
    const { fake, intake, taker } = setUp();
    fake.send("ab");
    expect(heldOf(intake)).toBe("ab");
    expect(intake.takeHeld()).toBeUndefined();
    intake.deliver();
    fake.send("cd");
    fake.send("ef", true);
    expect([taker.text, taker.ends]).toEqual(["cdef", 1]);
  });

  test("who has enough stops the client, and goes on with what the runtime held", () => {
    const { fake, intake, taker } = setUp();
    intake.takeHeld();
    intake.deliver();
    taker.takesMore = false;
    fake.send("a");
    expect(fake.isPaused).toBe(true);
    fake.send("b");
    expect(taker.text).toBe("a");
    taker.takesMore = true;
    intake.proceed();
    expect([fake.isPaused, taker.text]).toEqual([false, "ab"]);
    fake.send("c");
    expect(taker.text).toBe("abc");
  });

  test("a body is whole for another worker until somebody takes of it", () => {
    const { fake, intake } = setUp({ length: 2 });
    fake.send("ab", true);
    expect(intake.isUntouched).toBe(true);
    intake.takeHeld();
    expect(intake.isUntouched).toBe(false);
  });

  test("after stop nothing is kept, handed on or told", () => {
    const { fake, intake, taker } = setUp({ limit: 5 });
    fake.send("ab");
    intake.takeHeld();
    intake.deliver();
    intake.stop();
    fake.send("cdefghij", true);
    expect([taker.text, taker.ends, taker.tooLarge, intake.takeHeld()]).toEqual(["", 0, 0, undefined]);
  });

  test("a gathered body whose client leaves never becomes ready", () => {
    const { fake, taker } = setUp({ length: 4 });
    fake.send("ab");
    fake.leave();
    fake.send("cd", true);
    expect(taker.ends).toBe(0);
  });
});

test("intake: what comes after nobody takes pieces any more is kept for whoever takes it next", () => {
  const { fake, intake, taker } = setUp();
  intake.deliver();
  fake.send("ab");
  intake.keep();
  fake.send("cd");
  fake.end();
  expect([taker.text, taker.ends, heldOf(intake)]).toEqual(["ab", 0, "cd"]);
});

describe("intake: a large one that is waited for", () => {
  test("its client is let send it, until no more is kept; whoever takes that has it go on", () => {
    const { fake, intake, taker } = setUp({ length: 200_000, expects: true });
    intake.collect();
    expect([fake.acts, intake.isCollected, intake.isFull]).toEqual([["continue"], true, false]);
    fake.send("x".repeat(HELD_MOST));
    expect([fake.isPaused, intake.isFull, taker.text]).toEqual([true, true, ""]);
    expect(heldOf(intake).length).toBe(HELD_MOST);
    intake.deliver();
    fake.send("rest");
    expect([fake.isPaused, taker.text]).toEqual([false, "rest"]);
  });

  test("one that was kept until no more could be is not read further for it", () => {
    const { fake, intake } = setUp({ length: 200_000 });
    fake.send("x".repeat(HELD_MOST));
    intake.collect();
    expect([fake.isPaused, intake.isFull]).toEqual([true, true]);
  });

  test("its end is told, and a whole one is not full", () => {
    const { fake, intake, taker } = setUp();
    intake.collect();
    fake.send("x".repeat(HELD_MOST), true);
    expect([taker.ends, intake.isFull, intake.framing]).toEqual([1, false, HELD_MOST]);
  });
});

describe("intake: the limit", () => {
  test("a body at the limit passes, one byte more is told once, and nothing of it goes on", () => {
    for (const [text, tooLarge, passed] of [
      ["abcde", 0, "abcde"],
      ["abcdef", 1, ""],
    ] as const) {
      const { fake, intake, taker } = setUp({ limit: 5 });
      intake.takeHeld();
      intake.deliver();
      fake.send(text);
      fake.send("", true);
      expect([taker.tooLarge, taker.text]).toEqual([tooLarge, passed]);
    }
  });

  test("pieces count together, held ones too", () => {
    const { fake, taker } = setUp({ limit: 5 });
    for (const piece of ["ab", "cd", "ef", "gh"]) fake.send(piece);
    expect(taker.tooLarge).toBe(1);
  });
});

describe("intake: 100-continue", () => {
  test("it is sent when somebody takes the body, once", () => {
    const { fake, intake } = setUp({ expects: true });
    expect(fake.acts).toEqual([]);
    intake.takeHeld();
    intake.deliver();
    intake.deliver();
    expect(fake.acts).toEqual(["continue"]);
  });

  test("it is sent at once for a body that is gathered", () => {
    expect(setUp({ expects: true, length: 5 }).fake.acts).toEqual(["continue"]);
  });

  test("it is not sent to a client that did not wait for it", () => {
    const { fake, intake } = setUp({ expects: true });
    fake.send("a");
    intake.takeHeld();
    intake.deliver();
    expect(fake.acts).toEqual([]);
  });
});

test("intake: however the body is cut and whenever it is taken, all of it arrives in order, and one end", () => {
  const pieces = fc.array(fc.string({ minLength: 1, maxLength: 5, unit: fc.constantFrom(..."abc") }), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(pieces, fc.nat(12), fc.array(fc.boolean(), { maxLength: 12 }), (body, takenAt, appetite) => {
      const { fake, intake, taker } = setUp();
      let taken = "";
      const take = () => {
        taken = heldOf(intake);
        if (intake.isComplete) taker.ends++;
        else intake.deliver();
      };
      body.forEach((piece, n) => {
        if (n === takenAt) take();
        taker.takesMore = appetite[n] ?? true;
        fake.send(piece);
        if (fake.isPaused) intake.proceed();
      });
      fake.end();
      if (takenAt >= body.length) take();
      expect([taken + taker.text, taker.ends]).toEqual([body.join(""), 1]);
    }),
  );
});

describe("intake: how slowly a body may come", () => {
  const begin = (given: { expects?: boolean; length?: number } = {}) => {
    const clock = new FakeClock();
    const body = { timeoutMs: 5000, maxTimeoutMs: 0, minRate: 100 };
    const pace = new ClientPace(clock, 60_000, { body, answer: { timeoutMs: 60_000, minRate: 0 } });
    return { clock, pace, ...setUp({ length: 1000, ...given, pace }) };
  };

  test("a byte a second does not last longer than the time for it", () => {
    const { clock, fake, taker } = begin();
    for (let second = 0; second < 5; second++) {
      fake.send("x");
      clock.advance(1000);
    }
    expect(taker.slow).toBe(0);
    clock.advance(1000);
    expect(taker.slow).toBe(1);
  });

  test("one at the rate is never late, and nothing falls due behind its end", () => {
    const { clock, fake, taker } = begin();
    for (let second = 0; second < 100; second++) {
      fake.send("x".repeat(100));
      clock.advance(1000);
    }
    fake.send("x", true);
    clock.advance(1_000_000);
    expect(taker.slow).toBe(0);
  });

  test("what came before somebody took it is no credit, what comes then is, and a debt is not forgiven", () => {
    const { clock, fake, intake } = begin({ length: 1_000_000 });
    fake.send("x".repeat(10_000));
    clock.advance(1000);
    expect(intake.behindMs).toBe(1000 - 100_000);
    intake.deliver();
    clock.advance(3000);
    fake.send("x".repeat(200));
    expect(intake.behindMs).toBe(3000 - 2000);
    const late = begin({ length: 1_000_000 });
    late.clock.advance(4000);
    late.intake.deliver();
    expect(late.intake.behindMs).toBe(4000);
  });

  test("time in which nobody reads does not count", () => {
    const { clock, fake, intake, taker } = begin();
    intake.deliver();
    taker.takesMore = false;
    fake.send("one");
    clock.advance(1_000_000);
    expect(taker.slow).toBe(0);
    intake.proceed();
    clock.advance(7000);
    expect(taker.slow).toBe(1);
  });

  test("nor does the time before a client that asks whether to send is told so", () => {
    const { clock, intake, taker } = begin({ expects: true, length: 1_000_000 });
    clock.advance(1_000_000);
    expect(taker.slow).toBe(0);
    intake.deliver();
    clock.advance(6000);
    expect(taker.slow).toBe(1);
  });

  test("nor is a client hurried that is being answered already", () => {
    const { clock, fake, taker } = begin();
    fake.client.sendHead(200, "OK", []);
    clock.advance(1_000_000);
    expect(taker.slow).toBe(0);
  });

  test("an intake that was stopped says nothing later", () => {
    const { clock, intake, taker } = begin();
    intake.stop();
    clock.advance(1_000_000);
    expect(taker.slow).toBe(0);
  });
});
