import { describe, expect, test } from "bun:test";
import { createIds } from "../../src/http/request-ids.ts";
import { FakeClock } from "../support/fake-clock.ts";

describe("request ids", () => {
  test("they differ within a front, between fronts, and between a front and its successor", () => {
    const clock = new FakeClock();
    const take = (random: number) => {
      const newId = createIds(() => random, clock);
      return Array.from({ length: 1000 }, newId);
    };
    const ids = [...take(0), ...take(0.5), ...take(0.999999)];
    clock.advance(1000);
    ids.push(...take(0));
    expect(new Set(ids).size).toBe(4000);
  });

  test("they count", () => {
    const newId = createIds(() => 0.5, new FakeClock());
    const counts = Array.from({ length: 36 ** 3 + 40 }, () => newId().split("-")[1]);
    expect(counts).toEqual(counts.map((_, at) => (at + 1).toString(36)));
  });

  test("they are short, and harmless in a header, a log line and a page", () => {
    for (const random of [0, 0.5, 1 - Number.EPSILON]) {
      const newId = createIds(() => random, new FakeClock());
      for (let n = 0; n < 100; n++) expect(newId()).toMatch(/^[a-z0-9]{10}-[a-z0-9]{1,6}$/);
    }
  });
});
