// What each place tells of the requests that gw itself has answered, or cut: its log, the access log, the metrics, `gw why` and the
// status page.
import { expect } from "bun:test";
import type { Records } from "../../src/control/records.ts";
import type { Explained } from "../../src/control/results.ts";
import { obey } from "./control.ts";
import { freePort } from "./free-port.ts";
import { eventually, type Gw, type GwOptions, startGw } from "./gw.ts";

/** One that tells in all places. */
export type TellingGw = Gw & { page: string };

export async function startTelling(args: readonly string[], options?: GwOptions): Promise<TellingGw> {
  const port = freePort();
  const access = ["--access-log", "--access-log-format", "told %{cause}n %L"];
  const flags = ["--server-status", "--metrics-port", String(port), ...access];
  const page = `http://127.0.0.1:${port}/server-status?view=json`;
  return Object.assign(await startGw([...args, ...flags], options), { page });
}

/** What a client has seen of its request; status 0: it was cut. */
export type Seen = { status: number; cause?: string | undefined; id?: string | undefined };
export const CUT: Seen = { status: 0 };

/** One request that is refused with this status, or, with 0, cut. */
export type Step = [cause: string, status: number, act: () => Promise<Seen>];

export function seenOf({ status, headers }: Pick<Response, "status" | "headers">): Seen {
  const cause = /details="(\w+)"/.exec(headers.get("proxy-status") ?? "")?.[1];
  return { status, cause, id: headers.get("x-request-id") ?? undefined };
}

/** Of the bytes of one answer over HTTP/1.1; of none it was cut. */
export function seenIn(text: string): Seen {
  const status = Number(/^HTTP\/1\.1 (\d+) /.exec(text)?.[1] ?? 0);
  const [head = ""] = text.split("\r\n\r\n");
  const fields = [...head.matchAll(/^([\w-]+): (.*)\r?$/gm)];
  return seenOf({ status, headers: new Headers(fields.map(([, name = "", value = ""]) => [name, value])) });
}

/** Does them all at once, and sees that each client is told the cause, and that the log has the same request with it. */
export async function walk(gw: Gw, steps: readonly Step[]): Promise<void> {
  await Promise.all(
    steps.map(async ([cause, status, act], at) => {
      const step = `${at + 1}. ${cause}`;
      const { id, ...seen } = await act().catch((problem) => {
        throw new Error(`${step}: ${problem.message}`, { cause: problem });
      });
      expect({ step, ...seen }).toEqual({ step, status, cause: status > 0 ? cause : undefined });
      await gw.until(() =>
        linesOf(gw).log.some((line) => line.cause === cause && line.id === (id ?? line.id)),
      );
    }),
  );
}

/** Every place tells of these requests by these causes, and of no others. */
export async function expectToldAlike(gw: TellingGw, steps: readonly Step[]): Promise<void> {
  const causes = steps.map(([cause]) => cause).toSorted();
  const due = countsOf(causes.map((cause) => ({ cause, count: 1 })));
  const ids = idsOf(linesOf(gw).log);
  expect(ids.map((one) => one.split(" ")[0])).toEqual(causes);
  await gw.until(() => linesOf(gw).access.length >= ids.length);
  expect(idsOf(linesOf(gw).access)).toEqual(ids);

  // Front ends tell each second what they have counted, and whom they have refused.
  await eventuallyEqual(() => countedOf(gw), due);
  await eventuallyEqual(async () => idsOf((await explainedOf(gw)).refused), ids);
  expect(countsOf((await explainedOf(gw)).refusals)).toEqual(due);
  const { records } = (await (await fetch(gw.page)).json()) as { records: Records };
  expect(countsOf(records.refusals)).toEqual(due);

  const why = await obey(gw, "why");
  for (const [cause, count] of Object.entries(due))
    expect(why).toMatch(new RegExp(`\\b${count} requests? got ${cause}\\b`));
}

async function eventuallyEqual<T>(read: () => Promise<T>, due: T): Promise<void> {
  let told: T | undefined;
  const isEqual = async () => {
    told = await read();
    return Bun.deepEquals(told, due);
  };
  await eventually(isEqual, "it is told").catch(() => expect(told).toEqual(due));
}

const explainedOf = async (gw: Gw) => (JSON.parse(await obey(gw, "why", "--json")) as Explained).records;

type Line = { cause: string; id: string };

/** A client that has left was refused nothing. */
function linesOf(gw: Gw): { log: Line[]; access: Line[] } {
  const read = (pattern: RegExp, text: string) =>
    [...text.matchAll(pattern)].map(([, cause = "", id = ""]) => ({ cause, id }));
  return {
    log: read(/ (?:request refused|response cut) cause=(\w+).*? id=(\S+)/g, gw.stderr()),
    access: read(/^told (?!client_gone )(\w+) (\S+)$/gm, gw.stdout()),
  };
}

const idsOf = (lines: readonly Line[]) => lines.map(({ cause, id }) => `${cause} ${id}`).toSorted();

function countsOf(told: readonly { cause: string; count: number }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { cause, count } of told) counts[cause] = (counts[cause] ?? 0) + count;
  return counts;
}

async function countedOf(gw: Gw): Promise<Record<string, number>> {
  const rows = [...(await obey(gw, "metrics")).matchAll(/^gw_errors_total\{cause="(\w+)"\} (\d+)$/gm)];
  const told = rows.map(([, cause = "", count]) => ({ cause, count: Number(count) }));
  return countsOf(told.filter(({ count }) => count > 0));
}
