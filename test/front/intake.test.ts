import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Intake, type IntakeListener } from "../../src/front/intake.ts";
import { FakeClient } from "./fakes.ts";

const HELD_MOST = 65_536;

/** Takes pieces, and says "enough" when told to. */
class Taker implements IntakeListener {
  text = "";
  ends = 0;
  takesMore = true;

  onBodyPiece(piece: Uint8Array): boolean {
    this.text += Buffer.from(piece).toString("latin1");
    return this.takesMore;
  }

  onBodyEnd(): void {
    this.ends++;
  }
}

function setUp({
  length,
  limit = 1_000_000,
  expects = false,
}: {
  length?: number;
  limit?: number;
  expects?: boolean;
} = {}) {
  const fake = new FakeClient({ method: "POST", hasBody: true });
  const intake = new Intake(fake.client, limit, length, expects);
  const seen = { ready: 0, tooLarge: 0, progress: 0 };
  intake.onTooLarge = () => void seen.tooLarge++;
  intake.onProgress = () => void seen.progress++;
  intake.whenReady(() => void seen.ready++);
  return { fake, intake, seen, taker: new Taker() };
}

test("intake: nothing that came while the client was held back is not handed on as a piece", () => {
  const { fake, intake } = setUp();
  const pieces: number[] = [];
  intake.deliver({ onBodyPiece: ({ length }) => pieces.push(length) > 1, onBodyEnd() {} });
  fake.send("one");
  expect(fake.isPaused).toBe(true);
  fake.send("");
  intake.proceed();
  fake.send("more");
  expect(pieces).toEqual([3, 4]);
});

const heldOf = (intake: Intake) => Buffer.from(intake.takeHeld() ?? []).toString("latin1");

describe("intake: when a body is ready", () => {
  test("a small one is gathered whole, and goes on with its exact length", () => {
    const { fake, intake, seen } = setUp({ length: 4 });
    fake.send("ab");
    expect([seen.ready, intake.isComplete, seen.progress]).toEqual([0, false, 1]);
    fake.send("cd", true);
    expect([seen.ready, intake.isComplete, intake.framing, heldOf(intake)]).toEqual([1, true, 4, "abcd"]);
  });

  test("a large or chunked one is ready at once, and held back until somebody takes it", () => {
    for (const [length, framing] of [
      [HELD_MOST + 1, HELD_MOST + 1],
      [undefined, "chunked"],
    ] as const) {
      const { fake, intake, seen } = setUp(length === undefined ? {} : { length });
      expect([seen.ready, intake.framing, fake.isPaused]).toEqual([1, framing, false]);
      fake.send("a".repeat(HELD_MOST - 1));
      expect(fake.isPaused).toBe(false);
      fake.send("b");
      expect(fake.isPaused).toBe(true);
      expect(heldOf(intake)).toHaveLength(HELD_MOST);
    }
  });

  test("a small body is not held back while it is gathered", () => {
    const { fake, seen } = setUp({ length: HELD_MOST });
    fake.send("a".repeat(HELD_MOST));
    expect([fake.isPaused, seen.ready]).toEqual([false, 0]);
    fake.end();
    expect(seen.ready).toBe(1);
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
    intake.deliver(taker);
    fake.send("cd");
    fake.send("ef", true);
    expect([taker.text, taker.ends]).toEqual(["cdef", 1]);
  });

  test("who has enough stops the client, and goes on with what the runtime held", () => {
    const { fake, intake, taker } = setUp();
    intake.takeHeld();
    intake.deliver(taker);
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
    const { fake, intake, taker, seen } = setUp({ limit: 5 });
    fake.send("ab");
    intake.takeHeld();
    intake.deliver(taker);
    intake.stop();
    fake.send("cdefghij", true);
    expect([taker.text, taker.ends, seen.tooLarge, intake.takeHeld()]).toEqual(["", 0, 0, undefined]);
  });

  test("a gathered body whose client leaves never becomes ready", () => {
    const { fake, seen } = setUp({ length: 4 });
    fake.send("ab");
    fake.leave();
    fake.send("cd", true);
    expect(seen.ready).toBe(0);
  });
});

describe("intake: the limit", () => {
  test("a body at the limit passes, one byte more is told once, and nothing of it goes on", () => {
    for (const [text, tooLarge, passed] of [
      ["abcde", 0, "abcde"],
      ["abcdef", 1, ""],
    ] as const) {
      const { fake, intake, seen, taker } = setUp({ limit: 5 });
      intake.takeHeld();
      intake.deliver(taker);
      fake.send(text);
      fake.send("", true);
      expect([seen.tooLarge, taker.text]).toEqual([tooLarge, passed]);
    }
  });

  test("pieces count together, held ones too", () => {
    const { fake, seen } = setUp({ limit: 5 });
    for (const piece of ["ab", "cd", "ef", "gh"]) fake.send(piece);
    expect(seen.tooLarge).toBe(1);
  });
});

describe("intake: 100-continue", () => {
  test("it is sent when somebody takes the body, once", () => {
    const { fake, intake, taker } = setUp({ expects: true });
    expect(fake.acts).toEqual([]);
    intake.takeHeld();
    intake.deliver(taker);
    intake.deliver(taker);
    expect(fake.acts).toEqual(["continue"]);
  });

  test("it is sent at once for a body that is gathered", () => {
    expect(setUp({ expects: true, length: 5 }).fake.acts).toEqual(["continue"]);
  });

  test("it is not sent to a client that did not wait for it", () => {
    const { fake, intake, taker } = setUp({ expects: true });
    fake.send("a");
    intake.takeHeld();
    intake.deliver(taker);
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
        else intake.deliver(taker);
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
