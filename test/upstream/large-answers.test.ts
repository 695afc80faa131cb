import { describe, expect, test } from "bun:test";
import { LargeAnswers, REMEMBERED_FOR } from "../../src/upstream/large-answers.ts";

describe("large answers", () => {
  test("a path is known by any of its queries, and no other path with it", () => {
    const large = new LargeAnswers();
    expect(large.expects("/files?a=1")).toBeFalse();
    large.note("/files?a=1");
    expect([large.expects("/files"), large.expects("/files?b=2"), large.expects("/file")]).toEqual([
      true,
      true,
      false,
    ]);
  });

  test("what one client asked for does not decide for the path for good", () => {
    const large = new LargeAnswers();
    large.note("/?all=1");
    for (let i = 0; i < REMEMBERED_FOR; i++) expect(large.expects("/")).toBeTrue();
    expect(large.expects("/")).toBeFalse();
    large.note("/");
    expect(large.expects("/")).toBeTrue();
  });

  test("what clients can make a front remember is bounded, in number and in length", () => {
    const large = new LargeAnswers();
    for (let i = 0; i < 1024; i++) large.note(`/${i}`);
    expect(large.expects("/0")).toBeTrue();
    large.note("/one-too-many");
    expect([large.expects("/0"), large.expects("/one-too-many")]).toEqual([false, true]);
    large.note(`/${"x".repeat(256)}`);
    expect(large.expects(`/${"x".repeat(256)}`)).toBeFalse();
  });
});
