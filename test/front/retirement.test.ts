import { expect, test } from "bun:test";
import { type Presence, Retirement, shareToClose } from "../../src/front/retirement.ts";
import { FakeClock } from "../support/fake-clock.ts";

const HIDDEN_MS = 1200;

type Given = Partial<Presence> & { streamsWithinMs?: number; queueWithinMs?: number; running?: Running[] };
/** A request on a worker. */
type Running = { startedAt: number; isAnswered: boolean };

function setUp({ streamsWithinMs = 20_000, queueWithinMs = 0, running = [], ...there }: Given = {}) {
  const clock = new FakeClock();
  const acts: [at: number, what: string][] = [];
  const presence: Presence = { open: 0, accepted: 0, unaccepted: 0, ...there };
  const note = (what: string) => () => void acts.push([clock.now(), what]);
  const retirement = new Retirement({
    clock,
    withinMs: 5000,
    streamsWithinMs,
    queueWithinMs,
    look: () => presence,
    closeIdle: note("idle"),
    endOverdue: (isOverdue) => {
      for (const one of running.filter(({ startedAt, isAnswered }) => isOverdue(startedAt, isAnswered))) {
        running.splice(running.indexOf(one), 1);
        note(one.isAnswered ? "stream" : "request")();
      }
    },
    endTunnels: note("tunnels"),
    endAll: note("all"),
    onQuiet: note("quiet"),
  });
  return { clock, acts, presence, retirement };
}

test("retirement: with nobody there it is quiet, once, when nothing hidden can be left", () => {
  const { clock, acts } = setUp();
  clock.advance(HIDDEN_MS - 1);
  expect(acts).toEqual([]);
  clock.advance(2000);
  expect(acts).toEqual([[HIDDEN_MS, "quiet"]]);
});

test("retirement: it is not quiet while a connection is open or waits to be accepted", () => {
  const { clock, acts, presence } = setUp({ open: 1, unaccepted: 1 });
  clock.advance(2000);
  presence.open = 0;
  clock.advance(1000);
  expect(acts).toEqual([]);
  presence.unaccepted = 0;
  clock.advance(50);
  expect(acts).toEqual([[3050, "quiet"]]);
});

test("retirement: it is quiet again when something has come and gone, also between two looks", () => {
  const { clock, acts, presence } = setUp();
  clock.advance(2000);
  presence.accepted++;
  clock.advance(200);
  presence.open = 1;
  clock.advance(200);
  presence.open = 0;
  clock.advance(200);
  expect(acts).toEqual([
    [1200, "quiet"],
    [2050, "quiet"],
    [2450, "quiet"],
  ]);
});

test("retirement: where the kernel's queue is not known, nothing must have come for a while", () => {
  const { clock, acts, presence } = setUp({ unaccepted: undefined });
  clock.advance(1100);
  presence.accepted++;
  clock.advance(500);
  expect(acts).toEqual([]);
  clock.advance(50);
  expect(acts).toEqual([[1650, "quiet"]]);
});

test("retirement: requests on a worker have their time, answers that have begun theirs, and never less", () => {
  for (const [streamsWithinMs, at] of [
    [20_000, 20_000],
    [0, 5000],
  ] as const) {
    const running = [
      { startedAt: -60_000, isAnswered: false },
      { startedAt: -60_000, isAnswered: true },
    ];
    const { clock, acts } = setUp({ open: 1, streamsWithinMs, running });
    clock.advance(60_000);
    const ends = acts.filter(([, what]) => what !== "idle" && what !== "all");
    expect(ends.map(([when, what]) => `${what} ${when}`).toSorted()).toEqual(
      ["request 5000", `stream ${at}`, `tunnels ${at}`].toSorted(),
    );
  }
});

test("retirement: what had to wait for a worker has its time from then on, and everything ends some time", () => {
  const running: Running[] = [];
  const { clock, acts } = setUp({ open: 1, streamsWithinMs: 0, queueWithinMs: 45_000, running });
  clock.advance(40_000);
  running.push({ startedAt: clock.now(), isAnswered: false });
  clock.advance(4900);
  expect(acts.filter(([, what]) => what === "request" || what === "all")).toEqual([]);
  clock.advance(60_000);
  expect(acts.filter(([, what]) => what === "request" || what === "all")).toEqual([
    [45_000, "request"],
    [50_000, "all"],
  ]);
});

test("retirement: idle connections have their time, and from then on those that become idle have none", () => {
  const { clock, acts } = setUp({ open: 1, queueWithinMs: 45_000 });
  clock.advance(4999);
  expect(acts).toEqual([]);
  clock.advance(200);
  expect(acts.map(([at]) => at)).toEqual([5000, 5050, 5100, 5150]);
  expect(acts.every(([, what]) => what === "idle")).toBe(true);
});

test("retirement: one that is called off says and ends nothing", () => {
  const { clock, acts, retirement } = setUp();
  clock.advance(500);
  retirement.stop();
  clock.advance(60_000);
  expect([acts, clock.pending()]).toEqual([[], []]);
});

test.each([
  [0, 0],
  [300, 0.5],
  [600, 1],
  [60_000, 1],
])("retirement: after %d ms this share of the answers ends its connection: %d", (sinceMs, share) => {
  expect(shareToClose(sinceMs)).toBe(share);
});
