// What of all that happens is worth an event for the operator, and what is not because the same was told a moment ago.
// Decides; whoever looks and whoever delivers stand elsewhere.

import { DAY_MS, describeExpiry, expiresSoon } from "../../certificates/dates.ts";
import type { EndRecord, ReloadRecord } from "../../control/records.ts";
import type { Clock } from "../../core/clock.ts";
import { REASONS } from "../../core/reasons.ts";
import type { ServerEvent } from "../../link/server-events.ts";

export type Alert = Omit<ServerEvent, "server">;

/** What is to be seen at this moment. */
export type AlertsSeen = {
  /** Processes that are in a crash loop. */
  loops: readonly { process: string; error: string | null }[];
  certificates: readonly { file: string; expiresAtMs: number }[];
  /** Requests refused for want of room or of a worker since gw was started, by cause. */
  shed: Readonly<Record<string, number>>;
};

/** The same is told once in this time. */
const SAME_MS = 60_000;
/** And of all together so many in that time. */
const MOST_IN_MINUTE = 20;
/** Looks, of which there is one a second: requests are shed for so long, in so many of them, before it is told. */
const SHEDDING_LOOKS = 10;
const SHEDDING_MOST = 5;
/** Without one more for so long it is over. */
const CALM_LOOKS = 30;

type AlertSaid = Pick<Alert, "event" | "subject" | "message" | "details">;

export class Alerts {
  readonly #clock: Clock;
  readonly #send: (alert: Alert) => void;
  /** When each was told last, and how often it was not since. */
  readonly #told = new Map<string, { atMs: number; leftOut: number }>();
  #recent: number[] = [];
  #leftOut = 0;
  #loops: ReadonlySet<string> = new Set();
  readonly #expiring = new Map<string, number>();
  #isRefused = false;
  /** What was shed at each of the last looks, the newest last. */
  #shed: number[] = [];
  #shedTotal = 0;
  #isShedding = false;

  constructor(clock: Clock, send: (alert: Alert) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  onEnd(end: EndRecord): void {
    const { process: subject, reason, how } = end;
    if (REASONS[reason].level !== "error") return;
    const what = end.kind === null ? "did not start" : "ended";
    this.#say({ event: "crash", subject, message: `${subject} ${what}: ${reason}, ${how}`, details: end });
  }

  onReload(reload: ReloadRecord): void {
    const { outcome, generation, by, reason } = reload;
    const isRefused = outcome === "refused";
    const what = generation === null ? "the configuration" : `generation ${generation}`;
    if (isRefused) {
      const message = `${what} was refused (${by}): ${reason}`;
      this.#say({ event: "reload_refused", subject: "reload", message, details: reload });
    } else if (this.#isRefused) this.#recover("reload_refused", "reload", `${what} serves (${by})`);
    this.#isRefused = isRefused;
  }

  /** To be called once a second. */
  look({ loops, certificates, shed }: AlertsSeen): void {
    this.#lookAtLoops(loops);
    for (const one of certificates) this.#lookAtCertificate(one);
    this.#lookAtShed(shed);
  }

  #lookAtLoops(loops: AlertsSeen["loops"]): void {
    const names = new Set(loops.map(({ process }) => process));
    for (const { process: subject, error } of loops) {
      if (this.#loops.has(subject)) continue;
      const message = `${subject} is in a crash loop${error === null ? "" : `: ${error}`}`;
      this.#say({ event: "crash_loop", subject, message, details: { error } });
    }
    for (const name of this.#loops)
      if (!names.has(name)) this.#recover("crash_loop", name, `${name} has left its crash loop`);
    this.#loops = names;
  }

  #lookAtCertificate({ file, expiresAtMs }: AlertsSeen["certificates"][number]): void {
    const nowMs = this.#clock.wall();
    const isOver = expiresAtMs < nowMs;
    const toldMs = this.#expiring.get(file);
    if (!isOver && !expiresSoon(expiresAtMs, nowMs)) {
      if (this.#expiring.delete(file))
        this.#recover("certificate_expires", file, `the certificate in "${file}" has been renewed`);
      return;
    }
    if (toldMs !== undefined && this.#clock.now() - toldMs < DAY_MS) return;
    this.#expiring.set(file, this.#clock.now());
    const message = isOver
      ? `the certificate in "${file}" has expired, and clients refuse it`
      : describeExpiry(file, expiresAtMs, nowMs);
    const details = { file, expiresAt: new Date(expiresAtMs).toISOString() };
    this.#say({ event: "certificate_expires", subject: file, message, details });
  }

  #lookAtShed(causes: AlertsSeen["shed"]): void {
    const total = Object.values(causes).reduce((sum, count) => sum + count, 0);
    this.#shed = [...this.#shed, total - this.#shedTotal].slice(-CALM_LOOKS);
    this.#shedTotal = total;
    const recent = this.#shed.slice(-SHEDDING_LOOKS);
    const subject = "requests";
    if (!this.#isShedding && recent.filter((count) => count > 0).length >= SHEDDING_MOST) {
      this.#isShedding = true;
      const count = recent.reduce((sum, one) => sum + one, 0);
      const message = `requests are refused for want of room or of a worker: ${count} in ${recent.length} s`;
      this.#say({ event: "shedding", subject, message, details: { causes } });
    } else if (this.#isShedding && this.#shed.every((count) => count === 0)) {
      this.#isShedding = false;
      this.#recover("shedding", subject, "no request has been refused for want of room for a while");
    }
  }

  #recover(from: ServerEvent["event"], subject: string, message: string): void {
    this.#say({ event: "recovered", subject, message, details: { from } });
  }

  #say(said: AlertSaid): void {
    const nowMs = this.#clock.now();
    const key = `${said.event} ${said.subject}`;
    const last = this.#told.get(key);
    this.#recent = this.#recent.filter((atMs) => nowMs - atMs < SAME_MS);
    if (last && nowMs - last.atMs < SAME_MS) return void last.leftOut++;
    if (this.#recent.length >= MOST_IN_MINUTE) return void this.#leftOut++;
    this.#recent.push(nowMs);
    const leftOut = (last?.leftOut ?? 0) + this.#leftOut;
    this.#leftOut = 0;
    this.#forget(nowMs);
    this.#told.set(key, { atMs: nowMs, leftOut: 0 });
    this.#send({ ...said, at: new Date(this.#clock.wall()).toISOString(), leftOut });
  }

  /** What was left out of something that has not come again is not told any more. */
  #forget(nowMs: number): void {
    for (const [key, { atMs }] of this.#told) if (nowMs - atMs >= 60 * SAME_MS) this.#told.delete(key);
  }
}
