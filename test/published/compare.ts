// Are two answers the same, as far as a client can tell? Pure.
import type { PublishedApp } from "./catalogue-types.ts";

export type Answer = { status: number; headers: [name: string, value: string][]; body: string };

/** What was asked, in words, with what came back: an answer, or what a conversation heard as JSON. */
export type Heard = { asked: string; answer: Answer };

/** Belong to one hop or one moment: the framing, the connection, the clock. */
const OF_THE_HOP = new Set([
  "connection",
  "content-length",
  "date",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
]);

type Varying = Pick<PublishedApp, "varyingHeaders" | "varying">;

/** The answer with its address and all that differs from answer to answer replaced. */
export function settle({ status, headers, body }: Answer, port: number, varying: Varying): Answer {
  const address = new RegExp(`(localhost|127\\.0\\.0\\.1|\\[::1?\\]|0\\.0\\.0\\.0)(:|%3A)${port}\\b`, "gi");
  const settled = (text: string) =>
    (varying.varying ?? []).reduce(
      (so, [part, word]) => so.replace(part, word),
      text.replace(address, "address"),
    );
  const leftOut = new Set([...OF_THE_HOP, ...(varying.varyingHeaders ?? [])]);
  return {
    status,
    headers: headers
      .filter(([name]) => !leftOut.has(name.toLowerCase()))
      .map(([name, value]): [string, string] => [name.toLowerCase(), settled(value)])
      .sort(([a, x], [b, y]) => (a === b ? order(x, y) : order(a, b))),
    body: settled(body),
  };
}

const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** One sentence for each difference. Both have been settled. */
export function differences(plain: readonly Heard[], under: readonly Heard[]): string[] {
  return plain.flatMap(({ asked, answer }, at) => {
    const other = under[at];
    if (other?.asked !== asked) return [`${asked}: was not asked under gw`];
    return parts(answer, other.answer).map((difference) => `${asked}: ${difference}`);
  });
}

function parts(plain: Answer, under: Answer): string[] {
  const found: string[] = [];
  if (plain.status !== under.status) found.push(`status ${plain.status}, under gw ${under.status}`);
  const names = new Set([...plain.headers, ...under.headers].map(([name]) => name));
  for (const name of names) {
    const [here, there] = [valuesOf(plain, name), valuesOf(under, name)];
    if (here !== there) found.push(`${name} ${here}, under gw ${there}`);
  }
  if (plain.body !== under.body) found.push(`body ${around(plain.body, under.body)}`);
  return found;
}

const valuesOf = ({ headers }: Answer, name: string) =>
  JSON.stringify(headers.filter(([other]) => other === name).map(([, value]) => value));

/** The two texts from shortly before where they part. */
function around(here: string, there: string): string {
  let at = 0;
  while (at < here.length && here[at] === there[at]) at++;
  const piece = (text: string) => JSON.stringify(text.slice(Math.max(0, at - 40), at + 80));
  return `from character ${at}: ${piece(here)}, under gw ${piece(there)}`;
}

/** Paths below the same origin that a page makes its browser fetch, in order, each once. */
export function assetsOf(page: string): string[] {
  const tags = page.match(/<(?:script|link|img)\b[^>]*>/gi) ?? [];
  const links = tags.flatMap((tag) => /\b(?:src|href)="([^"]+)"/i.exec(tag)?.[1] ?? []);
  return [...new Set(links.map((link) => link.replaceAll("&amp;", "&")))].filter((link) =>
    /^\/(?!\/)/.test(link),
  );
}
