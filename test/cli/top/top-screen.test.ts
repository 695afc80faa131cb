import { describe, expect, test } from "bun:test";
import { renderTop } from "../../../src/cli/top/top-screen.ts";
import { FIRST_STATE, type TopState } from "../../../src/cli/top/top-state.ts";
import { EXPLAINED } from "../../support/control-server.ts";
import { ENDED } from "../../support/records.ts";
import { ACTIVE, topData, WORKER } from "../../support/top.ts";

const PAINT = {
  strong: String,
  bad: String,
  good: String,
  faint: String,
  reverse: (text: string) => `>${text}<`,
};
const render = (
  state: Partial<TopState> = {},
  data = topData(),
  size = { columns: 80, rows: 24 },
  silent?: string,
) => renderTop(data, { ...FIRST_STATE, ...state }, size, PAINT, silent);

describe("screen: the lists", () => {
  test("what people see", () => {
    expect(
      render()
        .map((line) => line.trimEnd())
        .join("\n"),
    ).toMatchInlineSnapshot(`
      "gw 1.2.3  http://localhost:8000/  up 1 min 5 s  generation 1             serving
      requests 123/s  5xx 0.3/s  p50 3 ms  p95 40 ms  p99 1.2 s
      capacity [##########..........] 52%  waiting 0  in flight 2  clients 3
      ends of processes 0

      *         pid   state  active  req/s  cpu  mem  lag   age
      >worker 1  5001  ready  3       61.5   50%  85M  12ms  3 h 0 min                 <
      worker 2  5002  ready  9       0.0    -    85M  -     3 h 0 min

      age*    phase  worker  request    client     id
      2.5 s   app    1       GET /slow  192.0.2.7  r-1
      900 ms  app    2       GET /b     192.0.2.7  r-2











      q quit  h help  Tab list  Enter open  s sort  o turn  / filter  r restart  d dr…"
    `);
  });

  test.each([
    [200, 60],
    [80, 24],
    [60, 12],
    [20, 5],
    [1, 1],
  ])("exactly %i by %i, with 200 workers and 1,000 requests", (columns, rows) => {
    const workers = Array.from({ length: 200 }, (_, n) => ({ ...WORKER, slot: n + 1, pid: 6_000 + n }));
    const requests = Array.from({ length: 1_000 }, (_, n) => ({
      ...ACTIVE,
      id: `r-${n}`,
      path: `/${"漢".repeat(n % 90)}`,
    }));
    for (const list of ["workers", "requests"] as const) {
      const lines = render({ list }, topData({ workers, requests }), { columns, rows });
      expect(lines).toHaveLength(rows);
      expect(
        lines.map((line) => Bun.stringWidth(line.replaceAll(/[<>]/g, ""))).filter((width) => width > columns),
      ).toEqual([]);
    }
  });

  test("the chosen row is always in the picture", () => {
    const workers = Array.from({ length: 200 }, (_, n) => ({ ...WORKER, slot: n + 1, pid: 6_000 + n }));
    for (const slot of [1, 57, 200]) {
      const lines = render(
        { chosen: { workers: `${slot} ${5_999 + slot}`, requests: undefined } },
        topData({ workers }),
      );
      expect(lines.filter((line) => line.startsWith(">"))).toEqual([
        expect.stringContaining(`>worker ${slot} `),
      ]);
      expect(lines.join("\n")).toContain(" of 200");
    }
  });

  test("nothing that a client or an app has said moves a cursor", () => {
    const lines = render({}, topData({ requests: [{ ...ACTIVE, path: "/\x1b[2J\n" }] }));
    expect(lines.join("")).not.toMatch(/[\x00-\x1f]/);
  });

  test("where there is nothing it says so, in embedded mode too", () => {
    expect(render({}, topData({ requests: [] })).join("\n")).toContain("no request is under way");
    expect(render({ filter: "zzz" }).join("\n")).toContain("no request that the filter is a part of");
    expect(render({}, { ...topData({ requests: [] }), requests: undefined }).join("\n")).toContain(
      "in embedded mode",
    );
  });

  test("in embedded mode what nobody knows is a dash", () => {
    const data = topData();
    const status = { ...data.look.status, fronts: [] };
    const rates = { ...data.rates, errors: null, capacity: null, latency: null };
    const lines = render({}, { ...data, look: { ...data.look, status }, rates, requests: undefined });
    expect(lines[1]?.trim()).toBe("requests 123/s  5xx –  latency –");
    expect(lines[2]?.trim()).toBe("capacity –  waiting –  in flight 12  clients –");
  });
});

describe("screen: the rest", () => {
  test("a gw that does not answer is told of above what was last known", () => {
    const lines = render({}, topData(), { columns: 100, rows: 24 }, "nobody listens there");
    expect(lines[0]).toContain("gw does not answer: nobody listens there");
    expect(lines.join("\n")).toContain("worker 2");
  });

  test("a question, a filter that is typed, and what became of a deed stand in the last line", () => {
    const last = (state: Partial<TopState>) => render(state).at(-1);
    expect(last({ asked: { command: "restart", worker: 3 } })).toStartWith("Restart worker 3? ");
    expect(last({ asked: { command: "drain", worker: 3 } })).toStartWith(
      "Drain, and leave empty, the place of worker 3? ",
    );
    expect(last({ isTyping: true, filter: "ab" })).toStartWith("filter: ab_ ");
    expect(last({ message: "worker 3 was replaced", filter: "ab" })).toStartWith(
      'worker 3 was replaced  |  filter "ab"  |  ',
    );
  });

  test("a worker alone: what it is, what is on it, and why what happened to it", () => {
    const explained = { ...EXPLAINED, records: { ...EXPLAINED.records, ends: [ENDED] } };
    const text = render({ subject: { kind: "worker", slot: 1 } }, { ...topData(), explained }).join("\n");
    expect(text).toContain("runs /srv/app.ts");
    expect(text).toContain("GET /slow");
    expect(text).toContain("worker 1 ended, crash (exit code 1)");
    expect(render({ subject: { kind: "worker", slot: 9 } }).join("\n")).toContain(
      "there is no worker 9 any more",
    );
  });

  test("a request alone, also when it is over", () => {
    const shown = render({ subject: { kind: "request", id: "r-1" } }).join("\n");
    expect(shown).toContain("2.5 s old, app: a worker has it, and has not begun to answer");
    expect(render({ subject: { kind: "request", id: "r-9" } }).join("\n")).toContain("request r-9 is over");
  });

  test("the help, as far as there is room, and further by scrolling", () => {
    expect(render({ showsHelp: true }).join("\n")).toContain("Ctrl-Z");
    const size = { columns: 80, rows: 10 };
    expect(render({ showsHelp: true, scrolled: 99 }, topData(), size).join("\n")).toContain(
      "A request is in receive",
    );
  });
});
