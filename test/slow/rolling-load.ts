// The clients of rolling.check.ts, in the balancer's network: short requests without end, long ones, and WebSockets. Told by its parent
// when to go on; tells what became of everything. Not a test itself.
import { runLoad } from "../../src/cli/check-reload/check-reload-load.ts";
import { PLAN } from "../../src/cli/check-reload/check-reload-words.ts";
import { systemClock } from "../../src/core/clock.ts";

/** What the parent does in between, times so often. */
export type LoadOrder = { port: number; times: number; requests: number };
export type LoadTold = {
  requests: number;
  failed: number;
  firstFailures: unknown;
  longestMs: number;
  /** Of requests that take seconds: by status, or what went wrong. */
  long: Record<string, number>;
  /** Codes with which WebSockets ended before they were closed here. */
  closed: Record<string, number>;
};

const { port, times, requests } = JSON.parse(process.argv[2] ?? "{}") as LoadOrder;
const url = `http://127.0.0.1:${port}/`;
const LONG_MS = 1_500;
const long: Record<string, number> = {};
const closed: Record<string, number> = {};
let isOver = false;
const note = (all: Record<string, number>, what: string) => {
  all[what] = (all[what] ?? 0) + 1;
};

async function askLong(): Promise<void> {
  while (!isOver) {
    try {
      const answer = await fetch(`${url}slow?ms=${LONG_MS}`);
      note(long, (await answer.text()) === "slow" ? String(answer.status) : "not whole");
    } catch (error) {
      note(long, String(error));
    }
  }
}

/** Opened anew whenever it has ended, as clients do. */
function talk(): void {
  if (isOver) return;
  const socket = new WebSocket(url.replace("http", "ws"));
  socket.addEventListener("close", ({ code }) => {
    if (isOver) return;
    note(closed, String(code));
    // biome-ignore lint/plugin: as a client rests before it comes again
    setTimeout(talk, 200);
  });
}

const step = () =>
  new Promise<void>((resolve) => {
    process.once("message", () => resolve());
    process.send?.({ step: true });
  });

const longs = Array.from({ length: 8 }, askLong);
for (let n = 0; n < 8; n++) talk();
const result = await runLoad({
  target: { hostname: "127.0.0.1", port },
  host: "localhost",
  path: "/",
  plan: { ...PLAN, times, requests, concurrency: 32, mostMs: 300_000 },
  clock: systemClock,
  signal: new AbortController().signal,
  reload: step,
  onReload() {},
});
isOver = true;
await Promise.all(longs);
const { tally } = result;
const longestMs = Math.max(...Object.values(tally.phases).map(({ times: all }) => all.mostMs ?? 0));
const told: LoadTold = {
  requests: tally.requests,
  failed: tally.failed,
  firstFailures: tally.named,
  longestMs,
  long,
  closed,
};
process.send?.({ told });
process.exit(0);
