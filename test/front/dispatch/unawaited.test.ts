import { describe, expect, test } from "bun:test";
import { GwError } from "../../../src/core/errors.ts";
import { noteUnawaited, type Over, tellUnawaited } from "../../../src/front/dispatch/unawaited.ts";
import { ANSWERED, type Ending } from "../../../src/front/visit/visit.ts";

const LATE: Ending = { kind: "refused", error: new GwError("request_timeout") };

const overAt = (at: number): Over => ({
  ...{ at, startedAt: 10.4, request: { id: `r-${at}`, method: "GET", path: "/" } },
});

describe("unawaited: requests that are over for their clients", () => {
  test("are told with their cause, their age and since when they are over", () => {
    const seen = { unawaited: [] as Over[], headAt: 0 };
    noteUnawaited(seen, overAt(100), LATE);
    noteUnawaited(seen, overAt(200), { kind: "client gone" });
    noteUnawaited(seen, overAt(300), ANSWERED);
    const named = { method: "GET", path: "/", ageMs: 990 };
    expect(tellUnawaited(seen.unawaited, 1_000)).toEqual([
      { ...named, id: "r-100", cause: "request_timeout", overMs: 900 },
      { ...named, id: "r-200", cause: "client_gone", overMs: 800 },
    ]);
  });

  test("of many the ones stay that were over first since the worker has last answered another one", () => {
    const seen = { unawaited: [] as Over[], headAt: 0 };
    const leave = (from: number, to: number) => {
      for (let at = from; at < to; at++) noteUnawaited(seen, overAt(at), LATE);
      const { unawaited } = seen;
      return [unawaited.length, unawaited[0]?.request.id, unawaited.at(-1)?.request.id];
    };
    expect(leave(1, 101)).toEqual([64, "r-1", "r-64"]);
    seen.headAt = 150;
    expect(leave(151, 201)).toEqual([64, "r-51", "r-200"]);
  });
});
