// Reloads over places that are real and processes that are not, on a clock that stands still.

import { expect, test } from "bun:test";
import { failureOf, lose, settle, speakFor } from "../../support/fake-pool.ts";
import { failToLoad, makeReloads } from "../../support/fake-reloads.ts";

test("reload: no request goes to the new workers before all of them are ready, and none to the old ones after", async () => {
  const made = await makeReloads({ processes: { min: 2, max: 2 } });
  const { reloads, workers, fronts, backends } = made;
  const done = reloads.reload("gw reload");
  await settle();
  expect(workers().length).toBe(4);
  workers()[2]?.becomeReady();
  await settle();
  expect(backends()).toEqual(["/nowhere/w1.sock", "/nowhere/w2.sock"]);
  const messages = fronts()[0]?.heard.length ?? 0;
  workers()[3]?.becomeReady();
  await settle();
  expect(backends()).toEqual(["/nowhere/w3.sock", "/nowhere/w4.sock"]);
  expect(fronts()[0]?.heard.length).toBe(messages + 1);
  expect(await done).toMatchObject({ generation: 2, previous: 1, workers: 2, hasNewFronts: false });
});

test("reload: an old worker leaves when nothing is on it any more, for the reason script_reload", async () => {
  const { reloads, workers, fronts, site, ends } = await makeReloads();
  const done = reloads.reload("gw reload");
  await settle();
  workers()[1]?.becomeReady();
  await done;
  expect(workers()[0]?.did).toEqual(["configure"]);
  lose(fronts()[0]!, "/nowhere/w1.sock");
  await settle();
  expect(workers()[0]?.did).toEqual(["configure", "drain"]);
  workers()[0]?.end({ code: 0 });
  await settle();
  expect(ends()).toMatchObject([{ text: "worker 1 ended", reason: "script_reload", kind: "left" }]);
  await site.whenGone(1);
  expect(site.generations.map(({ number }) => number)).toEqual([2]);
});

test("reload: streams keep their old worker until the stream-drain timeout; what has no answer then has been answered", async () => {
  const made = await makeReloads({ gracefulTimeout: 10_000, streamDrainTimeout: 60_000, deadlockTimeout: 0 });
  const { reloads, workers, fronts, clock } = made;
  const done = reloads.reload("gw reload");
  await settle();
  workers()[1]?.becomeReady();
  await done;
  const heard = () => fronts()[0]?.heard.at(-1);
  clock.advance(10_000);
  await settle();
  const condemn = { type: "condemn", socket: "/nowhere/w1.sock", cause: "worker_stopped" } as const;
  expect(heard()).toEqual({ ...condemn, sparesStreams: true });
  expect(workers()[0]?.did).toEqual(["configure"]);
  clock.advance(49_999);
  await settle();
  expect(workers()[0]?.did).toEqual(["configure"]);
  clock.advance(1);
  await settle();
  expect(workers()[0]?.did).toEqual(["configure", "SIGTERM"]);
});

test("reload: a generation of which one worker fails is refused; the old one serves, and nothing is left of the new one", async () => {
  const made = await makeReloads({ processes: { min: 2, max: 2 } });
  const { reloads, workers, backends, site, printed } = made;
  const failure = failureOf(reloads.reload("gw reload"));
  await settle();
  workers()[2]?.becomeReady();
  failToLoad(workers()[3]);
  await settle();
  expect(workers()[2]?.did.at(-1)).toBe("SIGTERM");
  workers()[2]?.end({ code: 0 });
  const { cause_, message, detail } = await failure;
  expect(cause_).toBe("reload_refused");
  expect(message).toContain("Generation 2 did not come up, and generation 1 serves on");
  expect(detail).toBe("app.ts:1");
  expect(backends()).toEqual(["/nowhere/w1.sock", "/nowhere/w2.sock"]);
  expect(reloads.refused).toMatchObject({ generation: 2, by: "gw reload", detail: "app.ts:1" });
  expect(printed).toEqual(["generation 2: app.ts:1"]);
  expect(site.generations.map(({ number }) => number)).toEqual([1]);
});

test("reload: what was refused is shown until the next try", async () => {
  const { reloads, workers } = await makeReloads();
  const failure = failureOf(reloads.reload("gw reload"));
  await settle();
  failToLoad(workers()[1]);
  await failure;
  expect(reloads.refused?.generation).toBe(2);
  const done = reloads.reload("gw reload");
  await settle();
  expect(reloads.refused).toBeUndefined();
  workers()[2]?.becomeReady();
  expect(await done).toMatchObject({ generation: 3 });
});

test("reload: a bad configuration is refused with all its problems, and starts nothing", async () => {
  const { reloads, workers, breakConfiguration, held, read, printed } = await makeReloads();
  breakConfiguration('There is no option "prot"', 'processes cannot be "many"');
  const { message, detail } = await failureOf(reloads.reload("SIGHUP"));
  expect(message).toBe(
    "The configuration was refused, and generation 1 serves on: the configuration has 2 problems",
  );
  expect(reloads.refused).toMatchObject({
    generation: null,
    by: "SIGHUP",
    reason: "the configuration has 2 problems",
  });
  expect(printed[0]).toBe('configuration: There is no option "prot"');
  expect(detail).toBe('There is no option "prot"\nprocesses cannot be "many"');
  expect(workers().length).toBe(1);
  // What it consists of is known all the same: it is mended there.
  expect([held, read]).toEqual([[], [undefined]]);
});

test("reload: those who ask while one waits for its turn get the same one", async () => {
  const { reloads, workers } = await makeReloads();
  const asked = ["a", "b", "c", "d"].map((by) => reloads.reload(by));
  await settle();
  workers()[1]?.becomeReady();
  await settle();
  workers()[2]?.becomeReady();
  const [first, ...others] = await Promise.all(asked);
  expect(first).toMatchObject({ generation: 2 });
  for (const other of others) expect(other).toMatchObject({ generation: 3 });
});

test("reload: a newer change makes what is being started give way", async () => {
  const { reloads, workers } = await makeReloads();
  const first = reloads.supersede("a change");
  await settle();
  const second = reloads.supersede("a change");
  await settle();
  expect(workers()[1]?.did.at(-1)).toBe("SIGTERM");
  workers()[1]?.end({ code: 0 });
  await settle();
  workers()[2]?.becomeReady();
  expect(await first).toMatchObject({ generation: 3 });
  expect(await second).toMatchObject({ generation: 3 });
  expect(reloads.refused).toBeUndefined();
});

test("reload: of too many old generations the oldest is cut at once, or waited for while a request has no answer", async () => {
  const { reloads, workers, fronts, clock, site } = await makeReloads();
  const [front] = fronts();
  const begin = async () => {
    const done = reloads.reload("gw reload");
    await settle();
    workers().at(-1)?.becomeReady();
    await settle();
    return { done };
  };
  const tell = async (worker: number, load: { active: number; streams: number; tunnels: number }) => {
    clock.advance(100);
    const { pid } = workers()[worker] ?? {};
    const stats = { queued: 0, groups: [], active: 1, requests: 1, errors: {} };
    front?.say({
      type: "stats",
      stats: { ...stats, workers: [{ slot: 1, pid, requests: 1, idleMs: 0, ...load }] },
    });
    await settle();
  };
  const condemned = () => front?.heard.flatMap((said) => (said.type === "condemn" ? said.socket : []));
  const leave = async (worker: number, socket: string) => {
    if (front) lose(front, socket);
    await settle();
    workers()[worker]?.end({ code: 0 });
    await settle();
  };
  for (let n = 0; n < 3; n++) await (await begin()).done;
  await tell(0, { active: 2, streams: 2, tunnels: 1 });
  const fourth = await begin();
  expect(condemned()).toEqual(["/nowhere/w1.sock"]);
  expect(site.waiting).toBeUndefined();
  await leave(0, "/nowhere/w1.sock");
  expect(await fourth.done).toMatchObject({ generation: 5 });

  await tell(1, { active: 2, streams: 1, tunnels: 0 });
  const fifth = await begin();
  expect(site.waiting).toMatchObject({ waitsFor: 2 });
  expect(condemned()).toEqual(["/nowhere/w1.sock"]);
  await tell(1, { active: 2, streams: 2, tunnels: 0 });
  expect(condemned()).toEqual(["/nowhere/w1.sock", "/nowhere/w2.sock"]);
  expect(site.waiting).toBeUndefined();
  await leave(1, "/nowhere/w2.sock");
  expect(await fifth.done).toMatchObject({ generation: 6 });
});

test("reload: what front ends are told has changed, so that new ones take the port", async () => {
  const { reloads, workers, fronts, configure, clock } = await makeReloads();
  configure({ limitRequestBody: [{ path: "/", bytes: 5 }] });
  const done = reloads.reload("gw reload");
  await settle();
  workers()[1]?.becomeReady();
  await settle();
  const [old] = fronts();
  // Until the new one has the port, the old one gets every new connection.
  expect(old?.heard.at(-1)).toMatchObject({ type: "steer", listeners: [0] });
  old?.steered();
  await settle();
  fronts()[1]?.becomeReady();
  await settle();
  // More and more of them go to the new one, and then all.
  const shares: number[] = [];
  for (let step = 0; step < 4; step++) {
    const told = fronts()[1]?.heard.findLast((message) => message.type === "steer");
    const listeners = told?.type === "steer" ? told.listeners : [];
    shares.push(listeners.filter((number) => number === 1).length / listeners.length);
    fronts()[1]?.steered();
    await settle();
    clock.advance(100);
    await settle();
  }
  expect(shares).toEqual([1 / 8, 2 / 8, 4 / 8, 1]);
  expect(await done).toMatchObject({ generation: 2, hasNewFronts: true });
  expect(old?.did.at(-1)).toBe("retire");
  expect(fronts()[1]?.backends()).toEqual(["/nowhere/w2.sock"]);
  // Its workers stay as long as clients are connected to the old front end.
  await settle();
  expect(workers()[0]?.did).toEqual(["configure"]);
  old?.say({ type: "quiet" });
  await settle();
  expect(old?.did.at(-1)).toBe("drain");
  old?.end({ code: 0 });
  await settle();
  expect(fronts()[1]?.heard.at(-1)).toMatchObject({ type: "steer", listeners: [] });
  fronts()[1]?.steered();
  await settle();
  expect(workers()[0]?.did.at(-1)).toBe("drain");
});

test("reload: an answer to steering that comes too late is none to the next question", async () => {
  const { reloads, workers, fronts, configure, clock, texts } = await makeReloads();
  configure({ limitRequestBody: [{ path: "/", bytes: 5 }] });
  void reloads.reload("gw reload");
  await settle();
  workers()[1]?.becomeReady();
  await settle();
  const [old] = fronts();
  clock.advance(1_000);
  await settle();
  expect(texts().join()).toContain("cannot be led to the new front ends");
  fronts()[1]?.becomeReady();
  await settle();
  const next = fronts()[1];
  const asked = () => next?.did.filter((type) => type === "steer").length;
  expect(asked()).toBe(1);
  next?.steered();
  await settle();
  clock.advance(100);
  await settle();
  expect(asked()).toBe(2);
  // What it would say to the first one.
  next?.steered(1);
  old?.steered();
  await settle();
  clock.advance(100);
  await settle();
  expect(asked()).toBe(2);
  next?.steered();
  await settle();
  clock.advance(100);
  await settle();
  expect(asked()).toBe(3);
});

test("reload: new front ends that do not come up are given up, and with them the generation", async () => {
  const { reloads, workers, fronts, site } = await makeReloads();
  const failure = failureOf(reloads.restartFronts("gw restart --front"));
  await settle();
  workers()[1]?.becomeReady();
  await settle();
  fronts()[0]?.steered();
  await settle();
  fronts()[1]?.end({ code: 3 });
  await settle();
  fronts()[0]?.steered();
  await settle();
  workers()[1]?.end({ code: 0 });
  await settle();
  expect((await failure).message).toContain("The front end could not be started");
  expect(site.generations.map(({ number }) => number)).toEqual([1]);
  expect(fronts()[0]?.did).not.toContain("retire");
});

test("rollback: to the settings of the generation before, and back again", async () => {
  const { reloads, workers, configure, held } = await makeReloads();
  expect((await failureOf(reloads.rollback("gw rollback"))).message).toContain("No generation before");
  configure({ requestTimeout: 60_000, memoryLimit: 2 ** 30 });
  const done = reloads.reload("gw reload");
  await settle();
  workers()[1]?.becomeReady();
  await done;
  const back = reloads.rollback("gw rollback");
  await settle();
  workers()[2]?.becomeReady();
  expect(await back).toMatchObject({ generation: 4, previous: 3 });
  expect(held.map(({ settings }) => settings.memoryLimit)).toEqual([2 ** 30, 0]);
  expect(reloads.previous?.number).toBe(3);
});

test("rollback: certificates are read anew, and those of then are kept where they are bad by now", async () => {
  const { reloads, workers, configure, held, certificates, texts } = await makeReloads();
  const certificate = { path: "/cert.pem", names: [], certificate: "C", key: "K", expiresAtMs: 1 };
  const move = async (move: () => Promise<unknown>) => {
    const done = move();
    await settle();
    workers().at(-1)?.becomeReady();
    await done;
  };
  configure({ memoryLimit: 2 ** 30 });
  await move(() => reloads.reload("gw reload"));
  certificates.certificates.push(certificate);
  await move(() => reloads.rollback("gw rollback"));
  expect(held.at(-1)).toMatchObject({ certificates: [certificate] });
  certificates.problems.push({ cause: "configuration", what: "it has expired" });
  await move(() => reloads.rollback("gw rollback"));
  expect(held.at(-1)?.settings.memoryLimit).toBe(2 ** 30);
  expect(texts()).toContain("the certificates of then are kept");
});

test("reload: the number of workers that somebody has scaled to goes on, until the configuration names another one", async () => {
  const made = await makeReloads({ deadlockTimeout: 0 });
  const { reloads, workers, pool, configure, site } = made;
  pool.grow();
  workers()[1]?.becomeReady();
  const done = reloads.reload("gw reload");
  await settle();
  for (const worker of workers().slice(2)) worker.becomeReady();
  await done;
  expect(site.generation.places.length).toBe(2);
  configure({ processes: { min: 3, max: 3 } });
  const more = reloads.reload("gw reload");
  await settle();
  await speakFor(made.processes, made.processes.indexOf(workers()[4]!));
  await more;
  expect(site.generation.places.length).toBe(3);
});

test("reload: a place that was drained by hand is filled again", async () => {
  const { reloads, workers, pool, fronts, site } = await makeReloads({ processes: { min: 2, max: 2 } });
  const drained = pool.vacate(pool.crew.places[1]!, "drain", "");
  lose(fronts()[0]!, "/nowhere/w2.sock");
  await settle();
  workers()[1]?.end({ code: 0 });
  await drained;
  expect(pool.livePlaces.length).toBe(1);
  const done = reloads.reload("gw reload");
  await settle();
  for (const worker of workers().slice(2)) worker.becomeReady();
  await done;
  expect(site.generation.places.length).toBe(2);
});

test("reload: gw that is to stop starts no generation", async () => {
  const { reloads, workers } = await makeReloads();
  const failure = failureOf(reloads.reload("SIGHUP"));
  await settle();
  reloads.close();
  await settle();
  workers()[1]?.end({ code: 0 });
  expect((await failure).message).toContain("gw is stopping");
  expect((await failureOf(reloads.reload("SIGHUP"))).message).toContain("gw is stopping");
});

test("reload: a worker that was ready and ends before the others are ready: refused, and the old ones serve", async () => {
  const { reloads, workers, backends, site } = await makeReloads({ processes: { min: 2, max: 2 } });
  const done = failureOf(reloads.reload("gw reload"));
  await settle();
  workers()[2]?.becomeReady();
  await settle();
  workers()[2]?.end({ signal: "SIGKILL" });
  await settle();
  workers()[3]?.end({ code: 0 });
  const { message } = await done;
  expect(message).toContain("in step ready: signal SIGKILL");
  expect(backends()).toEqual(["/nowhere/w1.sock", "/nowhere/w2.sock"]);
  expect(site.candidate).toBeUndefined();
  expect(site.generation.number).toBe(1);
});

test("reload: what is being started when gw stops does not take over, and nothing new is begun", async () => {
  const { reloads, workers, site } = await makeReloads();
  const first = failureOf(reloads.reload("gw reload"));
  const second = failureOf(reloads.rollback("gw rollback"));
  await settle();
  reloads.close();
  site.stopWatching();
  await settle();
  expect(workers()[1]?.did).toContain("SIGTERM");
  workers()[1]?.end({ code: 0 });
  expect((await first).message).toBe("gw is stopping");
  expect((await second).message).toBe("gw is stopping");
  expect(workers().length).toBe(2);
  expect(site.generation.number).toBe(1);
});

test("reload: a worker that already had to go keeps the time that it was given", async () => {
  const { reloads, workers, fronts, pool, site } = await makeReloads();
  pool.restartAll("graceful_signal", "SIGUSR1 was sent to gw");
  await settle();
  workers()[1]?.becomeReady();
  await settle();
  const done = reloads.reload("gw reload");
  await settle();
  workers()[2]?.becomeReady();
  await done;
  lose(fronts()[0]!, "/nowhere/w2.sock");
  await settle();
  workers()[1]?.end({ code: 0 });
  await settle();
  expect(workers()[0]?.did).toEqual(["configure"]);
  lose(fronts()[0]!, "/nowhere/w1.sock");
  await settle();
  expect(workers()[0]?.did).toEqual(["configure", "drain"]);
  workers()[0]?.end({ code: 0 });
  await site.whenGone(1);
});

test("restart: a place that is started while its worker still leaves gets another one beside it", async () => {
  const { workers, fronts, pool } = await makeReloads();
  const place = pool.crew.places[0]!;
  void pool.vacate(place, "drain", "gw drain was typed");
  place.start();
  await settle();
  expect(workers().length).toBe(2);
  workers()[1]?.becomeReady();
  lose(fronts()[0]!, "/nowhere/w1.sock");
  await settle();
  workers()[0]?.end({ code: 0 });
  await settle();
  expect(place.current.state).toBe("ready");
  expect(place.slots.length).toBe(1);
});

test("scale: a worker that a reload lets go before it is ready is not waited for", async () => {
  const { reloads, workers, fronts, pool } = await makeReloads();
  const failure = failureOf(pool.grow().ready);
  await settle();
  const done = reloads.reload("gw reload");
  await settle();
  for (const worker of workers().slice(2)) worker.becomeReady();
  await done;
  lose(fronts()[0]!, "/nowhere/w1.sock");
  await settle();
  expect(workers()[1]?.did).toContain("SIGTERM");
  workers()[1]?.end({ code: 0 });
  expect((await failure).message).toContain("was let go before it was ready");
});
