// What the control socket can ask of the supervisor, over places that are real and processes that are not.
import { expect, test } from "bun:test";
import type { Replaced } from "../../../src/control/results.ts";
import { GwError } from "../../../src/core/errors.ts";
import { makeControls } from "../../support/fake-controls.ts";
import { type FakeProcess, failureOf, lose, settle, speakFor } from "../../support/fake-pool.ts";

const DEAD = { code: 1 };

function failToLoad(child: FakeProcess): void {
  const { pid } = child;
  child.say(
    { type: "hello", protocol: 1, role: "worker", pid, version: "1" },
    {
      type: "failed",
      cause: "app_load_failed",
      facts: { reason: "broken" },
      step: "load",
      detail: "app.ts:1",
    },
  );
  child.end(DEAD);
}

test("controls: status tells of every process, with what the fronts and the workers said", async () => {
  const { controls, fronts, workers, clock } = await makeControls({
    given: { processes: { min: 2, max: 2 } },
  });
  const [first, second] = workers();
  if (!first || !second) throw new Error("no workers");
  const load = { slot: 1, pid: first.pid, active: 2, requests: 40, tunnels: 3, idleMs: 0 };
  const stats = {
    queued: 5,
    groups: [{ name: "default", queued: 5 }],
    active: 7,
    requests: 9,
    connections: 5,
    maxClients: 900,
    errors: {},
    workers: [load],
  };
  fronts()[0]?.say({ type: "stats", stats });
  second.say({ type: "heartbeat", active: 1, ageSumMs: 3, requests: 6 });
  clock.advance(12_345);
  const status = controls.status();
  expect(status).toMatchObject({
    pid: 4711,
    uptimeSeconds: 12,
    state: "serving",
    port: 8000,
    urls: ["http://localhost:8000/"],
    fronts: [{ slot: 1, state: "ready", clients: 5, maxClients: 900 }],
    restarts: {},
    lastRestart: null,
    troubles: [],
  });
  const idle = { state: "ready", startedAt: "2026-01-01T00:00:00.000Z", generation: 1, limits: {} };
  expect(status.groups).toMatchObject([
    {
      name: "default",
      generation: 1,
      queueLength: 5,
      workers: [
        { ...idle, slot: 1, pid: first.pid, activeRequests: 2, requestCount: 40, tunnels: 3 },
        { ...idle, slot: 2, pid: second.pid, activeRequests: 1, requestCount: 6, tunnels: 0 },
      ],
    },
  ]);
});

test("controls: before gw serves status says starting, and once it has been told to stop, stopping", async () => {
  const starting = await makeControls({ isServing: false });
  expect(starting.controls.status().state).toBe("starting");
  const { controls, stop } = await makeControls();
  stop.ask("SIGTERM");
  await settle();
  expect(controls.status().state).toBe("stopping");
});

test("controls: a worker that dies again and again is a crash loop in status, until it has served for a while", async () => {
  const { controls, workers, fronts, states, clock, pass } = await makeControls();
  let deaths = 0;
  // None of its requests was ever answered.
  const tellOfDeath = () => lose(fronts()[0]!, `/nowhere/w${++deaths}.sock`);
  for (const restMs of [1_000, 2_000, 4_000, 8_000]) {
    workers().at(-1)?.end(DEAD);
    tellOfDeath();
    await settle();
    expect(states()).toEqual(["1 null resting"]);
    await pass(restMs);
    workers().at(-1)?.becomeReady();
    await settle();
  }
  expect(controls.status()).toMatchObject({ state: "serving", troubles: [] });
  workers().at(-1)?.end(DEAD);
  tellOfDeath();
  await settle();
  expect(states()).toEqual(["1 null crash loop"]);
  expect(controls.status()).toMatchObject({
    state: "crash loop",
    restarts: { crash: 5 },
    lastRestart: { reason: "crash", process: "worker 1", at: "2026-01-01T00:00:15.000Z" },
    troubles: [{ process: "worker 1", deaths: 5, isCrashLoop: true, pauseMs: 16_000, error: null }],
  });
  await pass(16_000);
  workers().at(-1)?.becomeReady();
  expect(controls.status()).toMatchObject({ state: "serving", troubles: [{ isCrashLoop: true }] });
  clock.advance(30_000);
  expect(controls.status().troubles).toEqual([]);
});

test("controls: of a worker that ends by an error of its own after it was ready, status tells the error", async () => {
  const { controls, workers, fronts } = await makeControls();
  const lines = ["1 | setTimeout(…)", "TypeError: late boom", "      at later (/srv/app.ts:1:47)"];
  for (const line of lines) workers().at(-1)?.print(line);
  workers().at(-1)?.end({ code: 1 });
  lose(fronts()[0]!, "/nowhere/w1.sock");
  await settle();
  expect(controls.status().troubles).toMatchObject([
    { process: "worker 1", error: "TypeError: late boom (/srv/app.ts:1:47)" },
  ]);
});

test("controls: a restart tells of each worker when its old process has ended, and then of all", async () => {
  const { controls, workers, fronts, states, pass } = await makeControls({
    given: { processes: { min: 2, max: 2 } },
  });
  const [front, old1, old2] = [fronts()[0], ...workers()];
  if (!front || !old1 || !old2) throw new Error("no processes");
  const told: Replaced[] = [];
  const done = controls.restart(undefined, (replaced) => told.push(replaced));
  await settle();
  const next1 = workers()[2];
  next1?.becomeReady();
  await pass(100);
  expect(states()).toEqual([`1 ${next1?.pid} ready`, `1 ${old1.pid} draining`, `2 ${old2.pid} ready`]);
  expect(told).toEqual([]);
  lose(front, "/nowhere/w1.sock");
  await settle();
  old1.end({ code: 0 });
  await pass(100);
  expect(told).toEqual([{ worker: 1, oldPid: old1.pid, pid: next1?.pid ?? 0 }]);
  const next2 = workers()[3];
  next2?.becomeReady();
  lose(front, "/nowhere/w2.sock");
  await settle();
  old2.end({ code: 0 });
  await pass(100);
  expect(await done).toEqual({ restarted: 2 });
  expect(told[1]).toEqual({ worker: 2, oldPid: old2.pid, pid: next2?.pid ?? 0 });
  expect(controls.status().restarts).toEqual({ graceful_signal: 2 });
});

test("controls: a restart of one worker leaves the others alone", async () => {
  const { controls, workers, pass } = await makeControls({
    given: { processes: { min: 3, max: 3 }, embeddedMode: true, frontEnds: 3 },
  });
  const done = controls.restart(2, () => {});
  await settle();
  workers()[3]?.becomeReady();
  await settle();
  workers()[1]?.end({ code: 0 });
  await pass(100);
  expect(await done).toEqual({ restarted: 1 });
  expect(workers().map(({ hasEnded }) => hasEnded)).toEqual([false, true, false, false]);
});

test("controls: a successor that cannot start ends the restart with the app's own error; the old worker serves", async () => {
  const { controls, workers, states, pass } = await makeControls({
    given: { processes: { min: 2, max: 2 } },
  });
  const failure = failureOf(controls.restart(undefined, () => {}));
  await settle();
  const next = workers()[2];
  if (!next) throw new Error("no successor");
  failToLoad(next);
  await pass(100);
  const { cause_, message, detail } = await failure;
  expect({ cause_, message, detail }).toEqual({
    cause_: "command_failed",
    message: "worker 1 could not be replaced: The app could not be loaded: broken",
    detail: "app.ts:1",
  });
  const [old1, old2] = workers();
  expect(states()).toEqual([`1 ${old1?.pid} ready`, "1 null resting", `2 ${old2?.pid} ready`]);
  expect(controls.status().troubles).toMatchObject([
    { process: "worker 1", deaths: 1, error: expect.stringContaining("broken") },
  ]);
});

test("controls: restarting a worker that rests starts it at once", async () => {
  const { controls, workers, pass } = await makeControls();
  workers()[0]?.end(DEAD);
  await settle();
  const told: Replaced[] = [];
  const done = controls.restart(undefined, (replaced) => told.push(replaced));
  await settle();
  const next = workers()[1];
  next?.becomeReady();
  await pass(50);
  await done;
  expect(told).toEqual([{ worker: 1, oldPid: null, pid: next?.pid ?? 0 }]);
});

test("controls: one crash of another worker meanwhile does not end a restart", async () => {
  const { controls, workers, pass } = await makeControls({
    given: { processes: { min: 2, max: 2 }, embeddedMode: true, frontEnds: 2 },
  });
  const done = controls.restart(1, () => {});
  await settle();
  workers()[1]?.end(DEAD);
  await pass(200);
  workers()[2]?.becomeReady();
  await settle();
  workers()[0]?.end({ code: 0 });
  await pass(100);
  expect(await done).toEqual({ restarted: 1 });
});

test("controls: a worker that is not there, and a gw that starts or stops, are refused by name", async () => {
  const { controls, stop, pass } = await makeControls({ given: { processes: { min: 2, max: 2 } } });
  expect((await failureOf(controls.restart(3, () => {}))).message).toBe(
    "There is no worker 3; there are the workers 1, 2",
  );
  const started = failureOf(controls.restart(undefined, () => {}));
  stop.ask("SIGTERM");
  await pass(100);
  expect((await started).message).toBe("gw is stopping, and changes nothing now");
  const early = await makeControls({ isServing: false });
  expect((await failureOf(early.controls.restart(undefined, () => {}))).message).toBe(
    "gw is starting, and changes nothing now",
  );
});

test("controls: asking twice to stop is no haste; asking for now is", async () => {
  const { controls, stop } = await makeControls();
  let hurried: string | undefined;
  void stop.hurried.then((name) => {
    hurried = name;
  });
  controls.stop("gracefully");
  controls.stop("gracefully");
  await settle();
  expect(await stop.asked).toBe("gw stop");
  expect(hurried).toBeUndefined();
  controls.stop("at once");
  await settle();
  expect(hurried).toBe("gw stop --now");
});

test("controls: stopping at once from the start is one request to stop and one to hurry", async () => {
  const { controls, stop } = await makeControls();
  controls.stop("at once");
  expect([await stop.asked, await stop.hurried]).toEqual(["gw stop", "gw stop --now"]);
});

test("requests: of a group that there is not is refused, and not answered with an empty list", async () => {
  const { controls, fronts } = await makeControls();
  const asked = controls.listRequests({ group: "nope" });
  for (const front of fronts()) {
    const order = front.heard.findLast(({ type }) => type === "list");
    if (order?.type === "list") front.say({ type: "requests", id: order.id, requests: [], total: 0 });
  }
  expect((await failureOf(asked)).message).toStartWith('There is no group "nope"');
});

const TRIAL = { percent: 5, watch: 600_000 };

test("controls: from the word for a trial on nothing else is changed, and nobody waits for its end", async () => {
  const { controls, reloads, workers, pass } = await makeControls();
  const first = reloads.reload("SIGHUP");
  await settle();
  // Behind a reload that is still under way; then while its workers start; then while it lasts.
  const trial = failureOf(controls.reload(TRIAL, () => {}));
  await settle();
  const commands = () => [
    controls.scale(undefined, 2),
    controls.restart(undefined, () => {}),
    controls.drain(1),
    controls.restartFronts(() => {}),
    controls.upgrade({ file: "/gw" }),
  ];
  const refused = async (words: string) => {
    for (const done of commands()) expect((await failureOf(done)).message).toStartWith(words);
  };
  await refused("A new generation is about to be tried out, and nothing else is changed meanwhile");
  workers()[1]?.becomeReady();
  await first;
  await settle();
  await refused("A new generation is about to be tried out");
  workers()[2]?.becomeReady();
  await settle();
  await refused("Generation 3 is tried out for another 600 s, and nothing else is changed meanwhile");
  const back = controls.rollback(false, () => {});
  await pass(300);
  expect(await back).toMatchObject({ generation: 2 });
  expect((await trial).cause_).toBe("trial_failed");
});

test("controls: what was typed before a trial and still waits for its turn is refused when that is asked for", async () => {
  const { controls, reloads, workers } = await makeControls();
  const first = reloads.reload("SIGHUP");
  await settle();
  const scaled = failureOf(controls.scale(undefined, 2));
  void controls.reload(TRIAL, () => {}).catch(() => {});
  workers()[1]?.becomeReady();
  await first;
  expect((await scaled).message).toStartWith("A new generation is about to be tried out");
});

test("controls: when another gw has taken over, what waits for its turn and what is asked for then are told so", async () => {
  const { controls, reloads } = await makeControls();
  const upgrade = Promise.withResolvers<void>();
  void reloads.takeTurn("gw upgrade", () => upgrade.promise);
  const waiting = [
    controls.reload({}, () => {}),
    controls.rollback(false, () => {}),
    controls.scale(undefined, 2),
    controls.restart(undefined, () => {}),
    controls.drain(1),
  ].map(failureOf);
  await settle();
  const why = "process 9 has taken over";
  reloads.close(new GwError("command_failed", { what: why }));
  upgrade.resolve();
  for (const failed of waiting) expect((await failed).message).toBe(why);
  for (const done of [
    controls.pause(undefined, 1_000),
    controls.resume(undefined),
    controls.scale(undefined, 2),
  ])
    expect((await failureOf(done)).message).toBe(why);
});

test("controls: a scale during which another generation takes over holds for that one", async () => {
  const { controls, reloads, workers, fronts, site, processes } = await makeControls();
  const scaled = controls.scale(undefined, 3);
  await settle();
  const before = processes.length;
  const reloaded = reloads.reload("SIGHUP");
  await settle();
  await speakFor(processes, before);
  expect(await reloaded).toMatchObject({ generation: 2, workers: 3 });
  lose(fronts()[0]!, "/nowhere/w1.sock");
  for (const worker of workers().slice(0, 3)) worker.end({ code: 0 });
  await settle();
  expect(await scaled).toEqual({ group: "default", from: 1, to: 3 });
  expect(site.generation.pools[0]?.wanted).toBe(3);
});

test("controls: while another gw has been told of all that was set by hand, nothing is set that it would not know", async () => {
  const moment = Promise.withResolvers<void>();
  const { controls, reloads, site } = await makeControls({ handingOver: moment.promise });
  const paused = failureOf(controls.pause(undefined, 10_000));
  await settle();
  expect(site.pauses.groups).toEqual([]);
  reloads.close(new GwError("command_failed", { what: "process 9 has taken over" }));
  moment.resolve();
  expect((await paused).message).toBe("process 9 has taken over");
  expect(site.pauses.groups).toEqual([]);
});
