import { expect, test } from "bun:test";
import { Turnstile } from "../../src/core/turnstile.ts";

test("turnstile: so many at a time, the others in their order, whatever becomes of those before", async () => {
  const turns = new Turnstile(2);
  const begun: number[] = [];
  const ends: PromiseWithResolvers<number>[] = [];
  const taken = Array.from({ length: 5 }, (_, at) =>
    turns.take(() => {
      begun.push(at);
      const end = Promise.withResolvers<number>();
      ends.push(end);
      return end.promise;
    }),
  );
  expect(begun).toEqual([0, 1]);
  ends[1]?.reject(new Error("late"));
  await expect(taken[1]).rejects.toThrow("late");
  expect(begun).toEqual([0, 1, 2]);
  for (const at of [0, 2]) ends[at]?.resolve(at);
  expect(await Promise.all([taken[0], taken[2]])).toEqual([0, 2]);
  expect(begun).toEqual([0, 1, 2, 3, 4]);
  for (const at of [3, 4]) ends[at]?.resolve(at);
  expect(await Promise.all([taken[3], taken[4]])).toEqual([3, 4]);
  expect(await turns.take(async () => "free")).toBe("free");
});
