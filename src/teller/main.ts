// The role that tells others how gw is: /metrics, /healthz and /readyz on the port for metrics, and the status page, there and at
// a private socket to which the front ends lead clients. It knows nothing by itself and asks the supervisor for each answer.

import { hostname } from "node:os";
import { RoleProcess } from "../child/role-process.ts";
import { plainAddress } from "../core/addresses.ts";
import { systemClock } from "../core/clock.ts";
import { codeOf, GwError, reasonOf } from "../core/errors.ts";
import type { MetricsSetup } from "../link/messages.ts";
import { answerTo, refuseForeignName } from "./answers.ts";
import { type PageAnswer, StatusPage } from "./page/status-page.ts";
import { openPageSocket } from "./page-socket.ts";
import { Supervisor } from "./supervisor.ts";

const HEARTBEAT_MS = 1_000;

const COMMON = {
  idleTimeout: 120,
  /** Forms with a word or two. */
  maxRequestBodySize: 16_384,
  development: false,
  /** In a child process the runtime would share the port with whoever asks, a second gw among them. */
  reusePort: false,
} as const;

export function runTeller(): void {
  const child = new RoleProcess("metrics");
  const { channel } = child;
  child.ignoreSignals();
  const supervisor = new Supervisor(systemClock, (message) => channel.say(message));
  child.greet();
  channel.listen((message) => {
    if (message.type === "configure" && "metrics" in message) start(child, message.metrics, supervisor);
    else if (message.type === "told" || message.type === "acted") supervisor.hear(message);
    else if (message.type === "drain") child.leave();
  });
}

function start(child: RoleProcess, setup: MetricsSetup, supervisor: Supervisor): void {
  child.channel.say({ type: "step", step: "listen" });
  const page = new StatusPage({ clock: systemClock, supervisor });
  const answer: PageAnswer = (request, client) => page.answer(request, client);
  try {
    const there = setup.page && { path: setup.page.path, answer };
    const port = setup.port && openPort(setup.port, supervisor, there);
    // Only the port needs the rights that gw was started with.
    child.become(setup.identity, "/");
    if (setup.page) openPageSocket({ ...setup.page, answer }, COMMON);
    setInterval(() => child.channel.say({ type: "heartbeat" }), HEARTBEAT_MS);
    child.channel.say({ type: "ready", ...(port !== undefined && { port }) });
  } catch (thrown) {
    const { cause_: cause, facts } = errorOf(thrown, setup);
    child.failAtOnce({ type: "failed", cause, facts, step: "listen" });
  }
}

type PageThere = { path: string; answer: PageAnswer } | undefined;

function openPort(
  { host, port }: { host: string; port: number },
  supervisor: Supervisor,
  there: PageThere,
): number {
  const names = [host, hostname()];
  const server = Bun.serve({
    ...COMMON,
    hostname: host,
    port,
    async fetch(request, own) {
      const { pathname } = new URL(request.url);
      if (there && (pathname === there.path || pathname === `${there.path}/`)) {
        const client = plainAddress(own.requestIP(request)?.address ?? "");
        return refuseForeignName(request, names) ?? there.answer(request, client);
      }
      return answerTo(request, () => supervisor.ask("figures"), there?.path);
    },
  });
  return server.port ?? port;
}

function errorOf(thrown: unknown, { port, page }: MetricsSetup): GwError {
  if (thrown instanceof GwError) return thrown;
  const reason = reasonOf(thrown);
  if (!port) return new GwError("socket_refused", { path: page?.unix ?? "of the status page", reason });
  const { host, port: number } = port;
  if (codeOf(thrown) === "EADDRINUSE") return new GwError("port_taken", { host, port: number, by: "" });
  return new GwError("port_refused", { host, port: number, reason });
}
