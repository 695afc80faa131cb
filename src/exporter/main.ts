// The role that sends traces and metrics to a collector. What OpenTelemetry's exporters bring is loaded here and in no other process.

import type { Channel } from "../child/channel.ts";
import { Questions } from "../child/questions.ts";
import { RoleProcess } from "../child/role-process.ts";
import { systemClock, within } from "../core/clock.ts";
import { asGwError } from "../core/errors.ts";
import type { ExporterSetup, ToChild } from "../link/messages.ts";
import { Exporter } from "./exporter.ts";
import type { FiguresTold } from "./to-metrics.ts";

const EVERY_MS = 1_000;
/** More digits than any id has, from one call. */
const ID_BYTES = 16;

export function runExporter(): void {
  const child = new RoleProcess("exporter");
  const { channel } = child;
  child.ignoreSignals();
  const questions = new Questions<FiguresTold>(systemClock, (id) =>
    channel.say({ type: "ask", id, about: "figures" }),
  );
  let exporter: Exporter | undefined;
  child.greet();
  channel.listen((message) => {
    if (message.type === "configure" && "exporter" in message)
      void start(child, message.exporter, questions).then((started) => {
        exporter = started;
      });
    else if (message.type === "told") questions.settle(message.id, message.answer as FiguresTold);
    else if (message.type === "spans") take(channel, exporter, message);
    else if (message.type === "drain") void leave(child, exporter, message.withinMs);
  });
}

function take(
  channel: Channel,
  exporter: Exporter | undefined,
  message: Extract<ToChild, { type: "spans" }>,
): void {
  exporter?.take(message.text, message.count);
  channel.say({ type: "taken", id: message.id });
}

async function start(
  child: RoleProcess,
  setup: ExporterSetup,
  questions: Questions<FiguresTold>,
): Promise<Exporter> {
  const { channel, log } = child;
  try {
    child.become(setup.identity, "/");
    const { openCollector } = await import("./collector.ts");
    const collector = openCollector({ ...setup, newId, wall: () => systemClock.wall() });
    const exporter = new Exporter({ clock: systemClock, log, collector, setup, ask: () => questions.ask() });
    setInterval(() => {
      channel.say({ type: "heartbeat" });
      channel.say({ type: "figures", samples: exporter.figures });
    }, EVERY_MS);
    channel.say({ type: "ready" });
    return exporter;
  } catch (thrown) {
    const error = asGwError(thrown);
    return child.failAtOnce({ type: "failed", cause: error.cause_, facts: error.facts, step: "load" });
  }
}

const newId = (digits: number) => crypto.getRandomValues(new Uint8Array(ID_BYTES)).toHex().slice(0, digits);

/** What the collector has yet to take goes there now, as long as it does take something. */
async function leave(child: RoleProcess, exporter: Exporter | undefined, withinMs: number): Promise<never> {
  if (exporter) await within(systemClock, withinMs / 2, exporter.close(), undefined);
  if (exporter) child.channel.say({ type: "figures", samples: exporter.figures });
  child.leave();
}
