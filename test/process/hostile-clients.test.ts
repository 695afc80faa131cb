// Clients that go beyond every limit and every time that one request has, at each door, again and again: none reaches the app with a
// whole request, each is refused by one cause for the client, the log and the counters, and nothing of them is left in the front.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync } from "node:fs";
import { connectH2, H2_OVER_TLS } from "../front/door/h2/h2-player.ts";
import { connectH1 } from "../front/door/http1/h1-player.ts";
import type { Asked, Player } from "../front/door/players.ts";
import { obey, statusOf } from "../support/control.ts";
import { freePort } from "../support/free-port.ts";
import { eventually, type Gw, startGw } from "../support/gw.ts";
import { ON_LINUX, testWith } from "../support/needs.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { tlsFlags } from "../support/tls-setup.ts";

setDefaultTimeout(60_000);

/** Says of each request that has come whole that it has. */
const APP = `export default {
  async fetch(request: Request) {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/large")) return new Response(Buffer.alloc(20_000_000));
    const { length } = await request.bytes();
    console.log("whole " + pathname + " " + length);
    return new Response(String(length));
  },
};`;

let dir: TempDir;
let gw: Gw;
let secure: number;

beforeAll(async () => {
  dir = makeTempDir();
  secure = freePort();
  gw = await startGw([
    ...[dir.write("app.ts", APP), "--https-port", String(secure), ...tlsFlags(dir.path)],
    ...["--limit-request-line", "1k", "--limit-request-fields", "20", "--limit-request-field-size", "2k"],
    ...["--limit-request-body", "100k", "--body-timeout", "1s", "--body-min-rate", "100k"],
    ...["--response-socket-timeout", "1s", "--rate-limit", "header:X-Key 1/h"],
  ]);
  using player = await connectH1(gw.port);
  await player.ask({ target: "/first", fields: ["x-key", "one"] });
  expect((await player.answer()).status).toBe(200);
});

afterAll(async () => {
  await gw?.[Symbol.asyncDispose]();
  dir?.[Symbol.dispose]();
});

const DOORS: Record<string, () => Promise<Player>> = {
  "HTTP/1.1": () => connectH1(gw.port),
  "HTTP/1.1 over TLS": () => connectH1(secure, true),
  "HTTP/2": () => connectH2(secure, H2_OVER_TLS),
};

type Attack = {
  asked: Asked;
  /** After the request. */
  next?: (player: Player) => Promise<void>;
  /** 0: the answer is cut. */
  status: number;
  cause: string;
};

const fields = (count: number) => Array.from({ length: count }, (_, at) => [`x-${at}`, "1"]).flat();
const upload = (body: string | number | "unknown", more: readonly string[] = []): Asked => ({
  ...{ method: "POST", target: "/never", body, fields: more },
});
/** In pieces, until the server wants no more. */
async function sendOn(player: Player, bytes: number, piece: number): Promise<void> {
  try {
    for (let sent = 0; sent < bytes; sent += piece) await player.sendBody("b".repeat(piece));
    await player.endBody();
  } catch {
    // It has closed: what it had to say has come before.
  }
}
const TOO_LARGE = { status: 413, cause: "request_body_too_large" };
const LATE = { status: 408, cause: "request_timeout_client" };

const ATTACKS: Record<string, Attack> = {
  "a line that is too long": {
    asked: { target: `/never${"a".repeat(1100)}` },
    status: 414,
    cause: "target_too_long",
  },
  "a query that is too long": {
    asked: { target: `/never?${"a".repeat(1100)}` },
    status: 414,
    cause: "target_too_long",
  },
  "too many fields": {
    asked: { target: "/never", fields: fields(21) },
    status: 431,
    cause: "too_many_fields",
  },
  "ten times as many": {
    asked: { target: "/never", fields: fields(250) },
    status: 431,
    cause: "too_many_fields",
  },
  "the same field too often": {
    asked: { target: "/never", fields: Array.from({ length: 30 }, () => ["x-a", "1"]).flat() },
    ...{ status: 431, cause: "too_many_fields" },
  },
  "a field that is too large": {
    asked: { target: "/never", fields: ["x-a", "1".repeat(2100)] },
    ...{ status: 431, cause: "field_too_large" },
  },
  "a name that is too large": {
    asked: { target: "/never", fields: ["n".repeat(2100), "1"] },
    ...{ status: 431, cause: "field_too_large" },
  },
  "a body whose length is too large": { asked: upload(102_401), ...TOO_LARGE },
  "one that is much too large": { asked: upload(999_999_999_999_999), ...TOO_LARGE },
  "one that waits to be asked for it": {
    asked: upload(102_401, ["expect", "100-continue"]),
    next: async (player) => {
      const { interim } = await player.answer();
      expect(interim).toEqual([]);
    },
    ...TOO_LARGE,
  },
  "a body without a length that is too large": {
    asked: upload("unknown"),
    next: (player) => sendOn(player, 200_000, 20_000),
    ...TOO_LARGE,
  },
  "the same in small pieces": {
    asked: upload("unknown"),
    next: (player) => sendOn(player, 120_000, 100),
    ...TOO_LARGE,
  },
  "a body that does not come": { asked: upload(10), ...LATE },
  "a body that comes in part": { asked: upload(10), next: (player) => player.sendBody("b"), ...LATE },
  "a large body that comes in part": {
    asked: upload(90_000),
    next: (player) => player.sendBody("b".repeat(70_000)),
    ...LATE,
  },
  "a body without an end": { asked: upload("unknown"), next: (player) => player.sendBody("b"), ...LATE },
  "a body that was asked for and does not come": { asked: upload(10, ["expect", "100-continue"]), ...LATE },
  "an answer that is not taken": {
    asked: { target: "/large" },
    next: async (player) => player.stopReading(),
    ...{ status: 0, cause: "client_stalled" },
  },
  "a key that has asked before": {
    asked: { target: "/never", fields: ["x-key", "one"] },
    ...{ status: 429, cause: "rate_limited" },
  },
};

const CAUSES = [...new Set(Object.values(ATTACKS).map(({ cause }) => cause))].toSorted();

async function counts(): Promise<Record<string, number>> {
  const text = await obey(gw, "metrics");
  const of = (cause: string) =>
    Number(new RegExp(`gw_errors_total\\{cause="${cause}"\\} (\\d+)`).exec(text)?.[1] ?? 0);
  return Object.fromEntries(CAUSES.map((cause) => [cause, of(cause)]));
}

/** Answers that were to be cut. */
let cuts = 0;

/** Does it, and sees that the client and the log agree. */
async function attack(connect: () => Promise<Player>, { asked, next, status, cause }: Attack): Promise<void> {
  using player = await connect();
  const target = status === 0 ? `${asked.target}-${++cuts}` : asked.target;
  await player.ask({ ...asked, ...(target && { target }) });
  await next?.(player);
  if (status === 0) {
    // There is no id in an answer of the app.
    await gw.until(
      new RegExp(`path="?${target}\\b.*cause=${cause}\\b|cause=${cause}\\b.*path="?${target}\\b`),
    );
    player.goOnReading();
    expect((await player.untilEnded())?.isWhole ?? false).toBeFalse();
    return;
  }
  const got = await player.answer();
  expect([got.status, got.values("proxy-status").join()]).toEqual([
    status,
    expect.stringContaining(`details="${cause}"`),
  ]);
  const [id = ""] = got.values("x-request-id");
  expect(got.body).toContain(cause);
  await gw.until(new RegExp(`request refused(?=.*\\b${id}\\b).*cause=${cause}\\b`));
}

/** All of it at all doors at once. */
async function assault(): Promise<void> {
  const all = Object.entries(DOORS).flatMap(([door, connect]) =>
    Object.entries(ATTACKS).map(([what, one]) =>
      attack(connect, one).catch((problem) => {
        throw new Error(`${what}, by ${door}: ${problem.message}`, { cause: problem });
      }),
    ),
  );
  await Promise.all(all);
}

const frontPid = async () => (await statusOf(gw)).fronts[0]?.pid ?? 0;

test("hostile clients: each is refused by one cause at each door, counted once, and reaches no app", async () => {
  const [pid, due] = [await frontPid(), await counts()];
  await assault();
  for (const { cause } of Object.values(ATTACKS)) due[cause] = (due[cause] ?? 0) + Object.keys(DOORS).length;
  await eventually(async () => Bun.deepEquals(await counts(), due), "each of them is counted once");
  expect(await frontPid()).toBe(pid);
  expect(gw.stdout()).not.toContain("whole /never");
});

testWith(ON_LINUX)("hostile clients: nothing of them is left in the front", async () => {
  const pid = await frontPid();
  const descriptors = () => readdirSync(`/proc/${pid}/fd`).length;
  await assault();
  const before = descriptors();
  await assault();
  await eventually(() => descriptors() <= before, "all that was opened is closed");
  expect(await frontPid()).toBe(pid);
});
