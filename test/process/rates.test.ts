// How often a client may ask, on the real gw with several front ends: what it gets, that all of them count together, and that
// neither a reload nor the death of a front end gives anybody a new allowance.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { obey, statusOf } from "../support/control.ts";
import { eventually, type Gw, startGw } from "../support/gw.ts";
import { ON_LINUX, testWith } from "../support/needs.ts";
import { exchangeRaw } from "../support/raw-http.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const APP = `export default { fetch: (request: Request) => new Response("ok " + new URL(request.url).pathname) };`;

const raw = (path = "/", ...fields: string[]) =>
  [`GET ${path} HTTP/1.1`, "Host: a", "Connection: close", ...fields, "", ""].join("\r\n");

/** So many requests, each on a connection of its own, all at once; how many got each status. */
async function storm(gw: Gw, count: number, request = raw()): Promise<Record<string, number>> {
  const answers = await Promise.all(Array.from({ length: count }, () => exchangeRaw(gw.url, request)));
  const statuses = answers.map((answer) => answer.split(" ")[1] ?? "none");
  return Object.fromEntries([...Map.groupBy(statuses, (one) => one)].map(([one, all]) => [one, all.length]));
}

function configure(dir: TempDir, options: object): string {
  dir.write("app.ts", APP);
  dir.write("gw.config.json", JSON.stringify({ app: "app.ts", ...options }));
  return join(dir.path, "gw.config.json");
}

describe("how often a client may ask", () => {
  test("rates: whoever comes too often gets 429 with the time to wait, and client, log and counters agree on why", async () => {
    using dir = makeTempDir();
    const config = configure(dir, { rateLimit: ["address 3/h", "header:X-Key 1/m path=/api"] });
    await using gw = await startGw(["--config", config]);
    const asked = async (path: string, key?: string) => {
      const answer = await fetch(new URL(path, gw.url), { headers: key ? { "X-Key": key } : {} });
      await answer.bytes();
      return answer;
    };
    expect((await asked("/api/a", "k")).status).toBe(200);
    const keyed = await asked("/api/b", "k");
    expect([keyed.status, keyed.headers.get("ratelimit-policy")]).toEqual([
      429,
      '"header:x-key 1/m path=/api";q=1;w=60;gw-burst=1',
    ]);
    expect((await asked("/api/c", "another")).status).toBe(200);
    expect((await asked("/")).status).toBe(200);
    const refused = await asked("/");
    const { headers } = refused;
    const wait = Number(headers.get("retry-after"));
    expect(wait).toBeGreaterThan(1100);
    expect(wait).toBeLessThanOrEqual(1200);
    expect(refused.status).toBe(429);
    expect(headers.get("ratelimit")).toBe(`"address 3/h";r=0;t=${wait}`);
    expect(headers.get("proxy-status")).toContain("rate_limited");
    await gw.until(/request refused.*cause=rate_limited.*why="address 3\/h"/);
    const counted = /gw_errors_total\{cause="rate_limited"\} 2\n/;
    await eventually(async () => counted.test(await obey(gw, "metrics")), "both are counted");
    expect(gw.stdout() + gw.stderr()).not.toContain("another");
  });

  testWith(ON_LINUX)("rates: four front ends count together, to the request", async () => {
    using dir = makeTempDir();
    const config = configure(dir, { rateLimit: ["address 1/h burst=40"], frontEnds: 4 });
    await using gw = await startGw(["--config", config]);
    expect(await storm(gw, 200)).toEqual({ 200: 40, 429: 160 });
    configure(dir, { rateLimit: ["address 1/h burst=40"], frontEnds: 2 });
    await obey(gw, "reload");
    expect(await storm(gw, 20)).toEqual({ 429: 20 });
    const [front] = (await statusOf(gw)).fronts;
    process.kill(front?.pid ?? 0, "SIGKILL");
    const isReady = async () =>
      (await statusOf(gw)).fronts.every(({ state, pid }) => state === "ready" && pid !== front?.pid);
    await eventually(isReady, "another front end");
    expect(await storm(gw, 20)).toEqual({ 429: 20 });
  });
});
