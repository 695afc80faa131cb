// The stages of a request in their order, and the one place where every visit ends: with a client and workers that a test
// plays.
import { describe, expect, test } from "bun:test";
import { GwError } from "../../src/core/errors.ts";
import { Pipeline, type PipelineOptions } from "../../src/front/pipeline.ts";
import { LineRates } from "../../src/front/telling/line-rates.ts";
import type { Backend, FrontSettings } from "../../src/link/messages.ts";
import { captureLog } from "../support/capture-log.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { settle } from "../support/fake-pool.ts";
import { anyHost, SETTINGS } from "../support/front-process.ts";
import { FakeWorkers } from "./fake-workers.ts";
import { HEADS } from "./fakes.ts";
import { PlainClient } from "./plain-client.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const WORKER: Backend = {
  ...{ slot: 1, group: "default", pid: 1, generation: 1, socket: "/nowhere/1", token: "t" },
  ...{ capacity: 1, accepting: true },
};

function setUp({
  settings = {},
  ...given
}: Partial<PipelineOptions> & { settings?: Partial<FrontSettings> } = {}) {
  const clock = new FakeClock();
  const { log, lines } = captureLog();
  const told: string[] = [];
  const given_: string[] = [];
  const workers = new FakeWorkers((head) => given_.push(head.split(" ")[1] ?? ""));
  const pipeline = new Pipeline({
    clock,
    log,
    rates: new LineRates(clock, log),
    groups: [anyHost("default", { ...SETTINGS, ...settings })],
    heads: HEADS,
    defaultHost: "default.test",
    random: () => 0,
    isRunning: () => false,
    owner: {
      onQuiet: () => told.push("quiet"),
      onLost() {},
      onPressure() {},
      onBug: (thrown) => told.push(`bug: ${thrown}`),
    },
    ...given,
  });
  pipeline.groups.setBackends([WORKER], []);
  const connect = async () => {
    for (const pending of workers.pending.splice(0)) pending.accept();
    await settle();
  };
  return {
    clock,
    pipeline,
    workers,
    told,
    lines,
    /** Targets that workers were given. */
    given: given_,
    async arrive(client = new PlainClient()): Promise<PlainClient> {
      pipeline.onClient(client);
      await connect();
      return client;
    },
    async answer(text = OK): Promise<void> {
      workers.open.at(-1)?.say(text);
      await connect();
    },
    [Symbol.dispose]() {
      pipeline.abandon();
      for (const { dispatch } of pipeline.groups) dispatch.close();
      workers[Symbol.dispose]();
    },
  };
}

/** Status and cause of the answer, as the client sees it. */
const seen = ({ acts, answerFields }: PlainClient) => [
  /^answer (\d+)/.exec(acts.findLast((act) => act.startsWith("answer")) ?? "")?.[1],
  /details="(\w+)"/.exec(answerFields.join(" "))?.[1],
];

const host = (...fields: string[]) => ["Host", "a", ...fields];

describe("pipeline: a request on its way", () => {
  test("it reaches a worker, its answer the client, and then the front is quiet", async () => {
    using set = setUp();
    const client = await set.arrive(new PlainClient({ target: "/x?y" }));
    expect([set.given, set.pipeline.active, set.told]).toEqual([["/x?y"], 1, []]);
    await set.answer();
    expect([client.acts, set.pipeline.active, set.told]).toEqual([["answer 200 OK: ok"], 0, ["quiet"]]);
    expect(set.pipeline.stats).toMatchObject({ requests: 1, active: 0, queued: 0, errors: {} });
  });

  test("quiet is said when the last one is over, not before", async () => {
    using set = setUp();
    const [first, second] = [await set.arrive(), await set.arrive()];
    expect([set.pipeline.stats.queued, set.pipeline.active]).toEqual([1, 2]);
    await set.answer();
    expect([first.isAnswered, second.isAnswered, set.told]).toEqual([true, false, []]);
    await set.answer();
    expect([second.isAnswered, set.told]).toEqual([true, ["quiet"]]);
  });

  test("its body is gathered before a worker is asked for one", async () => {
    using set = setUp();
    const fields = host("Content-Length", "4");
    const client = await set.arrive(
      new PlainClient({ method: "POST", hasBody: true, sentLength: true, fields }),
    );
    client.send("bo");
    await settle();
    expect(set.given).toEqual([]);
    client.send("dy", true);
    await set.arrive();
    expect(set.given).toEqual(["/"]);
  });
});

describe("pipeline: the stages in their order", () => {
  // Each client breaks one rule and all rules of later stages: the first one is what it is told.
  const poison = { group: "default", method: "POST", path: "/p" };
  const tooLong = host("Content-Length", "9999");
  test.each([
    ["the head", { fields: ["Host", "a", "Host", "b", "Content-Length", "9999"] }, "400", "bad_host"],
    ["poisons", { fields: tooLong }, "502", "poisonous_request"],
    ["the body's size", { fields: tooLong, target: "/other" }, "413", "request_body_too_large"],
    ["guards", { target: "/other" }, "417", "expectation_failed"],
  ] as const)("%s", async (_, given, status, cause) => {
    using set = setUp({
      settings: { limitRequestBodyBytes: 100 },
      guards: [() => Promise.reject(new GwError("expectation_failed"))],
    });
    set.pipeline.poisons.set([poison]);
    const client = new PlainClient({ method: "POST", target: "/p", ...given, hasBody: "fields" in given });
    await set.arrive(client);
    expect([...seen(client), set.given]).toEqual([status, cause, []]);
    expect(set.pipeline.stats.errors).toEqual({ [cause]: 1 });
  });

  test("guards are asked one after the other, and before the body is waited for", async () => {
    const asked: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    using set = setUp({
      guards: [
        () => {
          asked.push("first");
          return promise;
        },
        () => void asked.push("second"),
      ],
    });
    const fields = host("Content-Length", "2");
    const client = await set.arrive(
      new PlainClient({ method: "POST", hasBody: true, sentLength: true, fields }),
    );
    client.send("a");
    expect([asked, client.acts]).toEqual([["first"], []]);
    resolve();
    await settle();
    // Now it is waited for.
    expect([asked, client.acts]).toEqual([["first", "second"], ["resume"]]);
  });

  test("what became poisonous while its body came is not run", async () => {
    using set = setUp();
    const fields = host("Content-Length", "2");
    const client = await set.arrive(
      new PlainClient({ method: "POST", target: "/p", hasBody: true, sentLength: true, fields }),
    );
    set.pipeline.poisons.set([poison]);
    client.send("ab", true);
    await set.arrive();
    expect([...seen(client), set.given]).toEqual(["502", "poisonous_request", ["/"]]);
  });

  test("plain clients are sent to HTTPS after their host was looked at, and before anything is run", async () => {
    using set = setUp({ https: { port: 8443, plainPort: 80, httpsOnly: true } });
    const client = await set.arrive(new PlainClient({ target: "/x" }));
    expect([client.acts, client.answerFields.slice(0, 2)]).toEqual([
      ["answer 308 Permanent Redirect: "],
      ["Location", "https://a:8443/x"],
    ]);
    expect([set.given, set.pipeline.active, set.told]).toEqual([[], 0, ["quiet"]]);
    const bad = await set.arrive(new PlainClient({ fields: [] }));
    expect(seen(bad)).toEqual(["400", "bad_host"]);
  });
});

describe("pipeline: how visits end", () => {
  test("a client that leaves ends its own, wherever it is", async () => {
    using set = setUp();
    const [running, waiting] = [await set.arrive(), await set.arrive()];
    waiting.listener?.onGone();
    running.listener?.onGone();
    await settle();
    expect([set.pipeline.active, set.told, running.acts, waiting.acts]).toEqual([0, ["quiet"], [], []]);
  });

  test("an answer is over when its client has taken it, or stands still", async () => {
    for (const stalls of [false, true]) {
      using set = setUp({ settings: { socketTimeoutMs: 500 } });
      const client = new PlainClient();
      let settled = () => {};
      client.whenSettled = (act) => {
        settled = act;
      };
      await set.arrive(client);
      client.isTaking = true;
      await set.answer();
      expect([set.pipeline.active, set.told]).toEqual([1, []]);
      if (stalls) set.clock.advance(500);
      else settled();
      expect([set.pipeline.active, set.told]).toEqual([0, ["quiet"]]);
      expect([client.acts.includes("cut"), set.pipeline.stats.errors]).toEqual([
        stalls,
        stalls ? { client_stalled: 1 } : {},
      ]);
    }
  });

  test("abandoned, all are ended: those that a stage has, that wait, that run, and that are delivered", async () => {
    using set = setUp({
      guards: [({ target }) => (target === "/guarded" ? new Promise<void>(() => {}) : undefined)],
    });
    const delivered = new PlainClient();
    delivered.whenSettled = () => {};
    await set.arrive(delivered);
    delivered.isTaking = true;
    await set.answer();
    const fields = host("Content-Length", "2");
    const others = [
      await set.arrive(new PlainClient({ target: "/guarded" })),
      await set.arrive(new PlainClient({ method: "POST", hasBody: true, sentLength: true, fields })),
      await set.arrive(),
      await set.arrive(),
    ];
    expect(set.pipeline.active).toBe(5);
    set.pipeline.abandon();
    expect([set.pipeline.active, set.told]).toEqual([0, ["quiet"]]);
    expect(others.map(seen)).toEqual([
      ["503", "shutting_down"],
      ["503", "shutting_down"],
      ["504", "worker_stopped"],
      ["503", "shutting_down"],
    ]);
    expect(delivered.acts.at(-1)).toBe("cut");
  });

  test("what is no request is answered and counted, and is no request", () => {
    using set = setUp();
    const answer = set.pipeline.onRefusal({
      error: new GwError("malformed_request", { reason: "nonsense" }),
      reason: "nonsense",
      address: "192.0.2.7",
      isAnswering: false,
    });
    expect([answer?.status, set.pipeline.stats.errors, set.pipeline.stats.requests]).toEqual([
      400,
      { malformed_request: 1 },
      0,
    ]);
  });

  test("a mistake of ours goes to whoever is to hear of it", async () => {
    using set = setUp();
    set.pipeline.onBug(new Error("ours"));
    expect(set.told).toEqual(["bug: Error: ours"]);
  });
});
