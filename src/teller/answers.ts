// What is answered on the port for metrics, from what the supervisor tells.

import type { AnswerTo } from "../control/picture.ts";
import { canonicalHost, isOwnName } from "../http/hosts.ts";
import { CONTENT_TYPES, formFor, renderMetrics } from "../metrics/render-text.ts";

export type FiguresKnown = AnswerTo["figures"];

type Ask = () => Promise<FiguresKnown | undefined>;

const PATHS: Readonly<Record<string, (told: FiguresKnown, request: Request) => Response>> = {
  "/metrics": ({ samples, appMetrics }, request) => {
    const form = formFor(request.headers.get("accept") ?? undefined);
    return text(200, renderMetrics(samples, form, appMetrics), CONTENT_TYPES[form]);
  },
  "/healthz": () => text(200, "ok\n"),
  "/readyz": ({ isReady, state }) => text(isReady ? 200 : 503, isReady ? "ready\n" : `not ready: ${state}\n`),
};

/** `page`: where the status page is, which is answered elsewhere. */
export async function answerTo(request: Request, ask: Ask, page?: string): Promise<Response> {
  const { pathname } = new URL(request.url);
  const answer = Object.hasOwn(PATHS, pathname) ? PATHS[pathname] : undefined;
  if (!answer) return text(404, `There is ${[...Object.keys(PATHS), ...(page ? [page] : [])].join(", ")}\n`);
  if (request.method !== "GET" && request.method !== "HEAD")
    return text(405, "Only GET and HEAD\n", undefined, { Allow: "GET, HEAD" });
  const told = await ask();
  return told ? answer(told, request) : text(503, "The supervisor does not answer\n");
}

/** `names`: of this machine. Whoever calls it by another one is not shown the status page. */
export function refuseForeignName({ headers }: Request, names: readonly string[]): Response | undefined {
  const host = canonicalHost(headers.get("host") ?? "");
  if (isOwnName(host, new Set(names.map(canonicalHost)))) return undefined;
  return text(
    403,
    "The status page is shown here by address, as localhost, by the machine's name and that of metricsHost\n",
  );
}

function text(status: number, body: string, type = "text/plain; charset=utf-8", more = {}): Response {
  const headers = { "Content-Type": type, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" };
  return new Response(body, { status, headers: { ...headers, ...more } });
}
