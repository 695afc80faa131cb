// The process that tells the operator's program or URL what has happened, and the look each second at what is worth it.

import type { Certified } from "../../certificates/certificate-files.ts";
import type { Trouble } from "../../control/status.ts";
import { every } from "../../core/clock.ts";
import type { Environment } from "../../core/environment.ts";
import type { Lifetime } from "../../core/lifetime.ts";
import { VERSION } from "../../core/version.ts";
import type { ServerEvent } from "../../link/server-events.ts";
import type { Resolved } from "../../options/resolve/resolve.ts";
import { identityOf } from "../child/child-setup.ts";
import type { CrewTools } from "../crew/crew.ts";
import { Alerts, type AlertsSeen } from "../records/alerts.ts";
import { LoneCrew, type LoneSetup } from "./lone-crew.ts";

export type NotifierCrewSetup = {
  config: Resolved;
  env: Environment;
  /** Places whose processes do not stay. */
  troubles: () => readonly Trouble[];
  /** The configuration in force. */
  present: () => Certified;
  server: Omit<ServerEvent["server"], "version">;
};

const LOOK_MS = 1_000;
const DEADLINE_MS = 10_000;
/** The last event may still be on its way. */
const DRAIN_MS = 4_000;
/** Where a shell finds programs when nobody has said it. */
const USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** Events that come while there is no process to take them. */
const MOST_KEPT = 16;

/** See LoneCrew. Looks from its making on, and until what `life` has later is closed. */
export function notifierCrew(given: NotifierCrewSetup, tools: CrewTools, life: Lifetime): LoneCrew {
  const { config, env } = given;
  const { onEvent: target } = config.settings;
  const outbox = new EventOutbox();
  const account = userFor(config);
  const setup: LoneSetup = {
    ...{ role: "notifier", config: { ...config, account }, env, isWanted: target !== undefined },
    drainMs: DRAIN_MS,
    configure: () => ({
      type: "configure",
      notifier: {
        ...{ target: target ?? "", deadlineMs: DEADLINE_MS, path: env.PATH || USUAL_PATH },
        identity: identityOf(account),
      },
    }),
    hear() {},
    onReady: (slot) => outbox.attach((event) => slot.send({ type: "event", event })),
    onGone: () => outbox.attach(undefined),
  };
  const crew = new LoneCrew(setup, tools, life);
  if (target !== undefined) watch(given, tools, life, outbox);
  return crew;
}

/** That of the whole; where only groups have users, that of the first one: never root because nobody was named for it. */
function userFor({ account, groups }: Resolved): Resolved["account"] {
  return account ?? groups.find((group) => group.kind === "app" && group.account)?.account;
}

function watch(
  { troubles, present, server }: NotifierCrewSetup,
  { clock, ledger }: CrewTools,
  life: Lifetime,
  outbox: EventOutbox,
): void {
  const { chronicle } = ledger;
  const whole = { version: VERSION, ...server };
  const alerts = new Alerts(clock, (alert) => outbox.add({ ...alert, server: whole }));
  chronicle.follow({ onEnd: (end) => alerts.onEnd(end), onReload: (reload) => alerts.onReload(reload) });
  const see = (): AlertsSeen => ({
    loops: troubles().filter(({ isCrashLoop }) => isCrashLoop),
    certificates: (present().certificates ?? []).map(({ path: file, expiresAtMs }) => ({
      file,
      expiresAtMs,
    })),
    shed: chronicle.shed,
  });
  const timer = every(clock, LOOK_MS, () => alerts.look(see()));
  life.add("look at events", LOOK_MS, () => timer.cancel());
}

/** Events on their way to the process, which may not be there yet, or not just now. */
class EventOutbox {
  #send: ((event: ServerEvent) => void) | undefined;
  #kept: ServerEvent[] = [];

  add(event: ServerEvent): void {
    if (this.#send) return this.#send(event);
    this.#kept = [...this.#kept, event].slice(-MOST_KEPT);
  }

  attach(send: ((event: ServerEvent) => void) | undefined): void {
    this.#send = send;
    if (send) for (const event of this.#kept.splice(0)) send(event);
  }
}
