import { describe, expect, test } from "bun:test";
import { randomOf } from "../support/seeded-random.ts";
import { readH2load } from "./h2load.ts";
import { type Figure, median, readWrk, summarise } from "./load.ts";
import { noiseOf } from "./machine.ts";
import { flood } from "./open-loop.ts";
import { renderOverload, summariseFlood } from "./overload.ts";
import { SECTIONS, secondsOf } from "./plan.ts";
import { renderReport } from "./report.ts";

const WRK = `Running 1s test @ http://127.0.0.1:12032/
  1 threads and 8 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   205.01us  140.28us   3.00ms   94.50%
    Req/Sec    38.99k     3.61k   43.49k    54.55%
  Latency Distribution
     50%  176.00us
     75%  226.00us
     90%  282.00us
     99%  799.00us
  42681 requests in 1.10s, 5.09MB read
Requests/sec:  38795.70
Transfer/sec:      4.62MB
`;

const figure = (given: Partial<Figure> = {}): Figure => ({
  perSecond: 1000,
  least: 990,
  most: 1010,
  p50Ms: 0.5,
  p99Ms: 1,
  failures: 0,
  cpuUs: { "front end": 10, app: 5, supervisor: 0 },
  ...given,
});

describe("bench", () => {
  test("what wrk prints is read, with its unit", () => {
    expect(readWrk(WRK)).toEqual({
      requests: 42_681,
      perSecond: 38_795.7,
      p50Ms: 0.176,
      p99Ms: 0.799,
      failures: 0,
    });
    expect(readWrk(WRK.replace("799.00us", "1.20s ")).p99Ms).toBe(1200);
  });

  test("what h2load prints is read, with the 99th percentile of its log", () => {
    const out =
      "finished in 2.00s, 30649.92 req/s, 2.46MB/s\nrequests: 200 total, 200 started, 200 done, 197 succeeded, 1 failed, 2 errored, 3 timeout\n";
    const log = Array.from({ length: 200 }, (_, n) => `1700000000\t200\t${(n + 1) * 10}\n`).join("");
    expect(readH2load(out, log)).toEqual({
      requests: 200,
      perSecond: 30_649.92,
      p50Ms: 1,
      p99Ms: 1.98,
      failures: 6,
    });
    expect(() => readH2load("could not connect", log)).toThrow(/something else/);
    expect(() => readH2load(out, "")).toThrow(/something else/);
  });

  test("answers that are errors and connections that break are failures", () => {
    const told = "  Socket errors: connect 1, read 2, write 3, timeout 4\n  Non-2xx or 3xx responses: 5\n";
    expect(readWrk(WRK.replace("Requests/sec", `${told}Requests/sec`)).failures).toBe(15);
  });

  test("something else than wrk's own words is no figure", () => {
    expect(() => readWrk("unable to connect to 127.0.0.1:1 Connection refused\n")).toThrow(/something else/);
  });

  test("a figure is the median of its rounds, with the least and the most", () => {
    const rounds = [3, 1, 2].map((by) => figure({ perSecond: by * 100, p99Ms: by }));
    expect(summarise(rounds)).toMatchObject({ perSecond: 200, least: 100, most: 300, p99Ms: 2 });
    expect([median([1, 4]), median([5])]).toEqual([2.5, 5]);
  });

  test("a machine is noisy by what ran before, by what others do, and by rounds that differ", () => {
    const quiet = { loadBefore: 0.1, othersShares: [0.01, 0.05] };
    expect(noiseOf(quiet, [{ gw: figure() }])).toEqual([]);
    expect(noiseOf({ ...quiet, loadBefore: 2 }, [])).toHaveLength(1);
    expect(noiseOf({ ...quiet, othersShares: [0, 0.5] }, [])[0]).toContain("50 %");
    expect(noiseOf(quiet, [{ gw: figure(), nginx: figure({ most: 2000 }) }])[0]).toContain("of 2 figures 1");
  });

  test("the report has a row for each contender, with its ratio to nginx, and says what is missing", () => {
    const [section] = SECTIONS;
    if (!section) throw new Error("no section");
    const figures = { nginx: figure(), gw: figure({ perSecond: 1500 }) };
    const results = [{ load: section.loads[0]!, figures }];
    const page = renderReport({
      machine: "2026-01-01: a machine.",
      pace: "Once.",
      versions: { nginx: "nginx 1.2.3" },
      noise: ["others were at work"],
      sections: [{ section, leftOut: ["HAProxy"], results }],
    });
    expect(page).toContain("| gw | 1,500 | 990 – 1,010 | 1.50 | 1.00 | 10.0 | 5.0 | – | 15.0 | 1.00 |");
    expect(page).toContain("| nginx 1.2.3 | 1,000 |");
    expect(page).toContain("Left out, because not installed: HAProxy.");
    expect(page).toContain("**The machine was not quiet**: others were at work.");
  });

  test("a whole run fits into twenty minutes, with memory, reloads and floods", () => {
    expect(secondsOf(SECTIONS, { rounds: 3, seconds: 2 })).toBeLessThan(14 * 60);
  });

  test("an open loop has as many come as it says, whatever becomes of them, and whoever is not answered in time leaves", async () => {
    let asked = 0;
    using server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch() {
        // Every second one is never answered.
        return asked++ % 2 === 0 ? new Response("ok") : new Promise<Response>(() => {});
      },
    });
    const came = await flood({
      origin: server.url.origin,
      perSecond: 200,
      seconds: 0.5,
      patienceMs: 300,
      random: randomOf(3),
    });
    expect(came.length).toBe(asked);
    expect(came.length).toBeGreaterThan(60);
    expect(came.filter(({ status }) => status === 200).length).toBe(Math.ceil(asked / 2));
    expect(came.filter(({ status, tookMs }) => status === 0 && tookMs === 300).length).toBe(
      Math.floor(asked / 2),
    );
  });

  test("of a flood the good answers count that came in time, and it is over when the last client is served well again", () => {
    const came = (at: number, tookMs: number, status = 200) => ({ at, tookMs, status });
    const one = summariseFlood({
      during: [came(0, 10), came(1, 1_200), came(2, 5, 503), came(3, 1_000, 0), came(4, 20)],
      after: [came(2_100, 1_000, 0), came(2_600, 3, 503), came(2_700, 9)],
      since: 2_000,
      times: 2,
      seconds: 2,
      grownKb: 2_048,
    });
    expect(one).toMatchObject({ goodput: 0.01, refused: 0.2, left: 0.2, p50Ms: 20, backAfterMs: 600 });
    expect(renderOverload({ seconds: 2, floods: { gw: [one] } }).at(-1)).toBe(
      "| gw | 2 × | 1 % | 20 % | 20 % | 20 / 20 | + 2.0 MB | 0.6 s |",
    );
  });
});
