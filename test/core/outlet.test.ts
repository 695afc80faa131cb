import { describe, expect, test } from "bun:test";
import { Outlet } from "../../src/core/outlet.ts";
import { FakeClock } from "../support/fake-clock.ts";

describe("outlet: a reader who has stopped", () => {
  /** Lines of ten bytes with their ends; the outlet is to hold twenty. */
  function standIn() {
    const clock = new FakeClock();
    const written: string[] = [];
    const waiting: (() => void)[] = [];
    const outlet = new Outlet(
      (text, done) => {
        written.push(text.trimEnd());
        waiting.push(done);
      },
      { clock, limitBytes: 20, patienceMs: 1000 },
    );
    let told = 0;
    // Whoever tells of it may do so on the same stream.
    outlet.onDropping = () => {
      told++;
      outlet.line("dropping");
    };
    const print = (count: number) => {
      for (let n = 0; n < count; n++) outlet.line("123456789");
    };
    const take = (count: number) => {
      for (const done of waiting.splice(0, count)) done();
    };
    return { clock, outlet, written, print, take, told: () => told };
  }

  test("holds up whoever prints, until half of what may wait has left", async () => {
    const { outlet, print, take, written, clock } = standIn();
    print(2);
    expect(outlet.whenRoom()).toBeUndefined();
    print(1);
    const room = outlet.whenRoom();
    expect(room).toBeDefined();
    take(1);
    expect(outlet.whenRoom()).toBe(room!);
    take(1);
    await room;
    expect(outlet.whenRoom()).toBeUndefined();
    clock.advance(5_000);
    print(1);
    expect(written.length).toBe(4);
  });

  test("holds nobody up for longer than that: lines are dropped and counted, and all of it is told once", async () => {
    const { outlet, print, take, written, told, clock } = standIn();
    print(3);
    clock.advance(1000);
    await outlet.whenRoom();
    print(7);
    expect([written.length, told()]).toEqual([3, 1]);
    take(1);
    print(1);
    expect([written.length, told()]).toEqual([3, 1]);
    take(1);
    expect(written.slice(3)).toEqual(["gw: 9 lines were dropped here because nobody read them"]);
    // That line fills it again, and the next stop is another one.
    take(2);
    print(1);
    expect([written.length, told()]).toEqual([5, 1]);
    const flushed = outlet.flushed();
    take(1);
    await flushed;
  });

  test("is dropped for at once where nobody can be held up", () => {
    const written: string[] = [];
    const outlet = new Outlet((text) => written.push(text), {
      clock: new FakeClock(),
      limitBytes: 20,
      patienceMs: 0,
    });
    for (let n = 0; n < 10; n++) outlet.line("123456789");
    expect(written.length).toBe(3);
  });

  test("who has gone is told of once, and what reaches nobody is counted", () => {
    let isGone = false;
    const outlet = new Outlet((_text, done) => done(isGone ? new Error("EPIPE") : undefined), {
      clock: new FakeClock(),
    });
    let [told, lost] = [0, 0];
    // Whoever tells of it may do so on the same stream.
    outlet.onBroken = () => {
      told++;
      outlet.line("gone");
    };
    const print = () =>
      outlet.line("a\nb", 2, (count) => {
        lost += count;
      });
    print();
    expect([told, lost]).toEqual([0, 0]);
    isGone = true;
    print();
    print();
    expect([told, lost]).toEqual([1, 4]);
  });

  test("is flushed at once when nothing waits", async () => {
    await new Outlet((_text, done) => done(), { clock: new FakeClock() }).flushed();
  });
});
