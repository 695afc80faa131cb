// One app, from its folder to the end of gw: what plain Bun or node answers, what it answers under gw, before and after
// a reload under load, and how it leaves.
import { control, statusOf, workersOf } from "../support/control.ts";
import { freePort } from "../support/free-port.ts";
import { bounded, eventually, type Gw, startGw } from "../support/gw.ts";
import { type Load, startLoad } from "../support/steady-load.ts";
import type { PublishedApp } from "./catalogue-types.ts";
import { differences, type Heard } from "./compare.ts";
import { assetsAsked, exchange, usualAsk } from "./exchange.ts";
import { install, installedVersion, renewState } from "./install.ts";
import { environmentOf, fillIn, startPlain } from "./plain.ts";
import type { Result } from "./results.ts";

const WORKERS = 2;
/** Those before the reload, and those after it. */
const PROCESSES = 2 * WORKERS;
const CLIENTS = 4;
const EXITS_WITHIN_MS = 10_000;
/** Answered after the reload, so that the new workers were under load, too. */
const AFTER_RELOAD = 40;

/** Never rejects: what went wrong stands in the result, its first line only, and in full in what is said. */
export async function runApp(app: PublishedApp, say: (what: string) => void): Promise<Result> {
  const failures: string[] = [];
  const result: Result = {
    name: app.name,
    title: app.title,
    package: app.package,
    version: "",
    plain: [app.plain.runtime, ...app.plain.words].join(" ").replaceAll("{port}", "8000"),
    gw: gwWords(app, ["--processes", String(WORKERS)], 8000).join(" "),
    compared: 0,
    hook: app.hook === undefined ? null : false,
    failures,
    note: app.note ?? null,
  };
  try {
    const folder = await install(app, say);
    result.version = installedVersion(app, folder);
    say(`plain ${app.plain.runtime}`);
    const plain = await hearPlain(app, folder, failures);
    result.compared = plain.length;
    say("gw");
    const hooks = await hearUnderGw(app, folder, plain, failures);
    if (app.hook) result.hook = hooks === PROCESSES;
  } catch (thrown) {
    failures.push(thrown instanceof Error ? thrown.message : String(thrown));
  }
  for (const failure of failures) say(`FAILED ${failure}`);
  return { ...result, failures: failures.map((failure) => failure.split("\n")[0] ?? "") };
}

/** Options of gw itself go before the app's words. */
function gwWords({ gw }: PublishedApp, options: string[], port: number): string[] {
  const at = gw.includes("--") ? gw.indexOf("--") : gw.length;
  return ["gw", "start-server", ...fillIn([...gw.slice(0, at), ...options, ...gw.slice(at)], port)];
}

async function hearPlain(app: PublishedApp, folder: string, failures: string[]): Promise<Heard[]> {
  renewState(app, folder);
  await using plain = await startPlain(app, folder);
  const heard = await exchange(app, { url: plain.url, folder });
  await plain.stop();
  if (app.hook && !plain.output().includes(app.hook))
    failures.push("its hook does not run without gw either");
  return heard;
}

/** How many processes ran the app's shutdown code to its end. */
async function hearUnderGw(
  app: PublishedApp,
  folder: string,
  plain: Heard[],
  failures: string[],
): Promise<number> {
  renewState(app, folder);
  const port = freePort();
  const options = ["--processes", String(WORKERS), "--port", String(port), "--host", "localhost"];
  await using gw = await startGw(gwWords(app, options, port).slice(2), {
    cwd: folder,
    env: environmentFor(app),
  });
  const place = { url: `http://localhost:${port}/`, folder };
  try {
    failures.push(...differences(plain, await exchange(app, place, assetsAsked(app, plain))));
    const { path, headers = {} } = usualAsk(app);
    const load = () => startLoad(new URL(path, place.url).href, CLIENTS, { headers, redirect: "manual" });
    await bothAnswer(gw, load);
    failures.push(...(await reload(gw, load)));
    const after = differences(plain, await exchange(app, place, assetsAsked(app, plain)));
    failures.push(...after.map((difference) => `after the reload: ${difference}`));
    return await leave(app, gw, failures);
  } catch (thrown) {
    throw new Error(
      `${thrown instanceof Error ? thrown.message : thrown}\n${gw.stdout()}${gw.stderr()}`.slice(0, 12_000),
    );
  }
}

/** Nothing of the environment of the run but what plain Bun got; startGw gives a temporary directory of its own. */
function environmentFor(app: PublishedApp): Record<string, string | undefined> {
  const { TMPDIR: _, ...environment } = environmentOf(app);
  const nothing = Object.keys(process.env)
    .filter((name) => name !== "TMPDIR")
    .map((name) => [name, undefined]);
  return { ...Object.fromEntries(nothing), ...environment };
}

async function bothAnswer(gw: Gw, start: () => Load): Promise<void> {
  await using _ = start();
  const isSo = async () =>
    workersOf(await statusOf(gw)).filter(({ requestCount }) => requestCount > 0).length === WORKERS;
  await eventually(isSo, `both workers have answered (one never did)`, 20_000);
}

/** Whatever went wrong for any client meanwhile: every answer is to be a good one, and of the same status. */
async function reload(gw: Gw, start: () => Load): Promise<string[]> {
  await using load = start();
  const { code, stdout, stderr } = await control(gw, "reload");
  const before = load.total;
  await eventually(
    () => load.total > before + AFTER_RELOAD,
    "requests are answered after the reload",
    30_000,
  );
  const { counts } = await load.finish();
  const statuses = Object.keys(counts);
  const isWell = statuses.length === 1 && Number(statuses[0]) < 400;
  return [
    ...(code === 0 ? [] : [`the reload failed: ${stdout}${stderr}`]),
    ...(isWell ? [] : [`requests failed during the reload: ${JSON.stringify(counts)}`]),
  ];
}

async function leave(app: PublishedApp, gw: Gw, failures: string[]): Promise<number> {
  await gw.until(/a generation has left/, 60_000);
  const { code, stdout, stderr } = await control(gw, "stop");
  const exit = await bounded(gw.exited, EXITS_WITHIN_MS, () => new Error("gw did not end after gw stop"));
  if (code !== 0 || exit !== 0)
    failures.push(`gw stop ended with ${code}, gw with ${exit}: ${stdout}${stderr}`);
  const troubles = gw.stderr().match(/^\S+Z (?:error|warn) .*$/gm) ?? [];
  failures.push(...troubles.map((line) => `gw logged: ${line}`));
  if (app.hook === undefined) return 0;
  const ran = (gw.stdout() + gw.stderr()).split(app.hook).length - 1;
  if (ran !== PROCESSES) failures.push(`its shutdown code ran in ${ran} processes, not in ${PROCESSES}`);
  return ran;
}
