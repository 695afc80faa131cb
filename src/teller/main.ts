// The role that answers on the port for metrics: /metrics, /healthz and /readyz, and nothing else. It knows nothing by itself
// and asks the supervisor for each answer.

import { Questions } from "../child/questions.ts";
import { EXIT, RoleProcess } from "../child/role-process.ts";
import { systemClock } from "../core/clock.ts";
import { codeOf, GwError, reasonOf } from "../core/errors.ts";
import type { MetricsSetup } from "../link/messages.ts";
import { answerTo, type TellerKnows } from "./answers.ts";

const HEARTBEAT_MS = 1_000;
/** Longest head of a request; a scrape has some hundred bytes. */
const HEAD_BYTES = 16_384;
const IDLE_SECONDS = 120;

export function runTeller(): void {
  const child = new RoleProcess("metrics");
  const { channel } = child;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"] as const)
    process.on(signal, () => {});
  const questions = new Questions<TellerKnows>(systemClock, (id) => channel.say({ type: "ask", id }));
  child.greet();
  channel.listen((message) => {
    if (message.type === "configure" && "metrics" in message) start(child, message.metrics, questions);
    else if (message.type === "told") questions.settle(message.id, message);
    else if (message.type === "drain") leave(child);
  });
}

function start(
  child: RoleProcess,
  { host, port, identity }: MetricsSetup,
  questions: Questions<TellerKnows>,
): void {
  child.channel.say({ type: "step", step: "listen" });
  try {
    const server = Bun.serve({
      hostname: host,
      port,
      idleTimeout: IDLE_SECONDS,
      maxRequestBodySize: HEAD_BYTES,
      development: false,
      fetch: async (request) => answerTo(request, () => questions.ask()),
    });
    // Only the port needs the rights that gw was started with.
    child.become(identity, "/");
    setInterval(() => child.channel.say({ type: "heartbeat" }), HEARTBEAT_MS);
    child.channel.say({ type: "ready", port: server.port ?? port });
  } catch (thrown) {
    const { cause_: cause, facts } = errorOf(thrown, host, port);
    child.failAtOnce({ type: "failed", cause, facts, step: "listen" });
  }
}

function errorOf(thrown: unknown, host: string, port: number): GwError {
  if (thrown instanceof GwError) return thrown;
  if (codeOf(thrown) === "EADDRINUSE") return new GwError("port_taken", { host, port, by: "" });
  return new GwError("port_refused", { host, port, reason: reasonOf(thrown) });
}

function leave({ channel }: RoleProcess): void {
  channel.say({ type: "drained" });
  channel.say({ type: "bye", reason: "drained" });
  process.exit(EXIT.left);
}
