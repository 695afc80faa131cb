// The command line of gw check-reload, and where its requests go. Pure.

import { resolve } from "node:path";
import type { WantedInstance } from "../../control/instances.ts";
import type { Environment } from "../../core/environment.ts";
import { GwError } from "../../core/errors.ts";
import { count, type Kind, path, text } from "../../options/declare/kinds/kinds.ts";
import { wantedOf } from "../control/control-words.ts";
import type { LineValues, WordRow } from "../terminal/words.ts";
import type { LoadTarget } from "./check-reload-client.ts";

export type LoadPlan = {
  /** Reloads. */
  times: number;
  /** At the least, of all phases together. */
  requests: number;
  concurrency: number;
  warmUpMs: number;
  steadyMs: number;
  /** How long after the return of a reload requests still count as its own. */
  settleMs: number;
  /** At the least, between the end of one and the next. */
  calmMs: number;
  requestTimeoutMs: number;
  mostMs: number;
};

export const PLAN: LoadPlan = {
  times: 20,
  requests: 200_000,
  concurrency: 64,
  warmUpMs: 1_000,
  steadyMs: 3_000,
  settleMs: 250,
  calmMs: 250,
  requestTimeoutMs: 30_000,
  mostMs: 600_000,
};

export type CheckWords = {
  wanted: WantedInstance;
  plan: LoadPlan;
  path: string;
  /** Of the Host field, when it is not to be the address. */
  host?: string;
  replacesFronts: boolean;
  /** What is done in the place of a reload. */
  upgrade?: { file: string; "leave-parent": boolean };
  overHttp2: boolean;
  asJson: boolean;
  mostRatio?: number;
};

const PATH = text({
  placeholder: "PATH",
  accepts: "a path that begins with /, without spaces",
  read: (word) => (/^\/[!"$-~]*$/.test(word) ? word : undefined),
});

const HOST = text({
  placeholder: "NAME",
  accepts: "a host name, with or without :PORT",
  read: (word) => (/^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*(?::\d{1,5})?$/.test(word) ? word : undefined),
});

const RATIO: Kind<number> = {
  ...count({ min: 1 }),
  placeholder: "R",
  accepts: "a number from 1, such as 3 or 2.5",
  parse: (word) => (/^\d{1,6}(?:\.\d{1,6})?$/.test(word) && Number(word) >= 1 ? Number(word) : undefined),
};

const number = (placeholder: string, min: number, max: number) => ({ ...count({ min, max }), placeholder });

/** What the command takes itself. */
export const CHECK_WORDS: readonly WordRow[] = [
  { name: "times", kind: number("N", 1, 1_000), meaning: `Reloads [${PLAN.times}]` },
  {
    name: "requests",
    kind: number("N", 1, 100_000_000),
    meaning: `Requests, at the least [${PLAN.requests}]`,
  },
  {
    name: "concurrency",
    kind: number("N", 1, 1_024),
    meaning: `Clients, each with one request at a time [${PLAN.concurrency}]`,
  },
  { name: "http2", meaning: "Ask over HTTP/2, many at once on one connection; for a gw with HTTPS" },
  { name: "front", meaning: "Replace the front ends as well, as gw restart --front does" },
  { name: "upgrade", kind: path("FILE"), meaning: "Let FILE take over each time, as gw upgrade --wait does" },
  { name: "leave-parent", meaning: "With --upgrade: what it means to gw upgrade" },
  { name: "path", kind: PATH, meaning: "Where the requests go; it is asked with GET [/]" },
  { name: "host", kind: HOST, meaning: "Host field of the requests, for apps with a host name" },
  {
    name: "most-p99-ratio",
    kind: RATIO,
    meaning: "Fail also when p99 grows to more than R times the steady one",
  },
  { name: "json", meaning: "As JSON, for scripts" },
];

export function checkOf(values: LineValues, env: Environment): CheckWords {
  const numberOf = (name: string, otherwise: number) => Number(values.get(name) ?? otherwise);
  const [host, file] = [values.get("host"), values.get("upgrade")];
  return {
    wanted: wantedOf(values, env),
    plan: {
      ...PLAN,
      times: numberOf("times", PLAN.times),
      requests: numberOf("requests", PLAN.requests),
      concurrency: numberOf("concurrency", PLAN.concurrency),
    },
    path: String(values.get("path") ?? "/"),
    ...(host !== undefined && { host: String(host) }),
    replacesFronts: values.has("front"),
    ...(file !== undefined && {
      upgrade: { file: resolve(String(file)), "leave-parent": values.has("leave-parent") },
    }),
    overHttp2: values.has("http2"),
    asJson: values.has("json"),
    ...(values.has("most-p99-ratio") && { mostRatio: numberOf("most-p99-ratio", 0) }),
  };
}

/**
 * Where the gw with these addresses is asked from here. Refuses all but this machine's own loopback: so much load is
 * nothing that goes over a network by mistake.
 */
export function chooseTarget(urls: readonly string[]): { target: LoadTarget; host: string } {
  const found = urls.flatMap((url) => (URL.canParse(url) ? new URL(url) : []));
  // Where there is HTTPS, the plain port may do nothing but send clients there.
  for (const scheme of ["https:", "http:"]) {
    for (const { protocol, hostname, host, port } of found) {
      const address = loopbackOf(hostname);
      if (protocol !== scheme || address === undefined) continue;
      const isSecure = scheme === "https:";
      const target = { hostname: address, port: Number(port || (isSecure ? 443 : 80)) };
      return { target: isSecure ? { ...target, isSecure } : target, host };
    }
  }
  const unix = urls.find((url) => url.startsWith("unix:"))?.slice("unix:".length);
  // A name without a file begins with a zero byte.
  if (unix !== undefined) return { target: { unix: unix.replace(/^@/, "\0") }, host: "localhost" };
  const what = `gw check-reload asks on loopback only, and this gw serves ${urls.join(" ") || "nothing"}`;
  throw new GwError("command_failed", { what });
}

function loopbackOf(hostname: string): string | undefined {
  if (hostname === "localhost" || hostname === "0.0.0.0" || hostname === "[::]") return "127.0.0.1";
  if (hostname === "[::1]") return "::1";
  return /^127(?:\.\d{1,3}){3}$/.test(hostname) ? hostname : undefined;
}
