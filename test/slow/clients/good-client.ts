// How long requests take for a client who asks for nothing unusual: some on a connection that it keeps, some on new ones.

import { Agent, request } from "node:http";

const PAUSE_MS = 4;
/** Every so many requests a new connection. */
const FRESH_EVERY = 4;

export type Times = { p50: number; p99: number; failures: string[] };

/** The times of so many requests, one after the other, in milliseconds. */
export async function timeRequests(url: string, count: number): Promise<Times> {
  const kept = new Agent({ keepAlive: true, maxSockets: 1 });
  const times: number[] = [];
  const failures: string[] = [];
  for (let at = 0; at < count; at++) {
    const from = performance.now();
    try {
      const status = await ask(url, at % FRESH_EVERY === 0 ? undefined : kept);
      if (status !== 200) failures.push(String(status));
    } catch (thrown) {
      failures.push(String(thrown));
    }
    times.push(performance.now() - from);
    // biome-ignore lint/plugin: the pace of this client
    await Bun.sleep(PAUSE_MS);
  }
  kept.destroy();
  times.sort((one, other) => one - other);
  const share = (part: number) => times[Math.floor(part * (times.length - 1))] as number;
  return { p50: share(0.5), p99: share(0.99), failures };
}

/** Its status. `agent`: with the connection that it keeps; undefined for a new one. */
function ask(url: string, agent: Agent | undefined): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const sent = request(url, { agent: agent ?? false }, (answer) => {
    answer.on("end", () => resolve(answer.statusCode ?? 0)).resume();
    answer.on("error", reject);
  });
  sent.on("error", reject);
  sent.end();
  return promise;
}
