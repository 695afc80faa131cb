// The role that tells the operator's program, or URL, what has happened: the only process of gw that starts programs of the
// operator's, with the rights of the app's user.

import { RoleProcess } from "../child/role-process.ts";
import { systemClock } from "../core/clock.ts";
import { asGwError } from "../core/errors.ts";
import type { NotifierSetup } from "../link/messages.ts";
import { isUrl } from "../link/server-events.ts";
import { EventDeliveries } from "./deliveries.ts";
import { postEvent } from "./post.ts";
import { runCommand } from "./run-command.ts";

const HEARTBEAT_MS = 1_000;

export function runNotifier(): void {
  const child = new RoleProcess("notifier");
  const { channel } = child;
  child.ignoreSignals();
  let deliveries: EventDeliveries | undefined;
  child.greet();
  channel.listen((message) => {
    if (message.type === "configure" && "notifier" in message) deliveries = start(child, message.notifier);
    else if (message.type === "event") deliveries?.add(message.event.event, JSON.stringify(message.event));
    else if (message.type === "drain") void leave(child, deliveries, message.withinMs);
  });
}

function start(child: RoleProcess, { target, deadlineMs, path, identity }: NotifierSetup): EventDeliveries {
  const { channel, log } = child;
  try {
    child.become(identity, "/");
  } catch (thrown) {
    const error = asGwError(thrown);
    return child.failAtOnce({ type: "failed", cause: error.cause_, facts: error.facts, step: "configure" });
  }
  setInterval(() => channel.say({ type: "heartbeat" }), HEARTBEAT_MS);
  channel.say({ type: "ready" });
  const deliver = (text: string, signal: AbortSignal) => {
    if (isUrl(target)) return postEvent(target, text, signal);
    const event = String(JSON.parse(text).event);
    return runCommand({ command: target, path, event, killSession }, text, signal);
  };
  return new EventDeliveries({ clock: systemClock, log, deadlineMs, deliver });
}

function killSession(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // It has ended.
  }
}

async function leave(
  child: RoleProcess,
  deliveries: EventDeliveries | undefined,
  withinMs: number,
): Promise<never> {
  await deliveries?.close(withinMs / 2);
  child.leave();
}
