// Asks an app everything that its row lists, and the assets of its pages.
import type { Ask, PublishedApp } from "./catalogue-types.ts";
import { type Answer, assetsOf, type Heard, settle } from "./compare.ts";

/** An answer that takes longer counts as none. */
const ANSWER_WITHIN_MS = 20_000;
const MOST_SHOWN = 60;
/** Of one app; enough for the pages of all of them. */
const MOST_ASSETS = 60;

export type Running = { url: string; folder: string };

/**
 * Every answer, settled. `paths` are the assets to ask for besides; without them, those that the pages name.
 * Rejects when there is no answer.
 */
export async function exchange(app: PublishedApp, place: Running, paths?: string[]): Promise<Heard[]> {
  const port = Number(new URL(place.url).port);
  const settled = (one: Heard): Heard => ({ ...one, answer: settle(one.answer, port, app) });
  const heard: Heard[] = [];
  for (const ask of asksOf(app)) heard.push(settled(await hear(place.url, ask)));
  for (const path of paths ?? newAssets(heard)) heard.push(settled(await hear(place.url, { path })));
  for (const { name, hold } of app.conversations ?? []) {
    const said = await hold(place);
    heard.push(settled({ asked: name, answer: { status: 0, headers: [], body: JSON.stringify(said) } }));
  }
  return heard;
}

/** Paths of the assets among what was asked. */
export function assetsAsked(app: PublishedApp, heard: readonly Heard[]): string[] {
  const end = heard.length - (app.conversations ?? []).length;
  return heard.slice(asksOf(app).length, end).map(({ asked }) => asked.slice("GET ".length));
}

/** What its row lists, and the head of its usual answer. */
function asksOf(app: PublishedApp): Ask[] {
  return [...app.asks.map(whole), { ...usualAsk(app), method: "HEAD" }];
}

/** The request that stands for the app where one is enough; it has no body. */
export const usualAsk = ({ load, asks: [first = "/"] }: PublishedApp): Ask => load ?? whole(first);

const whole = (ask: Ask | string): Ask => (typeof ask === "string" ? { path: ask } : ask);

function newAssets(heard: readonly Heard[]): string[] {
  const pages = heard.filter(({ answer }) =>
    answer.headers.some(([, value]) => value.startsWith("text/html")),
  );
  return [...new Set(pages.flatMap(({ answer }) => assetsOf(answer.body)))].slice(0, MOST_ASSETS);
}

async function hear(url: string, ask: Ask): Promise<Heard> {
  const method = ask.method ?? "GET";
  const asked = `${method} ${ask.path}${describeHeaders(ask)}`;
  try {
    return { asked, answer: await answerTo(url, method, ask) };
  } catch (thrown) {
    throw new Error(`${asked}: no answer: ${thrown instanceof Error ? thrown.message : thrown}`);
  }
}

/** Two requests for one path are told apart by their fields. */
function describeHeaders({ headers, body }: Ask): string {
  const words = Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${value}`);
  return [...words, ...(body === undefined ? [] : [body.slice(0, MOST_SHOWN)])]
    .map((word) => ` (${word})`)
    .join("");
}

async function answerTo(url: string, method: string, { path, headers, body }: Ask): Promise<Answer> {
  const { origin } = new URL(url);
  const filledIn = Object.entries(headers ?? {}).map(([name, value]) => [
    name,
    value.replace("{origin}", origin),
  ]);
  const answer = await fetch(new URL(path, url), {
    method,
    headers: { "accept-encoding": "identity", ...Object.fromEntries(filledIn) },
    redirect: "manual",
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    ...(body !== undefined && { body }),
  });
  // Byte for byte: what is no text must not be taken for the same.
  const bytes = Buffer.from(await answer.arrayBuffer());
  const text = bytes.toString("utf8");
  return {
    status: answer.status,
    headers: [...answer.headers],
    body: Buffer.from(text).equals(bytes) ? text : bytes.toString("base64"),
  };
}
