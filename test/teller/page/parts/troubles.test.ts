import { describe, expect, test } from "bun:test";
import type { Picture } from "../../../../src/control/picture.ts";
import type { Status } from "../../../../src/control/status.ts";
import { troublesOf } from "../../../../src/teller/page/parts/troubles.ts";
import { NOW_MS, picture, workerStatus } from "../../../support/picture.ts";

const at = (ms: number) => new Date(NOW_MS + ms).toISOString();
const CALM = picture();
const [GROUP] = CALM.status.groups as [Status["groups"][0]];

function told(status: Partial<Status>, changes: Partial<Picture> = {}): string[] {
  const troubles = troublesOf({ ...CALM, ...changes, status: { ...CALM.status, ...status } });
  return troubles.map(({ tone, text }) => `${tone}: ${text.text.replace(/<[^>]+>/g, "")}`);
}

const group = (changes: Partial<Status["groups"][0]>) => ({ groups: [{ ...GROUP, ...changes }] });

describe("troubles", () => {
  test("none: nothing is said", () => expect(told({})).toEqual([]));

  test.each<[string, Partial<Status>, RegExp]>([
    ["no worker", { state: "waiting" }, /^bad: gw is waiting: no worker takes requests/],
    ["a stop", { state: "stopping" }, /^warn: gw is stopping/],
    [
      "a crash loop",
      { troubles: [{ process: "worker 2", deaths: 5, isCrashLoop: true, pauseMs: 8_000, error: "<boom>" }] },
      /^bad: worker 2 is in a crash loop, 5 ends in a row; the next try comes within 8.0 s: &lt;boom&gt;/,
    ],
    [
      "a log file that is gone",
      { logTroubles: [{ file: "/logs/error_log", why: "it was removed", lost: 1 }] },
      /^bad: The log at \/logs\/error_log is in trouble: it was removed. 1 line lost so far/,
    ],
    [
      "a loop that stands still",
      group({ workers: [workerStatus(3, { isStalled: true })] }),
      /event loop of worker 3/,
    ],
    [
      "a reload that was refused",
      { refused: { generation: null, at: at(-60_000), by: "SIGHUP", reason: "port is wrong", detail: null } },
      /^bad: The last reload was refused \(SIGHUP, 1 min ago\): port is wrong. Generation 1 serves on/,
    ],
    [
      "a certificate that was refused",
      { refusedCertificate: { file: "/a.pem", at: at(0), reason: "no key" } },
      /\/a\.pem: no key/,
    ],
    [
      "a certificate near its end",
      { certificates: [{ file: "/a.pem", names: [], expiresAt: at(86_400_000) }] },
      /^warn: A certificate ends in 1 d/,
    ],
    [
      "a certificate that has ended",
      { certificates: [{ file: "/a.pem", names: [], expiresAt: at(-1_000) }] },
      /^bad: A certificate has expired/,
    ],
    [
      "a pause",
      group({ state: "paused", pausedUntil: at(30_000) }),
      /^warn: default is paused.*12:00:30 UTC/,
    ],
    [
      "a request that kills",
      group({ poisons: [{ method: "GET", path: "/die", deaths: 3, until: at(5_000) }] }),
      /^bad: GET \/die is refused for 5.0 s: 3 workers of default ended/,
    ],
    ["a place that was drained", group({ drained: [4] }), /^warn: Worker 4 of default was drained/],
  ])("%s", (_name, status, words) => {
    expect(told(status).join("\n")).toMatch(words);
  });

  test("requests that wait, and capacity that is used up", () => {
    const loads = [{ group: "default", slots: 40, busy: 38, oldestMs: 2_500 }];
    expect(told(group({ queueLength: 7 }), { loads })).toEqual([
      "warn: The capacity is 95 % used: 38 of 40 places are taken.",
      "warn: 7 requests wait for a worker, the first for 2.5 s.",
    ]);
  });

  test("what is grave comes first", () => {
    const all = told({ ...group({ drained: [4] }), state: "crash loop" });
    expect(all.map((text) => text.split(":")[0])).toEqual(["bad", "warn"]);
  });
});
