// What a front says and does when it is told to go, in order.
import { describe, expect, test } from "bun:test";
import { FrontDeparture } from "../../src/front/departure.ts";
import type { FromChild } from "../../src/link/messages.ts";
import { FakeClock } from "../support/fake-clock.ts";

function setUp({ active = 0, connections = 0, tunnels = 0 } = {}) {
  const clock = new FakeClock();
  const acts: string[] = [];
  const note =
    (act: string) =>
    (..._given: unknown[]) =>
      void acts.push(act);
  const dispatch = {
    refuseHeld: note("refuse held"),
    close: note("close"),
    endOverdue: note("end overdue"),
    closeTunnels: note("close tunnels"),
  };
  const worker = { tunnels };
  const stats = { workers: [{}, worker] };
  const pipeline = { active, groups: [{ dispatch }], stats, abandon: note("abandon") };
  let ends = () => false;
  const door = {
    connections,
    drain: note("drain"),
    closeIdle: note("close idle"),
    endConnections: (decide: () => boolean) => {
      ends = decide;
    },
  };
  const departure = new FrontDeparture({
    clock,
    random: () => 0.5,
    door: door as never,
    pipeline: pipeline as never,
    listeners: {
      presence: { open: 1, accepted: 1, unaccepted: 0 },
      dismiss: note("dismiss"),
      end: note("end listeners"),
    },
    rates: { tellAll: note("tell all") } as never,
    channel: { say: ({ type }: FromChild) => void acts.push(`say ${type}`) },
    report: note("report"),
    exit: note("exit"),
  });
  return { clock, acts, pipeline, worker, door, departure, endsNext: () => ends() };
}

const BEGINNING = ["end listeners", "drain", "refuse held", "say closed"];
const GOODBYE = ["report", "close", "tell all", "say drained", "say bye"];

describe("departure", () => {
  test("with nothing under way it leaves at once", () => {
    const { acts, departure } = setUp();
    departure.drain(1000);
    expect(acts).toEqual([...BEGINNING, ...GOODBYE, "exit"]);
  });

  test("open WebSockets have a moment for their apps' goodbye, and no more", () => {
    const [patient, prompt] = [setUp({ tunnels: 1 }), setUp({ tunnels: 1 })];
    for (const { departure } of [patient, prompt]) departure.drain(1000);
    expect(patient.acts).toEqual(BEGINNING);
    patient.clock.advance(499);
    expect(patient.acts).toEqual(BEGINNING);
    patient.clock.advance(11);
    expect(patient.acts).toEqual([...BEGINNING, ...GOODBYE, "exit"]);
    prompt.worker.tunnels = 0;
    prompt.clock.advance(10);
    expect(prompt.acts).toEqual(patient.acts);
  });

  test("what runs is waited for, and then the clients who have yet to take some", () => {
    const { acts, departure, pipeline, door, clock } = setUp({ active: 1, connections: 1 });
    departure.drain(1000);
    departure.onQuiet();
    expect(acts).toEqual(BEGINNING);
    pipeline.active = 0;
    departure.onQuiet();
    departure.onQuiet();
    expect(acts).toEqual([...BEGINNING, ...GOODBYE]);
    door.connections = 0;
    clock.advance(10);
    expect(acts.slice(-1)).toEqual(["exit"]);
  });

  test("what is not done in time is ended, and not waited for without end", () => {
    const { acts, departure, clock } = setUp({ active: 1, connections: 1 });
    departure.drain(1000);
    clock.advance(999);
    expect(acts).toEqual(BEGINNING);
    clock.advance(1);
    expect(acts).toEqual([...BEGINNING, "say cut", "abandon", "report", "tell all"]);
    clock.advance(250);
    expect(acts.at(-1)).toBe("exit");
  });

  test("a front that retires ends more of its connections with each moment, counted from the first word", () => {
    const { departure, endsNext, clock } = setUp({ connections: 1 });
    const times = { withinMs: 60_000, streamsWithinMs: 60_000, queueWithinMs: 60_000 };
    departure.retire({ type: "retire", ...times });
    expect(endsNext()).toBeFalse();
    clock.advance(400);
    departure.retire({ type: "retire", ...times });
    expect(endsNext()).toBeTrue();
  });

  test("a front that is to go does not retire any more", () => {
    const { departure, acts } = setUp({ active: 1 });
    departure.drain(1000);
    departure.retire({ type: "retire", withinMs: 1, streamsWithinMs: 1, queueWithinMs: 1 });
    expect(acts).toEqual(BEGINNING);
  });
});
