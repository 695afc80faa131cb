import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Outbox } from "../../../src/http/h2/outbox.ts";

/** A kernel that takes as many bytes of each write as it is told; without a number, all. */
class Kernel {
  readonly got: Buffer[] = [];
  writes = 0;
  readonly takes: number[];
  constructor(...takes: number[]) {
    this.takes = takes;
  }
  write(bytes: Uint8Array): number {
    this.writes++;
    const taken = this.takes.shift() ?? bytes.length;
    if (taken > 0) this.got.push(Buffer.from(bytes.subarray(0, taken)));
    return Math.min(taken, bytes.length);
  }
  get text(): string {
    return Buffer.concat(this.got).toString("latin1");
  }
}

const bytesOf = (text: string) => Buffer.from(text, "latin1");

describe("outbox", () => {
  test("what was put in leaves in one write, and nothing leaves before", () => {
    const kernel = new Kernel();
    const outbox = new Outbox();
    outbox.add(bytesOf("one "));
    const at = outbox.reserve(3);
    outbox.bytes.write("two", at, "latin1");
    outbox.fillTo(at + 3);
    expect([outbox.position, outbox.taken, outbox.size]).toEqual([7, 0, 7]);
    outbox.flush(kernel);
    expect(kernel.got.map(String)).toEqual(["one two"]);
    expect([outbox.position, outbox.taken, outbox.size, outbox.isBlocked]).toEqual([7, 7, 0, false]);
    outbox.flush(kernel);
    expect(kernel.writes).toBe(1);
  });

  test("what is reserved and not filled is not sent", () => {
    const kernel = new Kernel();
    const outbox = new Outbox();
    const at = outbox.reserve(100);
    outbox.bytes.write("ab", at, "latin1");
    outbox.fillTo(at + 2);
    outbox.flush(kernel);
    expect(kernel.text).toBe("ab");
  });

  test.each([
    ["a part", 4],
    ["nothing", 0],
    ["an error", -1],
  ])("where the kernel takes %s, the rest goes first when it takes more", (_, first) => {
    const kernel = new Kernel(first, 1);
    const outbox = new Outbox();
    const taken = Math.max(first, 0);
    outbox.add(bytesOf("0123456789"));
    outbox.flush(kernel);
    expect([outbox.isBlocked, outbox.taken, outbox.size]).toEqual([true, taken, 10 - taken]);
    // What comes meanwhile is written over the room of what has not left.
    outbox.add(bytesOf("abcdefghij"));
    outbox.flush(kernel);
    expect([outbox.isBlocked, outbox.taken, outbox.position]).toEqual([true, taken + 1, 20]);
    outbox.flush(kernel);
    expect([outbox.isBlocked, outbox.taken, outbox.size]).toEqual([false, 20, 0]);
    expect(kernel.text).toBe("0123456789abcdefghij");
  });

  test("more than its room is kept whole", () => {
    const kernel = new Kernel(70_000);
    const outbox = new Outbox();
    const pieces = ["a", "b", "c", "d"].map((letter) => letter.repeat(50_000));
    for (const piece of pieces) outbox.add(bytesOf(piece));
    expect(outbox.size).toBe(200_000);
    outbox.flush(kernel);
    outbox.add(bytesOf("end"));
    outbox.flush(kernel);
    expect(kernel.text === `${pieces.join("")}end`).toBe(true);
    expect(outbox.taken).toBe(200_003);
    // What was needed once is not held for ever.
    expect(outbox.bytes.length).toBeLessThan(200_000);
  });

  test("in whatever pieces the kernel takes them, the bytes arrive once and in order", () => {
    const step = fc.oneof(
      fc.record({ add: fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 50 }) }),
      fc.record({ take: fc.integer({ min: -1, max: 40 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const kernel = new Kernel();
        const outbox = new Outbox();
        let put = "";
        for (const one of steps) {
          if ("add" in one) {
            outbox.add(bytesOf(one.add));
            put += one.add;
          } else {
            kernel.takes.splice(0, kernel.takes.length, one.take, 0);
            outbox.flush(kernel);
          }
          expect(outbox.position).toBe(put.length);
          expect(kernel.text).toBe(put.slice(0, outbox.taken));
          expect(outbox.size).toBe(put.length - outbox.taken);
        }
        kernel.takes.length = 0;
        while (outbox.size > 0) outbox.flush(kernel);
        expect([kernel.text, outbox.isBlocked]).toEqual([put, false]);
      }),
    );
  });
});
