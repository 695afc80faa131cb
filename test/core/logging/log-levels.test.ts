import { expect, test } from "bun:test";
import type { Level } from "../../../src/core/log.ts";
import { LogLevels } from "../../../src/core/logging/log-levels.ts";
import { SOURCES, sourceOf } from "../../../src/core/logging/log-source.ts";
import { FakeClock } from "../../support/fake-clock.ts";

function levels(level: Level = "info") {
  const clock = new FakeClock();
  const over: string[] = [];
  return { clock, over, levels: new LogLevels(level, clock) };
}

test("log levels: what is under the level is not shown", () => {
  const { levels: all } = levels("warn");
  const shown = (["error", "warn", "info", "debug"] as const).filter((level) => all.shows("front", level));
  expect(shown).toEqual(["error", "warn"]);
  all.configure("error");
  expect(all.shows("front", "warn")).toBe(false);
});

test("log levels: a source's own level is stronger than that of all, and each ends when its time is over", () => {
  const { levels: all, clock, over } = levels();
  all.set("all", "error", 2000, () => over.push("all"));
  all.set("front", "debug", 1000, () => over.push("front"));
  expect(SOURCES.map((source) => all.levelOf(source))).toEqual(
    SOURCES.map((source) => (source === "front" ? "debug" : "error")),
  );
  clock.advance(1000);
  expect([all.levelOf("front"), over]).toEqual(["error", ["front"]]);
  clock.advance(1000);
  expect([all.levelOf("front"), over]).toEqual(["info", ["front", "all"]]);
});

test("log levels: set again, the time begins anew; taken back, nothing ends later", () => {
  const { levels: all, clock, over } = levels();
  all.set("all", "debug", 1000, () => over.push("first"));
  clock.advance(900);
  all.set("all", "debug", 1000, () => over.push("second"));
  clock.advance(900);
  expect([all.levelOf("app"), over]).toEqual(["debug", []]);
  all.reset();
  clock.advance(5000);
  expect([all.levelOf("app"), over, clock.pending()]).toEqual(["info", [], []]);
});

test("log levels: without a time it stays, also when the configuration is read anew", () => {
  const { levels: all, clock } = levels();
  all.set("worker", "debug", undefined, () => {});
  clock.advance(1e9);
  all.configure("warn");
  expect([all.levelOf("worker"), all.levelOf("front")]).toEqual(["debug", "warn"]);
});

test("log levels: who speaks is told by the tag", () => {
  expect(
    [
      "",
      "front 2",
      "metrics",
      "exporter",
      "notifier",
      "auth 1",
      "api auth 2",
      "worker 1",
      "api worker 3",
      "service:mail",
    ].map(sourceOf),
  ).toEqual([
    "supervisor",
    "front",
    "metrics",
    "exporter",
    "notifier",
    "auth",
    "auth",
    "worker",
    "worker",
    "worker",
  ]);
});
