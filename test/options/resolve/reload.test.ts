import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { KEYS, rowOf } from "../../../src/options/declare/table.ts";
import { planReload } from "../../../src/options/resolve/reload.ts";
import { type Inputs, type Resolved, resolve } from "../../../src/options/resolve/resolve.ts";
import { FILES, good, resolveGroups, resolveText } from "../configured.ts";
import { factsWith } from "../facts.ts";

const withFlags = (argv: string[], more: Partial<Inputs> = {}): Resolved =>
  good(resolve({ argv, env: {}, facts: factsWith(FILES), ...more }));
const withFile = (text: string): Resolved => good(resolveText(text));
const refusedOf = (before: Resolved, after: Resolved) =>
  planReload(before, after).refused.map(({ what, from }) => [what, from]);

describe("reload", () => {
  test("reload: nothing has changed", () => {
    expect(planReload(withFlags(["app.ts"]), withFlags(["app.ts"]))).toEqual({ refused: [] });
  });

  test("reload: port 0 stays the port that it was", () => {
    expect(refusedOf(withFlags(["--port", "0"]), withFlags(["--port", "0"]))).toEqual([]);
  });

  test("reload: what needs a new start is refused by name, with both values and who wants the new one", () => {
    expect(planReload(withFile('{ "port": 8001 }'), withFile('{\n"port": 8002 }'))).toEqual({
      refused: [
        {
          cause: "configuration",
          what: 'port cannot change from "8001" to "8002" while gw runs',
          from: "/srv/shop/gw.config.json:2",
          advice: "Put it back, or stop gw and start it again; --port needs a new start",
        },
      ],
    });
  });

  test("reload: all of it is told", () => {
    const after = withFile('{ "port": 0,\n"host": "::1",\n"embeddedMode": true,\n"serverRoot": "run" }');
    expect(refusedOf(withFile("{}"), after)).toEqual([
      ['host cannot change from "0.0.0.0" to "::1" while gw runs', "/srv/shop/gw.config.json:2"],
      ['port cannot change from "8000" to "0" while gw runs', "/srv/shop/gw.config.json:1"],
      ['embeddedMode cannot change from "false" to "true" while gw runs', "/srv/shop/gw.config.json:3"],
      [
        'serverRoot cannot change from "/tmp/gw-0.0.0.0:8000:501" to "/srv/shop/run" while gw runs',
        "/srv/shop/gw.config.json:4",
      ],
    ]);
  });

  test("reload: a value that is gone goes back to its default, which is told", () => {
    expect(refusedOf(withFile('{ "port": 8001 }'), withFile("{}"))).toEqual([
      [
        'port cannot change from "8001" to "8000" while gw runs',
        "the default, because /srv/shop/gw.config.json:1 is gone",
      ],
    ]);
  });

  test("reload: the server root follows the port, and is not told beside it", () => {
    const [before, after] = [withFile('{ "port": 8001 }'), withFile('{ "port": 8002 }')];
    expect(before.settings.serverRoot).not.toBe(after.settings.serverRoot);
    expect(refusedOf(before, after)).toHaveLength(1);
  });

  test("reload: but it is told when nothing else is", () => {
    const facts = factsWith(FILES, { uid: 0, gid: 0 });
    const [before, after] = [
      withFlags(["app.ts"], { facts }),
      withFlags(["app.ts", "--chroot", "/srv"], { facts }),
    ];
    expect(refusedOf(before, after)).toEqual([
      [
        'serverRoot cannot change from "/tmp/gw-0.0.0.0:8000:0" to "/srv/gw-0.0.0.0:8000:0" while gw runs',
        undefined,
      ],
    ]);
  });

  test("reload: the same value from elsewhere is no change", () => {
    expect(refusedOf(withFile('{ "port": 8001 }'), withFlags(["--port", "8001"]))).toEqual([]);
  });

  test("reload: groups may come, go and change", () => {
    const one = good(resolveGroups({ web: { app: "web.ts" } }));
    const two = good(
      resolveGroups({ web: { app: "api.ts", processes: "2..4" }, api: { app: "api.ts", mount: "/a" } }),
    );
    expect([refusedOf(one, two), refusedOf(two, one), refusedOf(withFlags(["app.ts"]), two)]).toEqual([
      [],
      [],
      [],
    ]);
  });

  test("reload: exactly the options of a new start are refused, whatever else changes", () => {
    const value = fc.record({
      port: fc.constantFrom(8001, 8002),
      host: fc.constantFrom("::1", "127.0.0.1"),
      logLevel: fc.constantFrom("info", "debug"),
      concurrency: fc.integer({ min: 1, max: 9 }),
      frontEnds: fc.constant(1),
      serverRoot: fc.constantFrom("/run/a", "/run/b"),
    });
    fc.assert(
      fc.property(value, value, (one, other) => {
        const { refused } = planReload(withFile(JSON.stringify(one)), withFile(JSON.stringify(other)));
        const expected = KEYS.filter((key) => {
          const [before, after] = [one, other].map(
            (all) => Object.entries(all).find(([name]) => name === key)?.[1],
          );
          return rowOf(key).change === "restart" && before !== after;
        });
        expect(refused.map(({ what }) => what.split(" ")[0] ?? "")).toEqual(expected);
      }),
    );
  });
});
