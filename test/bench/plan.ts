// What is measured, as a table: sections, each with contenders that run side by side, and the loads they all get.
import { BODY_SIZES, FILE_SIZES } from "./apps.ts";
import {
  bare,
  type Contender,
  gw,
  gwFiles,
  gwOverTls,
  gwTelling,
  haproxy,
  modWsgi,
  nginx,
  nginxFiles,
  nginxOverTls,
} from "./contenders.ts";
import type { Load, Pace } from "./load.ts";

export type Section = {
  /** For `--only`. */
  name: string;
  title: string;
  /** What a reader must know of it. */
  about: string;
  /** Whose figures the others' are held against; nginx's unless something else is said. */
  base?: string;
  contenders: readonly Contender[];
  loads: readonly Load[];
};

const crowd = (concurrency: number): Load => ({
  title: `${concurrency} clients`,
  path: "/",
  concurrency,
});

const streams = (concurrency: number, each: number): Load => ({
  ...crowd(concurrency),
  title: `${concurrency} clients on ${concurrency / each} connections`,
  streams: each,
});

const sizeName = (bytes: number) => (bytes >= 1_000_000 ? `${bytes / 1_000_000} MB` : `${bytes / 1000} kB`);

/** Few clients for bodies that are much work each. */
const clientsFor = (bytes: number) => (bytes >= 1_000_000 ? 4 : 32);

const down = (bytes: number): Load => ({
  title: `${sizeName(bytes)} down, ${clientsFor(bytes)} clients`,
  path: `/${bytes}`,
  concurrency: clientsFor(bytes),
});

const up = (bytes: number): Load => ({
  title: `${sizeName(bytes)} up, ${clientsFor(bytes)} clients`,
  path: "/",
  concurrency: clientsFor(bytes),
  upBytes: bytes,
});

const HTTP1 = "gw, HTTP/1.1 to the worker";

const crews = (app: string, form: string): Contender[] =>
  [1, 4].flatMap((workers) =>
    [1, 2].map((fronts) =>
      gw(
        `${workers} worker${workers > 1 ? "s" : ""}, ${fronts} front end${fronts > 1 ? "s" : ""}, ${form}`,
        app,
        ...["--processes", String(workers), "--front-ends", String(fronts)],
      ),
    ),
  );

export const SECTIONS: readonly Section[] = [
  {
    name: "hello",
    title: "Eight bytes",
    about:
      "One worker, one front end. nginx, HAProxy and Apache stand in front of one process of their own; mod_wsgi's app is in Python.",
    contenders: [
      bare("hello.ts"),
      nginx("hello.ts"),
      haproxy("hello.ts"),
      modWsgi,
      gw("gw", "hello.ts"),
      gw(HTTP1, "hello-http1.ts"),
      gw("gw embedded", "hello.ts", "--embedded-mode"),
    ],
    loads: [8, 64, 256].map(crowd),
  },
  {
    name: "http2",
    title: "HTTP/2 over TLS",
    about:
      "Eight bytes over TLS 1.3, by h2load: many requests at once on few connections, and one on each of many. The others are HTTP/1.1 over TLS, by wrk: on connections that stay, and with a full handshake for each request.",
    contenders: [nginxOverTls("hello.ts"), gwOverTls("gw", "hello.ts"), gwOverTls(HTTP1, "hello-http1.ts")],
    loads: [
      streams(64, 8),
      streams(64, 1),
      { ...crowd(64), title: "64 clients, HTTP/1.1 over TLS" },
      { ...crowd(8), title: "8 clients, a handshake each", connectsAnew: true },
    ],
  },
  {
    name: "crews",
    title: "Workers and front ends",
    about: "More of them than processors can win nothing here; what they cost is the figure.",
    contenders: [nginx("hello.ts"), ...crews("hello.ts", "HTTP/2"), ...crews("hello-http1.ts", "HTTP/1.1")],
    loads: [crowd(64)],
  },
  {
    name: "bodies",
    title: "Bodies",
    about:
      "The app answers from memory, and reads what is sent piece by piece. gw chooses the way to the worker by the request; the other row has HTTP/1.1 throughout.",
    contenders: [
      bare("bodies.ts"),
      nginx("bodies.ts"),
      haproxy("bodies.ts"),
      modWsgi,
      gw("gw", "bodies.ts"),
      gw(HTTP1, "bodies-http1.ts"),
    ],
    loads: BODY_SIZES.flatMap((bytes) => [down(bytes), up(bytes)]),
  },
  {
    name: "files",
    title: "Files",
    about:
      "Small ones as they are asked for by 64 clients, and 10 MB by 4. nginx has sendfile and its cache of open files. On one machine part of the work of sending is counted as the receiver's, more of it the more waits in the kernel.",
    contenders: [
      nginxFiles,
      gwFiles("gw"),
      gwFiles("gw with sendfile", "--enable-sendfile"),
      gw("an app's sendFile, with sendfile", "files.ts", "--enable-sendfile"),
    ],
    loads: FILE_SIZES.map((bytes) => ({
      ...down(bytes),
      title: `${sizeName(bytes)}`,
      concurrency: bytes > 1_000_000 ? 4 : 64,
    })),
  },
  {
    name: "hooks",
    title: "Hooks that decide who may ask",
    about:
      "The hooks do next to nothing, so that this is what asking them costs; their process counts as the app's. A password that was right is believed for ten seconds, or asked for with each request.",
    contenders: [
      gw("gw, nobody is asked", "hello.ts"),
      gw("an access hook", "hello.ts", "--host-access-script", "hooks.ts"),
      gw("passwords, believed", "hello.ts", "--auth-user-script", "hooks.ts"),
      gw("passwords, each time", "hello.ts", "--auth-user-script", "hooks.ts", "--auth-cache", "0"),
    ],
    loads: [{ ...crowd(64), authorization: `Basic ${btoa("ann:right")}` }],
  },
  {
    name: "everything",
    title: "Everything that tells what goes on",
    about:
      "An access log to a file, traces of 1 % of the requests to a collector, metrics and the status page, ids in what the app prints, Server-Timing of recorded requests and slow requests. *supervisor* holds what writes the log, and the processes that answer scrapes and send traces.",
    contenders: [
      gwTelling("nothing on"),
      gwTelling("metrics and page", "page"),
      gwTelling("access log", "log"),
      gwTelling("traces at 1 %", "traces"),
      gwTelling("everything on", "page", "log", "traces", "rest"),
    ],
    loads: [crowd(64)],
  },
  {
    name: "hono",
    title: "Hono",
    about: "An app with one route.",
    contenders: [bare("hono.ts"), nginx("hono.ts"), gw("gw", "hono.ts"), gw(HTTP1, "hono-http1.ts")],
    loads: [crowd(64)],
  },
  {
    name: "express",
    title: "Express",
    about: "An app with one route, on node:http, which gw's front end reaches by HTTP/1.1.",
    contenders: [bare("express.ts"), nginx("express.ts"), gw("gw", "express.ts")],
    loads: [crowd(64)],
  },
];

/** What else is measured; for `--only` as well. */
export const OTHERS = ["memory", "reload", "overload"] as const;

/** How long a run of these sections takes, roughly, beside what stands in `OTHERS`. */
export function secondsOf(sections: readonly Section[], { rounds, seconds }: Pace): number {
  const START = 0.6;
  const WARM_UP = 1.2;
  return sections.reduce(
    (sum, { contenders, loads }) =>
      sum + contenders.length * (START + WARM_UP + loads.length * rounds * (seconds + 0.2)),
    0,
  );
}
